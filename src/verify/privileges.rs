//! What a live credential may do, as far as reading calls tell: the names of a kind's `privileges`, asked one by one.

use std::collections::BTreeMap;

use crate::api::exchange::{About, Client};
use crate::api::judge::{Verdict, judge};
use crate::api::values::Values;

/// What the calls say, each value named `privileges.NAME`; a call that is refused says that.
pub(super) fn look(
    client: &Client,
    about: About<'_>,
    values: &mut Values,
) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for name in &about.kind.privileges {
        let Some(call) = about.provider.call.get(name) else {
            continue;
        };
        let reading = matches!(
            call.effect.as_deref(),
            None | Some("none" | "audit-log" | "reads")
        );
        if !reading {
            continue;
        }
        let said = match client.call(about, name, values) {
            Ok(answer) => judge(call, &answer.reply),
            Err(error) => {
                out.insert(format!("privileges.{name}"), format!("not known: {error}"));
                continue;
            }
        };
        if said.verdict == Verdict::Live {
            let found = said.identity.into_iter();
            out.extend(found.map(|(key, value)| (format!("privileges.{key}"), value)));
        } else {
            out.insert(format!("privileges.{name}"), "refused".into());
        }
    }
    out
}
