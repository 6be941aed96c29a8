//! Plan: for each finding which call, to which host, as whom, and whether it can be undone; or why nothing is
//! called. Pure: sends nothing, prints nothing.

use std::collections::BTreeMap;

use super::Verb;
use super::identity::{Identity, Whom, mine};
use crate::api::exchange::{About, Client};
use crate::api::protocol;
use crate::api::values::Values;
use crate::finding::{Finding, Secret, Status};
use crate::pattern::schema::Call;
use crate::pattern::{KindRef, Patterns};

/// What will be done, finding by finding.
pub struct Plan<'a> {
    /// What is done.
    pub verb: Verb,
    /// When the plan was made, seconds since 1970.
    pub made: i64,
    /// One for each finding, in the order given.
    pub entries: Vec<Entry<'a>>,
}

/// One finding and what becomes of it.
pub struct Entry<'a> {
    /// Which.
    pub finding: &'a Finding,
    /// Its kind, if a pattern file knows it.
    pub found: Option<KindRef<'a>>,
    /// What is done.
    pub deed: Deed<'a>,
}

/// What is done about one finding.
pub enum Deed<'a> {
    /// A call.
    Call(Box<Order<'a>>),
    /// No call is known; why. People do it by hand.
    ByHand(String),
    /// It must not be done.
    Refused(Refusal),
}

/// A call that will be made.
pub struct Order<'a> {
    /// The kind and its provider.
    pub found: KindRef<'a>,
    /// Name of the call.
    pub name: &'a str,
    /// The call.
    pub call: &'a Call,
    /// Where it goes.
    pub host: String,
    /// The steps before it, each with its host.
    pub steps: Vec<(&'a str, String)>,
    /// The calls after it, each with its host.
    pub then: Vec<(&'a str, String)>,
    /// As whom.
    pub whom: Whom,
}

impl Order<'_> {
    /// The method, or the protocol of a call that is no HTTP, or that a file is made.
    pub fn way(&self) -> &str {
        match (&self.call.protocol, &self.call.make) {
            (Some(protocol), _) => protocol,
            (None, Some(_)) => "a file",
            (None, None) => &self.call.method,
        }
    }
}

/// Why nothing is done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A trap.
    #[error("it is a canary: touching it tells whoever laid it")]
    Canary,
    /// Its kind is not sure.
    #[error("its kind is not sure, it may as well be: {0}")]
    Ambiguous(String),
    /// Only its masked form is known.
    #[error("its value is not in the report (write it with --show-secrets)")]
    NoValue,
    /// A required part is missing.
    #[error("the values that belong to it were not found beside it, and the call needs them")]
    Alone,
    /// No pattern file.
    #[error("no pattern file knows the kind '{0}'")]
    Unknown(String),
    /// The responder would lock himself out.
    #[error(
        "it is your own identity in use, {0}: you would lock yourself out (--including-mine does it all the same)"
    )]
    Mine(String),
    /// Nobody who could do it.
    #[error("nobody is named who could do it: {0}")]
    Nobody(String),
    /// A step would take the first of a list.
    #[error(
        "step '{0}' of the pattern takes an element of a list without comparing it with the credential"
    )]
    FirstOfList(String),
}

/// Makes plans.
pub struct Planner<'a> {
    /// What is known of the kinds.
    pub patterns: &'a Patterns,
    /// Knows where calls go.
    pub client: &'a Client,
    /// Who could act.
    pub identities: &'a [Identity],
    /// The user wants his own identity closed as well.
    pub including_mine: bool,
    /// To thaw is to bring back what was deleted, where the provider keeps it.
    pub deleted: bool,
    /// Tells traps.
    pub is_trap: &'a dyn Fn(&Finding, KindRef<'_>) -> bool,
}

impl<'a> Planner<'a> {
    /// The plan for these findings.
    pub fn plan(&self, verb: Verb, findings: &'a [Finding], now: i64) -> Plan<'a> {
        let entries = findings.iter().map(|finding| {
            let found = self.patterns.find(&finding.kind);
            Entry {
                finding,
                found,
                deed: self.deed(verb, finding, found),
            }
        });
        Plan {
            verb,
            made: now,
            entries: entries.collect(),
        }
    }

    fn deed(&self, verb: Verb, finding: &Finding, found: Option<KindRef<'a>>) -> Deed<'a> {
        let Some(found) = found else {
            return Deed::Refused(Refusal::Unknown(finding.kind.clone()));
        };
        if let Some(refusal) = self.refusal(verb, finding, found) {
            return Deed::Refused(refusal);
        }
        let kind = found.kind;
        let name = match verb {
            Verb::Freeze => &kind.freeze,
            Verb::Thaw if self.deleted => &kind.restore,
            Verb::Thaw => &kind.thaw,
            Verb::Revoke => &kind.revoke,
        };
        let call = name.as_ref().and_then(|name| {
            let call = found.provider.call.get(name)?;
            Some((name.as_str(), call))
        });
        match call {
            Some((name, call)) => self.order(finding, found, name, call),
            None => Deed::ByHand(by_hand(verb, found)),
        }
    }

    fn refusal(&self, verb: Verb, finding: &Finding, found: KindRef<'_>) -> Option<Refusal> {
        if finding.status == Status::Canary || (self.is_trap)(finding, found) {
            return Some(Refusal::Canary);
        }
        if !finding.candidates.is_empty() {
            return Some(Refusal::Ambiguous(finding.candidates.join(", ")));
        }
        if finding.secret.is_empty() {
            return Some(Refusal::NoValue);
        }
        let own = mine(finding, self.identities).filter(|_| verb != Verb::Thaw);
        let own = own.filter(|_| !self.including_mine);
        own.map(|one| Refusal::Mine(format!("{} ({})", one.name, one.origin)))
    }

    fn order(
        &self,
        finding: &Finding,
        found: KindRef<'a>,
        name: &'a str,
        call: &'a Call,
    ) -> Deed<'a> {
        let whole = found.alone.is_none();
        if !whole && !does_with_the_id(found, call) {
            return Deed::Refused(Refusal::Alone);
        }
        let Some(whom) = Whom::choose(call.as_whom.as_deref(), self.identities, whole) else {
            return Deed::Refused(Refusal::Nobody(name_one(call)));
        };
        let calls = &found.provider.call;
        let greedy = |step: &&String| calls.get(*step).is_some_and(takes_by_position);
        if let Some(step) = call.after.iter().find(greedy) {
            return Deed::Refused(Refusal::FirstOfList(step.clone()));
        }
        let values = values(finding, found, &whom);
        let about = About {
            provider: found.provider,
            kind: found.kind,
            spoil_token: false,
        };
        let host = |name: &str| {
            let host = self.client.destination(about, name, &values);
            host.unwrap_or_else(|| "a host that a step names".into())
        };
        let each = |names: &'a [String]| -> Vec<(&'a str, String)> {
            names
                .iter()
                .map(|name| (name.as_str(), host(name)))
                .collect()
        };
        if let (true, Some(why)) = (
            lacks_what_is_known(found, call, &values),
            &found.kind.by_hand,
        ) {
            return Deed::ByHand(why.clone());
        }
        if let Some(refusal) = self.locks_out(about, call, &values, &whom) {
            return Deed::Refused(refusal);
        }
        Deed::Call(Box::new(Order {
            found,
            name,
            call,
            host: host(name),
            steps: each(&call.after),
            then: each(&call.then),
            whom,
        }))
    }

    /// The account to be closed at a server is the one that would close it.
    fn locks_out(
        &self,
        about: About<'_>,
        call: &Call,
        values: &Values,
        whom: &Whom,
    ) -> Option<Refusal> {
        let Whom::Responder(one) = whom else {
            return None;
        };
        let closes = call.protocol.is_some() && call.effect.as_deref() == Some("freezes");
        let own = one.values.get("user").and_then(Secret::reveal_str)?;
        let theirs = protocol::account(self.client, about, values)?;
        let same = closes && !self.including_mine && own == theirs;
        same.then(|| Refusal::Mine(format!("{} ({})", one.name, one.origin)))
    }
}

/// What the call's templates stand for. Of a key id without its secret only the id is known.
pub(super) fn values(finding: &Finding, found: KindRef<'_>, whom: &Whom) -> Values {
    let mut values = match found.alone {
        None => Values::of(&finding.secret, &finding.parts),
        Some(_) => {
            let mut values = Values::default();
            values.set("id", finding.secret.clone());
            values
        }
    };
    // What the provider said about it when it was last asked; a frozen key can no longer be asked whose it is.
    let known = finding.verification.iter().flat_map(|one| &one.identity);
    for (name, value) in known {
        values.set(format!("known.{name}"), Secret::new(value));
    }
    match whom {
        Whom::Own => {}
        Whom::Public => values.set_me(BTreeMap::<String, Secret>::new()),
        Whom::Responder(one) => values.set_me(one.values.clone()),
    }
    values
}

/// True if the call needs something that only the user or the provider could have said.
fn lacks_what_is_known(found: KindRef<'_>, call: &Call, values: &Values) -> bool {
    let text = serde_json::to_string(call).unwrap_or_default();
    let steps = call.after.iter().filter_map(|step| {
        let step = found.provider.call.get(step)?;
        serde_json::to_string(step).ok()
    });
    let lacks = |text: &String| {
        let mut slots = text.match_indices("{{known.");
        slots.any(|(at, _)| {
            let name = &text[at + 2..];
            let name = name.split([' ', '}']).next().unwrap_or_default();
            !name.ends_with('?') && values.get(name).is_none()
        })
    };
    steps.chain([text]).any(|text| lacks(&text))
}

/// True if a responder can make the call, and the steps before it, knowing nothing but the key's id.
fn does_with_the_id(found: KindRef<'_>, call: &Call) -> bool {
    let id = found.kind.regex.as_deref();
    let calls = &found.provider.call;
    let steps = call.after.iter().filter_map(|step| calls.get(step));
    let text = |call: &Call| serde_json::to_string(call).unwrap_or_default();
    let needs_more = |call: &Call| text(call).contains("{{secret");
    id.is_some_and(|regex| regex.contains("(?<id>"))
        && call.protocol.is_none()
        && !steps.chain([call]).any(needs_more)
}

/// True for a step that takes what stands at a numbered place of a list.
pub(super) fn takes_by_position(call: &Call) -> bool {
    let mut pointers = call.extract.values().filter(|from| from.starts_with('/'));
    pointers.any(|from| from.split('/').any(|part| part.parse::<u32>().is_ok()))
}

fn name_one(call: &Call) -> String {
    let named = call.as_whom.as_deref().unwrap_or_default();
    let named = named.split(',').map(str::trim);
    let named = named.filter(|name| !["self", "public"].contains(name));
    let named: Vec<_> = named.map(|name| format!("{name} = \"env\"")).collect();
    format!(
        "write {} under [responder] in your own settings (`unleak config show` says where they are read from)",
        named.join(" or ")
    )
}

fn by_hand(verb: Verb, found: KindRef<'_>) -> String {
    let kind = found.kind;
    let other = match verb {
        Verb::Freeze if kind.revoke.is_some() => {
            Some("no reversible way is known; `unleak revoke` is final")
        }
        Verb::Revoke if kind.freeze.is_some() => {
            Some("no final call is known; `unleak freeze` closes it for now")
        }
        _ => None,
    };
    match (other, &kind.by_hand) {
        (Some(other), _) => other.to_owned(),
        (None, Some(why)) => why.clone(),
        (None, None) => format!("no call to {verb} it is known"),
    }
}

impl Plan<'_> {
    /// The calls of the plan.
    pub fn orders(&self) -> impl Iterator<Item = (&Entry<'_>, &Order<'_>)> {
        self.entries.iter().filter_map(|entry| match &entry.deed {
            Deed::Call(order) => Some((entry, &**order)),
            _ => None,
        })
    }

    /// True if one of its calls cannot be undone.
    pub fn is_final(&self) -> bool {
        let mut orders = self.orders();
        self.verb == Verb::Revoke && orders.any(|(_, order)| order.call.reversible != Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Patterns;

    #[test]
    fn no_pattern_takes_the_first_of_a_list() {
        let patterns = Patterns::builtin();
        let mut steps = 0;
        for kind in patterns.kinds() {
            let names = [&kind.kind.freeze, &kind.kind.thaw, &kind.kind.revoke];
            let calls = names.into_iter().flatten();
            for call in calls.filter_map(|name| kind.provider.call.get(name)) {
                for step in &call.after {
                    steps += 1;
                    assert!(!takes_by_position(&kind.provider.call[step]), "{step}");
                }
            }
        }
        assert!(steps > 10, "{steps}");
        for kind in patterns.kinds() {
            let call = kind.kind.thaw.as_ref();
            let call = call.and_then(|name| kind.provider.call.get(name));
            for step in call.into_iter().flat_map(|call| &call.after) {
                let is_check = kind.kind.verify.as_ref() == Some(step);
                let ends = is_check || !kind.provider.call[step].frozen.is_empty();
                assert!(!ends, "what is to be thawed is no news to '{step}'");
            }
        }
        let greedy: Call = toml::from_str("extract = { id = \"/keys/0/id\" }").expect("valid");
        assert!(takes_by_position(&greedy));
    }
}
