//! What lower floors say in English, in Chinese: reasons that arrive as a sentence and not as a type. What is not known
//! here, such as a provider's own words, stays as it is between 「 and 」. Only words.

use super::sentences::SENTENCES;

/// The sentence in Chinese; one that is not known here is quoted.
pub(super) fn said(english: &str) -> String {
    match english {
        "" => String::new(),
        _ => translated(english).unwrap_or_else(|| format!("「{english}」")),
    }
}

/// A failure of the command in Chinese: `FILE: what happened` or a sentence; what is Chinese already stays.
pub fn in_chinese(text: &str) -> String {
    let is_chinese = text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
    let words = text.split(", ").any(|part| part.contains(' '));
    match (translated(text), text.split_once(": ")) {
        _ if is_chinese || !words || text.starts_with("--") => text.to_owned(),
        (Some(chinese), _) => chinese,
        (None, Some((file, rest))) if !file.contains(' ') => {
            format!("{file}：{}", in_chinese(rest))
        }
        _ => said(text),
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
    fn what_the_command_refuses_is_said_in_chinese() {
        use crate::respond::incident::Unusable;
        use crate::respond::{Stale, check};
        let refusals = [
            Stale::Unreadable.to_string(),
            Stale::Old(700).to_string(),
            Stale::Future.to_string(),
            Stale::Changed("steps".into()).to_string(),
            Unusable::Foreign.to_string(),
            Unusable::Other("0011".into()).to_string(),
            check("x").unwrap_err().to_string(),
            check("{\"a\":1,\"sha256\":\"0\"}").unwrap_err().to_string(),
        ];
        for refusal in refusals {
            let zh = in_chinese(&format!("plan.json: {refusal}"));
            assert!(
                !zh.contains('「') && !zh.is_ascii() && zh.starts_with("plan.json："),
                "{refusal}: {zh}"
            );
        }
        let gone = "r.json: No such file or directory (os error 2)";
        assert_eq!(in_chinese(gone), "r.json：没有这个文件或目录（os error 2）");
        let known = ["没有步骤 'x'", "freeze-key, who-am-i", "--since 2026-01-31"];
        assert_eq!(known.map(in_chinese), known);
        assert_eq!(
            in_chinese("somebody said something"),
            "「somebody said something」"
        );
    }

    #[test]
    fn both_halves_have_the_same_gaps() {
        for (en, zh) in SENTENCES {
            assert_eq!(en.matches("{}").count(), zh.matches("{}").count(), "{en}");
            assert!(!zh.is_ascii(), "{zh}");
        }
    }
}
