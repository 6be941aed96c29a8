//! The table of what lower floors say in English and what that is in Chinese. Only words.

/// The English with `{}` for what differs, and the Chinese with the same gaps in the same order.
pub(super) const SENTENCES: &[(&str, &str)] = &[
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
    // What is wrong with what the command was given.
    ("{} has no finding '{}'", "{} 中没有发现 '{}'"),
    ("{} holds no values to ask about", "{} 中没有可验证的值"),
    (
        "write it with `unleak scan --format json --show-secrets`",
        "请用 `unleak scan --format json --show-secrets` 生成",
    ),
    (
        "give a JSON report with --from FILE, or a single value with --value",
        "请用 --from 文件 给出 JSON 报告，或用 --value 给出单个值",
    ),
    ("there is no kind '{}'", "没有类型 '{}'"),
    (
        "`unleak patterns list` shows them",
        "`unleak patterns list` 可列出全部类型",
    ),
    (
        "standard input holds nothing that is known as a secret",
        "标准输入中没有已知的凭证",
    ),
    ("name its kind with --kind", "请用 --kind 指定类型"),
    (
        "{} findings have no value in the report and are not asked about",
        "报告中有 {} 项发现没有值，不予验证",
    ),
    ("it is no plan that unleak wrote", "这不是 unleak 写的计划"),
    (
        "the plan is {} seconds old; one older than ten minutes is not carried out",
        "计划已有 {} 秒；超过十分钟的计划不会执行",
    ),
    (
        "the plan was made in the future; look at the clock",
        "计划的时间在未来；请检查时钟",
    ),
    (
        "the plan made now is another one ({})",
        "现在做出的计划与它不同（{}）",
    ),
    ("it is no state of an incident", "这不是事件的状态文件"),
    (
        "it is the state of another finding ({})",
        "这是另一个发现的状态（{}）",
    ),
    (
        "No such file or directory (os error {})",
        "没有这个文件或目录（os error {}）",
    ),
    ("Permission denied (os error {})", "没有权限（os error {}）"),
    (
        "Is a directory (os error {})",
        "这是一个目录（os error {}）",
    ),
    ("line {}: {}", "第 {} 行：{}"),
    ("it is no JSON", "不是 JSON"),
    ("it has no seal", "没有校验摘要"),
    ("it is no file", "这不是文件"),
    ("another run writes to it", "另一次运行正在写入它"),
    (
        "name another file with --evidence",
        "请用 --evidence 指定另一个文件",
    ),
    ("it was changed", "内容被改动过"),
    (
        "a line before it is missing or was moved",
        "它之前的某一行缺失或被移动过",
    ),
    ("its number is not the next one", "序号不连续"),
    (
        "this is JSON, but not a report of unleak: {}",
        "这是 JSON，但不是 unleak 的报告：{}",
    ),
    (
        "this report has schema {}, and this program reads schema 1: use a newer unleak",
        "报告的 schema 为 {}，本程序只读 schema 1：请使用更新的 unleak",
    ),
    (
        "the last line of the report (its summary) is missing: it was not written to its end",
        "报告缺少最后一行（汇总）：没有写完",
    ),
    ("finding {}: {}", "发现 {}：{}"),
];
