//! What lower floors say in English, in Chinese: reasons that arrive as a sentence and not as a type. What is not known
//! here, such as a provider's own words, stays as it is between 「 and 」. Only words.

/// The English with `{}` for what differs, and the Chinese with the same gaps in the same order.
const SENTENCES: &[(&str, &str)] = &[
    // What is wrong with the way there.
    (
        "the name of {} is not known (offline?)",
        "无法解析 {}（离线？）",
    ),
    ("{} cannot be reached", "无法连接 {}"),
    ("{} broke off the connection", "{} 中断了连接"),
    ("{} did not answer in time", "{} 未及时应答"),
    ("the certificate of {} is not trusted", "{} 的证书不可信"),
    (
        "{} does not speak the expected protocol",
        "{} 不遵循预期协议",
    ),
    ("the proxy refused to connect", "代理拒绝连接"),
    ("the proxy wants a password", "代理要求密码"),
    ("offline", "离线"),
    ("the run's deadline came first", "本次运行的时限已到"),
    // What is not sent on purpose.
    (
        "the host {} comes from the scanned text; allow it with --allow-host {}",
        "主机 {} 来自被扫描的文本；用 --allow-host {} 允许",
    ),
    (
        "{} is a private address; allow it with --allow-private",
        "{} 是内网地址；用 --allow-private 允许",
    ),
    (
        "{} is a loopback address; allow it with --allow-private",
        "{} 是本机地址；用 --allow-private 允许",
    ),
    (
        "{} is a link-local address; allow it with --allow-private",
        "{} 是链路本地地址；用 --allow-private 允许",
    ),
    (
        "{} is {}, which is never asked",
        "{} 属于从不访问的地址（{}）",
    ),
    (
        "{} is asked without TLS, which would show the key to the network",
        "访问 {} 未使用 TLS，密钥会暴露在网络上",
    ),
    // What cannot be said.
    ("no value is known for {{{}}}", "缺少 {{{}}} 的值"),
    ("the value of {{{}}} is not {}", "{{{}}} 的值不是 {}"),
    (
        "a value holds a character that cannot safely stand in a statement",
        "某个值含有不能安全放入语句的字符",
    ),
    (
        "the value of header '{}' holds a control character",
        "请求头 '{}' 的值含有控制字符",
    ),
    ("the signer needs '{}'", "签名缺少 '{}'"),
    // Steps.
    (
        "step '{}' did not bring '{}' (status {})",
        "步骤 '{}' 没有返回 '{}'（状态码 {}）",
    ),
    ("step '{}' already decided", "步骤 '{}' 已给出结论"),
    ("step '{}': {}", "步骤 '{}'：{}"),
    (
        "the answer has no list at the expected place",
        "应答中预期位置没有列表",
    ),
    (
        "none of the {} entries is this credential",
        "{} 个条目中没有这个凭证",
    ),
    (
        "{} entries could be this credential",
        "有 {} 个条目可能是这个凭证",
    ),
    // What an answer proves.
    ("rate limited for {} s", "被限流 {} 秒"),
    ("rate limited", "被限流"),
    (
        "the network's own gate answered (status {})",
        "应答来自本地网络的网关（状态码 {}）",
    ),
    (
        "redirected elsewhere, not followed",
        "被重定向到别处，未跟随",
    ),
    (
        "the provider's server failed (status {})",
        "服务商的服务器出错（状态码 {}）",
    ),
    (
        "a web page answered instead of the API (status {})",
        "应答是网页而不是 API（状态码 {}）",
    ),
    (
        "the answer is too large to judge (status {})",
        "应答过大，无法判断（状态码 {}）",
    ),
    (
        "the answer proves nothing (status {})",
        "应答不能证明任何事（状态码 {}）",
    ),
    (
        "the reply reads as live and as dead",
        "应答同时符合有效与失效",
    ),
    (
        "the provider accepts anything: a made-up key got the same answer",
        "服务商什么都接受：伪造的密钥得到同样的应答",
    ),
    (
        "not asked: {} attempts in 24 hours are spent, and trying counts as an attempt there",
        "未验证：24 小时内的 {} 次尝试已用完，而在那里每次验证都算一次尝试",
    ),
    (
        "this machine's clock is {} minutes off, so a refused signature proves nothing",
        "本机时钟相差 {} 分钟，签名被拒不能证明任何事",
    ),
    (
        "the values that belong to it were not found beside it",
        "没有找到与它配对的值",
    ),
    // What came of a call.
    ("interrupted", "已中断"),
    ("it is a canary", "这是蜜罐凭证"),
    ("nobody asked again", "没有再次验证"),
    (
        "whether it works cannot be asked ({})",
        "无法验证它是否有效（{}）",
    ),
    (
        "the provider shows it as disabled, not as gone",
        "服务商显示它已停用，但没有删除",
    ),
    (
        "its pattern file has no such proof",
        "规则文件中没有这种验证方法",
    ),
    (
        "its owner, {}, is your own identity in use (--including-mine does it all the same)",
        "它的所有者 {} 就是您正在使用的身份（仍要执行请加 --including-mine）",
    ),
    ("the evidence cannot be written: {}", "无法写入证据记录：{}"),
    (
        "{} answered {} to {}: it does not know this identity, or wants another way to sign in",
        "{} 以状态码 {} 答复 {}：不认识这个身份，或要求其他登录方式",
    ),
    (
        "{} answered {} to {}: this identity lacks the right, or the provider has restricted it",
        "{} 以状态码 {} 答复 {}：这个身份没有权限，或已被服务商限制",
    ),
    ("{} answered {} to {}", "{} 以状态码 {} 答复 {}"),
    ("{} said to {}: {}", "{} 对 {} 的答复：{}"),
    (
        "it does not let this identity in",
        "服务器不接受这个身份登录",
    ),
    ("{}; it is {} now", "{}；目前状态：{}"),
    ("the leaked credential itself", "泄露的凭证自身"),
    ("nobody (a public report)", "公开上报"),
    // Why people do it.
    (
        "no reversible way is known; `unleak revoke` is final",
        "没有已知的可撤销方式；`unleak revoke` 不可恢复",
    ),
    (
        "no final call is known; `unleak freeze` closes it for now",
        "没有已知的永久吊销调用；`unleak freeze` 可以暂时关闭它",
    ),
    ("no call to {} it is known", "没有已知的调用可以执行 {}"),
    (
        "write {} under [responder] in your own settings (`unleak config show` says where they are read from)",
        "请在您自己的设置的 [responder] 下写 {}（`unleak config show` 显示读取位置）",
    ),
    ("live", "有效"),
    ("dead", "已失效"),
    ("frozen", "已冻结"),
    ("unknown", "未知"),
    ("canary", "蜜罐凭证"),
];

/// The sentence in Chinese; one that is not known here is quoted.
pub(super) fn said(english: &str) -> String {
    match english {
        "" => String::new(),
        _ => translated(english).unwrap_or_else(|| format!("「{english}」")),
    }
}

fn translated(english: &str) -> Option<String> {
    SENTENCES.iter().find_map(|(known, chinese)| {
        let mut filled = String::new();
        let mut values = gaps(known, english)?.into_iter();
        let mut pieces = chinese.split("{}");
        filled.push_str(pieces.next()?);
        for piece in pieces {
            let value = values.next()?;
            filled.push_str(&translated(value).unwrap_or_else(|| name_or_quote(value)));
            filled.push_str(piece);
        }
        Some(filled)
    })
}

/// A name or a number stays as it is; somebody else's sentence is marked as one.
fn name_or_quote(value: &str) -> String {
    let sentence = value.split(' ').count() > 3;
    match sentence {
        true => format!("「{value}」"),
        false => value.to_owned(),
    }
}

/// What stands in the gaps of `known` if `text` is that sentence.
fn gaps<'t>(known: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut pieces = known.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut out = Vec::new();
    let pieces: Vec<&str> = pieces.collect();
    for (number, piece) in pieces.iter().enumerate() {
        let last = number + 1 == pieces.len();
        let at = match (last, piece.is_empty()) {
            (true, true) => rest.len(),
            (true, false) => rest.strip_suffix(piece)?.len(),
            (false, _) => rest.find(piece)?,
        };
        let value = &rest[..at];
        if value.is_empty() {
            return None;
        }
        out.push(value);
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::address::Blocked;
    use crate::api::exchange::CallError;
    use crate::api::fault::Fault;
    use crate::api::find::NotFound;

    #[test]
    fn what_the_way_there_says_is_said_in_chinese() {
        let host = || "sts.example:443".to_owned();
        let faults = [
            Fault::NoSuchHost(host()),
            Fault::Unreachable(host()),
            Fault::Broken(host()),
            Fault::Timeout(host()),
            Fault::Certificate(host()),
            Fault::Protocol(host()),
            Fault::Settings("the proxy refused to connect"),
            Fault::Blocked(Blocked::Host("x.example".into())),
            Fault::Blocked(Blocked::Plain("x.example".into())),
        ];
        for fault in faults {
            let zh = said(&fault.to_string());
            assert!(!zh.contains('「') && !zh.is_ascii(), "{fault}: {zh}");
        }
        let step = |why| CallError::NotFound {
            step: "find-key".into(),
            why,
        };
        for error in [
            step(NotFound::None(3)),
            step(NotFound::Several(2)),
            step(NotFound::NoList),
            CallError::Overdue,
        ] {
            let zh = said(&error.to_string());
            assert!(!zh.contains('「') && !zh.is_ascii(), "{error}: {zh}");
        }
    }

    #[test]
    fn sentences_are_taken_apart_and_strange_ones_quoted() {
        let refused = "iam.example answered 403 to aws ($AWS_ACCESS_KEY_ID): this identity lacks the right, or the provider has restricted it";
        let zh = "iam.example 以状态码 403 答复 aws ($AWS_ACCESS_KEY_ID)：这个身份没有权限，或已被服务商限制";
        assert_eq!(said(refused), zh);
        assert_eq!(
            said("a.example did not answer in time; it is live now"),
            "a.example 未及时应答；目前状态：有效"
        );
        assert_eq!(
            said("no value is known for {{my_account}}"),
            "缺少 {{my_account}} 的值"
        );
        assert_eq!(
            said("db:5432 said to postgres: permission denied to alter role"),
            "db:5432 对 postgres 的答复：「permission denied to alter role」"
        );
        assert_eq!(said("Quota exceeded"), "「Quota exceeded」");
        assert_eq!(said(""), "");
    }

    #[test]
    fn both_halves_have_the_same_gaps() {
        for (en, zh) in SENTENCES {
            assert_eq!(en.matches("{}").count(), zh.matches("{}").count(), "{en}");
            assert!(!zh.is_ascii(), "{zh}");
        }
    }
}
