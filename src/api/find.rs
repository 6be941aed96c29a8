//! Which element of a list is the leaked credential itself. Pure. Exactly one must match, or none is taken.

use std::collections::BTreeMap;

use serde_json::Value;

use super::pick::{View, plain};
use crate::pattern::schema::Find;

/// Why no element was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// The reply has no such list.
    #[error("the answer has no list at the expected place")]
    NoList,
    /// No element is this credential.
    #[error("none of the {0} entries is this credential")]
    None(usize),
    /// More than one could be.
    #[error("{0} entries could be this credential")]
    Several(usize),
    /// The pattern's comparison is unknown.
    #[error("the pattern compares by '{0}', which is unknown")]
    How(String),
}

/// Shortest fragment of a credential that identifies it.
const TELLING: usize = 4;

/// The values that `find` takes from the one element that matches `value`. The first `common` bytes of the value
/// are those of every credential of its kind and tell nothing.
pub fn find(
    find: &Find,
    view: &View<'_>,
    value: &str,
    common: usize,
) -> Result<BTreeMap<String, String>, NotFound> {
    let list = view.at(&find.list).and_then(Value::as_array);
    let list = list.ok_or(NotFound::NoList)?;
    let matches = how(&find.by).ok_or_else(|| NotFound::How(find.by.clone()))?;
    let field = |element: &&Value| {
        let found = element.pointer(&find.field).and_then(plain);
        found.is_some_and(|found| matches(&found, value, common))
    };
    let mut found: Vec<_> = list.iter().filter(field).collect();
    let element = match (found.pop(), found.len()) {
        (Some(element), 0) => element,
        (None, _) => return Err(NotFound::None(list.len())),
        (Some(_), more) => return Err(NotFound::Several(more + 1)),
    };
    let taken = find.extract.iter();
    let taken = taken.filter_map(|(name, at)| Some((name.clone(), plain(element.pointer(at)?)?)));
    Ok(taken.collect())
}

type Compare = fn(&str, &str, usize) -> bool;

/// How the element's value relates to the credential's.
fn how(by: &str) -> Option<Compare> {
    Some(match by {
        "equals" => |theirs, ours, _| !theirs.is_empty() && theirs == ours,
        "prefix-of" => {
            |theirs, ours, common| theirs.len() >= TELLING + common && ours.starts_with(theirs)
        }
        "suffix-of" => |theirs, ours, _| theirs.len() >= TELLING && ours.ends_with(theirs),
        "contains" => |theirs, ours, _| theirs.len() >= TELLING && ours.contains(theirs),
        "hint-of" => hints_at,
        _ => return None,
    })
}

/// `abcd…wxyz`, `abcd****wxyz`: what is shown at both ends must fit, and be enough.
fn hints_at(theirs: &str, ours: &str, common: usize) -> bool {
    let Some((head, tail)) = theirs.split_once(['.', '*', '…']) else {
        return false;
    };
    let tail = tail.trim_start_matches(['.', '*', '…']);
    head.len().saturating_sub(common) + tail.len() >= TELLING
        && ours.len() >= head.len() + tail.len()
        && ours.starts_with(head)
        && ours.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::judge::Reply;

    fn found(by: &str, list: &str, value: &str) -> Result<String, NotFound> {
        let rule: Find = toml::from_str(&format!(
            "list = \"/k\"\nfield = \"/hint\"\nby = \"{by}\"\nvalue = \"x\"\nextract = {{ id = \"/id\" }}"
        ))
        .unwrap();
        let reply = Reply {
            status: 200,
            body: list.as_bytes().to_vec(),
            ..Reply::default()
        };
        find(&rule, &View::new(&reply), value, 4).map(|taken| taken["id"].clone())
    }

    #[test]
    fn only_the_credential_itself_is_taken() {
        let list =
            r#"{"k":[{"id":1,"hint":"tok-aaaa"},{"id":2,"hint":"wxyz"},{"id":3,"hint":""}]}"#;
        assert_eq!(found("suffix-of", list, "tok-wxyz"), Ok("2".into()));
        assert_eq!(found("prefix-of", list, "tok-aaaa-1"), Ok("1".into()));
        let kind_only = r#"{"k":[{"id":1,"hint":"tok-"}]}"#;
        assert_eq!(
            found("prefix-of", kind_only, "tok-aaaa-1"),
            Err(NotFound::None(1))
        );
        assert_eq!(found("suffix-of", list, "other"), Err(NotFound::None(3)));
        let twice = r#"{"k":[{"id":1,"hint":"wxyz"},{"id":2,"hint":"wxyz"}]}"#;
        assert_eq!(
            found("suffix-of", twice, "tok-wxyz"),
            Err(NotFound::Several(2))
        );
        let masked = r#"{"k":[{"id":7,"hint":"npm_12****wxyz"},{"id":8,"hint":"npm_13…wxyz"}]}"#;
        assert_eq!(found("hint-of", masked, "npm_1234wxyz"), Ok("7".into()));
        assert_eq!(found("equals", "{}", "x"), Err(NotFound::NoList));
        let short = r#"{"k":[{"id":1,"hint":"z"}]}"#;
        assert_eq!(
            found("suffix-of", short, "tok-wxyz"),
            Err(NotFound::None(1))
        );
    }
}
