//! What the engine itself says, in English and Chinese. Only words: what pattern files say is theirs.

use super::chinese;
use crate::api::exchange::CallError;
use crate::finding::Status;
use crate::pattern::incident::Text;
use crate::pattern::schema::Kind;
use crate::respond::proof::Ended;
use crate::respond::{Refusal, Verb, Whom};

/// A text in both languages; the same values stand in both.
macro_rules! both {
    ($en:literal, $zh:literal) => {
        $crate::pattern::incident::Text {
            en: format!($en),
            zh: format!($zh),
        }
    };
}
pub(super) use both;

/// The heading and the number of a phase.
pub(super) fn phase(id: &str) -> Text {
    match id {
        "freeze" => both!("Freeze", "冻结"),
        "stop-the-money" => both!("Stop the money", "止损"),
        "sweep" => both!("Sweep for back doors", "排查后门"),
        "harden" => both!("Harden", "加固"),
        "rotate-and-prove" => both!("Rotate and prove", "轮换与验证"),
        other => both!("{other}", "{other}"),
    }
}

/// How a step ended.
pub(super) fn word(word: &str) -> Text {
    match word {
        "done" => both!("done", "已完成"),
        "clean" => both!("nothing suspicious", "未见异常"),
        "found" => both!("suspicious", "有可疑项"),
        "partly" => both!("partly", "部分完成"),
        "by-hand" => both!("by hand", "需人工处理"),
        "hand-done" => both!("done by hand", "已人工处理"),
        "skipped" => both!("skipped", "已跳过"),
        "no-yes" => both!("not done: no yes", "未执行：未确认"),
        "failed" => both!("failed", "失败"),
        "refused" => both!("refused", "拒绝"),
        other => both!("{other}", "{other}"),
    }
}

/// What is done to the credential.
pub(super) fn verb(verb: Verb) -> Text {
    match verb {
        Verb::Freeze => both!("freeze", "冻结"),
        Verb::Thaw => both!("thaw", "解冻"),
        Verb::Revoke => both!("revoke", "吊销"),
    }
}

/// As whom a call is made.
pub(super) fn whom(whom: &Whom) -> Text {
    match whom {
        Whom::Own => both!("the leaked credential itself", "泄露的凭证自身"),
        Whom::Public => both!("nobody (a public report)", "无需身份（公开上报）"),
        Whom::Responder(one) => {
            let (name, origin) = (&one.name, &one.origin);
            both!("{name} ({origin})", "{name}（{origin}）")
        }
    }
}

/// A status.
pub(super) fn status(status: &Status) -> Text {
    let why = status.why().unwrap_or_default();
    let why_zh = chinese::said(why);
    match status {
        Status::Live => both!("live", "有效"),
        Status::Frozen => both!("frozen", "已冻结"),
        Status::Dead => both!("dead", "已失效"),
        Status::Canary => both!("canary", "蜜罐凭证"),
        Status::Unverifiable(_) => both!("cannot be asked: {why}", "无法验证：{why_zh}"),
        Status::Unknown(_) => both!("unknown: {why}", "未知：{why_zh}"),
        Status::Unchecked => both!("unchecked", "未验证"),
    }
}

/// What came of closing the credential.
pub(super) fn ended(ended: &Ended) -> Text {
    let en = ended.to_string();
    let zh = match ended {
        Ended::Dead => "已失效".to_owned(),
        Ended::Frozen => "已冻结（已重新验证）".to_owned(),
        Ended::Live => "恢复有效".to_owned(),
        Ended::Already(word) => format!("无需操作：{}", chinese::said(word)),
        Ended::Made(file) => format!("已生成 {file}，尚待安装到位"),
        Ended::StillLive => "服务商已受理，但凭证仍然有效".to_owned(),
        Ended::StillClosed(word) => format!("服务商已受理，但状态仍为：{}", chinese::said(word)),
        Ended::Refused(why) => format!("被拒绝：{}", chinese::said(why)),
        Ended::Unknown(why) => format!("未知：已受理，但{}", chinese::said(why)),
        Ended::NotSent(why) => format!("未发送：{}", chinese::said(why)),
    };
    Text { en, zh }
}

/// Why nothing is done about the credential.
pub(super) fn refusal(refusal: &Refusal) -> Text {
    let en = refusal.to_string();
    let zh = match refusal {
        Refusal::Canary => "这是蜜罐凭证：一旦触碰，布设者就会知道".to_owned(),
        Refusal::Ambiguous(kinds) => format!("类型不确定，也可能是：{kinds}"),
        Refusal::NoValue => "报告中没有它的值（扫描时加 --show-secrets）".to_owned(),
        Refusal::Alone => "没有找到与它配对的值".to_owned(),
        Refusal::Unknown(kind) => format!("没有规则文件认识类型 '{kind}'"),
        Refusal::Mine(who) => {
            format!("这是您正在使用的身份 {who}：会把自己锁在门外（仍要执行请加 --including-mine）")
        }
        Refusal::Nobody(how) => format!("没有指定可以执行的身份：{}", chinese::said(how)),
        Refusal::FirstOfList(step) => format!("规则的步骤 '{step}' 未与凭证比对就取列表元素"),
    };
    Text { en, zh }
}

/// Why a call brought nothing.
pub(super) fn call_error(error: &CallError) -> Text {
    said(&error.to_string())
}

/// A sentence of a lower floor in both languages.
pub(super) fn said(english: &str) -> Text {
    Text {
        en: english.to_owned(),
        zh: chinese::said(english),
    }
}

/// Why people close it: the pattern file's own sentence, or one of the plan's.
pub(super) fn by_hand(why: &str, kind: &Kind) -> Text {
    let own = kind.by_hand.as_deref() == Some(why);
    match kind.by_hand_zh.as_deref().filter(|_| own) {
        Some(zh) => both_of(why, zh),
        None => said(why),
    }
}

fn both_of(en: &str, zh: &str) -> Text {
    Text {
        en: en.to_owned(),
        zh: zh.to_owned(),
    }
}

/// Nobody may make the incident's calls.
pub(super) fn nobody(names: &str) -> Text {
    both!(
        "nobody is named who could do it: write {names} under [responder] in your own settings",
        "没有指定可以执行的身份：请在您自己的设置的 [responder] 下写 {names}"
    )
}
