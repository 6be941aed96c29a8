//! Identity: somebody who may act on a leaked credential, and which of those that a call names is taken. Where
//! identities are read is `config`'s business.

use std::collections::BTreeMap;

use crate::finding::{Finding, Secret};

/// A responder's own credential, from one of the standard places.
#[derive(Clone)]
pub struct Identity {
    /// The word in `as_whom` and in `[responder]`: `aws`, `alibaba`, `github`, …
    pub name: String,
    /// Where it was found, for the plan; never a value.
    pub origin: String,
    /// The values by the names that calls use after `me.`: `id`, `secret`, `session_token`, `access_token`.
    pub values: BTreeMap<String, Secret>,
    /// Named in the settings, so that it may be used; one that is only there is still not locked out.
    pub named: bool,
}

/// As whom a call is made.
#[derive(Clone)]
pub enum Whom {
    /// The leaked credential itself.
    Own,
    /// Nobody: a public report.
    Public,
    /// A responder.
    Responder(Identity),
}

impl Whom {
    /// For people.
    pub fn text(&self) -> String {
        match self {
            Whom::Own => "the leaked credential itself".into(),
            Whom::Public => "nobody (a public report)".into(),
            Whom::Responder(one) => format!("{} ({})", one.name, one.origin),
        }
    }

    /// One word.
    pub fn word(&self) -> &str {
        match self {
            Whom::Own => "self",
            Whom::Public => "public",
            Whom::Responder(one) => &one.name,
        }
    }

    /// The first of a comma list that is available; the leaked credential itself is only if it is whole.
    pub(super) fn choose(
        as_whom: Option<&str>,
        identities: &[Identity],
        whole: bool,
    ) -> Option<Whom> {
        let wanted = as_whom.unwrap_or("self").split(',').map(str::trim);
        let mut found = wanted.filter_map(|word| match word {
            "self" => whole.then_some(Whom::Own),
            "public" => Some(Whom::Public),
            name => {
                let own = identities.iter().find(|one| one.name == name && one.named);
                own.map(|one| Whom::Responder(one.clone()))
            }
        });
        found.next()
    }
}

/// The identity that this finding is, if the responder uses the very credential that leaked.
pub(super) fn mine<'i>(finding: &Finding, identities: &'i [Identity]) -> Option<&'i Identity> {
    let parts = finding.parts.iter().map(|part| &part.value);
    let theirs: Vec<&Secret> = parts.chain([&finding.secret]).collect();
    let telling = ["id", "secret", "access_token", "session_token"];
    identities.iter().find(|one| {
        let own = telling.iter().filter_map(|name| one.values.get(*name));
        let mut own = own.filter(|value| !value.is_empty());
        own.any(|value| theirs.contains(&value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(name: &str, named: bool) -> Identity {
        Identity {
            name: name.into(),
            origin: "test".into(),
            values: BTreeMap::new(),
            named,
        }
    }

    #[test]
    fn the_first_available_of_a_list_is_taken() {
        let all = [identity("aws", false), identity("github", true)];
        let word = |list| Whom::choose(list, &all, true).map(|whom| whom.word().to_owned());
        assert_eq!(word(Some("aws, github, self")).as_deref(), Some("github"));
        assert_eq!(word(Some("aws, self")).as_deref(), Some("self"));
        assert_eq!(word(Some("public")).as_deref(), Some("public"));
        assert_eq!(word(None).as_deref(), Some("self"));
        assert_eq!(word(Some("aws")), None);
        assert!(Whom::choose(Some("aws, self"), &all, false).is_none());
    }
}
