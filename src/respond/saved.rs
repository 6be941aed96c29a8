//! A plan on disk: what was shown to somebody, so that exactly this is carried out or nothing. Holds no secrets.

use serde_json::{Value, json};

use super::plan::{Deed, Plan};

/// A plan that is older may describe what is no longer so.
const OLDEST: i64 = 600;
/// Clocks differ by so much.
const SKEW: i64 = 60;

/// Why a saved plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stale {
    /// It is no plan.
    #[error("it is no plan that unleak wrote")]
    Unreadable,
    /// Too old.
    #[error("the plan is {0} seconds old; one older than ten minutes is not carried out")]
    Old(i64),
    /// Made in the future.
    #[error("the plan was made in the future; look at the clock")]
    Future,
    /// Another plan would be made now.
    #[error("the plan made now is another one ({0})")]
    Changed(String),
}

/// The plan as JSON.
pub fn save(plan: &Plan<'_>) -> Value {
    let entries: Vec<Value> = rows(plan);
    json!({ "type": "plan", "schema": 1, "verb": plan.verb.word(), "made": plan.made, "entries": entries })
}

fn rows(plan: &Plan<'_>) -> Vec<Value> {
    let rows = plan.entries.iter().map(|entry| {
        let finding = entry.finding;
        let mut row = json!({
            "fingerprint": finding.fingerprint.to_string(),
            "kind": finding.kind,
            "masked": finding.secret.masked(),
        });
        match &entry.deed {
            Deed::Call(order) => {
                row["call"] = order.name.into();
                row["method"] = order.way().into();
                row["host"] = order.host.clone().into();
                row["as"] = order.whom.word().into();
            }
            Deed::ByHand(why) => row["by_hand"] = why.clone().into(),
            Deed::Refused(why) => row["refused"] = why.to_string().into(),
        }
        row
    });
    rows.collect()
}

/// Whether `plan`, made just now, is the one that was saved, and that one is young enough.
pub fn compare(plan: &Plan<'_>, text: &str) -> Result<(), Stale> {
    let saved: Value = serde_json::from_str(text).map_err(|_| Stale::Unreadable)?;
    let made = saved["made"].as_i64().ok_or(Stale::Unreadable)?;
    if saved["type"] != "plan" || saved["schema"] != 1 {
        return Err(Stale::Unreadable);
    }
    let age = plan.made.saturating_sub(made);
    if age > OLDEST {
        return Err(Stale::Old(age));
    }
    if age < -SKEW {
        return Err(Stale::Future);
    }
    if saved["verb"] != plan.verb.word() {
        return Err(Stale::Changed(format!("it is to {}", plan.verb)));
    }
    let (old, new) = (saved["entries"].as_array(), rows(plan));
    let old = old.ok_or(Stale::Unreadable)?;
    if old.len() != new.len() {
        return Err(Stale::Changed(format!(
            "{} entries, not {}",
            new.len(),
            old.len()
        )));
    }
    let other = new.iter().zip(old).find(|(new, old)| new != old);
    match other {
        Some((new, _)) => Err(Stale::Changed(format!("finding {}", new["fingerprint"]))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verb;
    use super::*;

    #[test]
    fn an_old_or_foreign_plan_is_refused() {
        let plan = |verb, made| Plan {
            verb,
            made,
            entries: Vec::new(),
        };
        let saved = save(&plan(Verb::Freeze, 1000)).to_string();
        assert_eq!(compare(&plan(Verb::Freeze, 1600), &saved), Ok(()));
        let old = compare(&plan(Verb::Freeze, 1601), &saved);
        assert_eq!(old, Err(Stale::Old(601)));
        let early = compare(&plan(Verb::Freeze, 900), &saved);
        assert_eq!(early, Err(Stale::Future));
        let other = compare(&plan(Verb::Revoke, 1001), &saved);
        assert!(matches!(other, Err(Stale::Changed(_))));
        for text in ["", "{}", "[]", r#"{"type":"plan","schema":2,"made":1000}"#] {
            let none = compare(&plan(Verb::Freeze, 1000), text);
            assert_eq!(none, Err(Stale::Unreadable), "{text}");
        }
    }
}
