//! From a view to the machine contract. The contract itself is `v1`.

use std::collections::BTreeMap;

use super::v1::{
    Contact, Failed, Finding, LastCommit, Part, Place, Report, Rotate, SCHEMA, Seen, Silencer,
    Stale, Summary, Value, Verification,
};
use super::view::{By, Check, Commit, Item, Outdated, Shown, Silenced, Spot, View};
use crate::api::egress;
use crate::finding::Skip;

impl Report {
    pub(super) fn of(view: &View, list_suppressed: bool) -> Report {
        Report {
            sort: "report".to_owned(),
            schema: SCHEMA,
            findings: view.findings.iter().map(Finding::of).collect(),
            suppressed: match list_suppressed {
                true => view.suppressed.iter().map(Finding::suppressed).collect(),
                false => Vec::new(),
            },
            summary: Summary::of(view),
        }
    }
}

impl Finding {
    pub(super) fn of(item: &Item) -> Finding {
        Finding {
            sort: "finding".to_owned(),
            schema: SCHEMA,
            fingerprint: item.fingerprint.clone(),
            provider: item.provider.clone(),
            provider_name: item.provider_name.clone(),
            kind: item.kind.clone(),
            name: item.name.clone(),
            docs: item.docs.clone(),
            severity: item.severity.word().to_owned(),
            confidence: item.confidence.word().to_owned(),
            status: item.status.to_owned(),
            status_detail: item.status_detail.clone(),
            urgency: item.urgency.word().to_owned(),
            score: item.score,
            reasons: item.reasons.clone(),
            secret: Value {
                masked: item.secret.masked.clone(),
                value: item.secret.value.clone(),
            },
            parts: item.parts.iter().map(Part::of).collect(),
            facts: item.facts.clone(),
            candidates: item.candidates.clone(),
            explain: item.explain.clone(),
            excerpt: item.excerpt.clone(),
            places: item.places.iter().map(Place::of).collect(),
            verification: item
                .verification
                .as_ref()
                .map(|check| Verification::of(check, item)),
            rotate: Rotate {
                console: item.console.clone(),
                steps: item.steps.clone(),
            },
            suppressed_by: Vec::new(),
        }
    }

    pub(super) fn suppressed(silenced: &Silenced) -> Finding {
        let mut finding = Finding::of(&silenced.item);
        finding.sort = "suppressed".to_owned();
        finding.suppressed_by = silenced.by.iter().map(Silencer::of).collect();
        finding
    }
}

impl Part {
    fn of((name, shown): &(String, Shown)) -> Part {
        Part {
            name: name.clone(),
            masked: shown.masked.clone(),
            value: shown.value.clone(),
        }
    }
}

impl Place {
    fn of(spot: &Spot) -> Place {
        let commit = spot.commit.as_ref();
        Place {
            source: spot.source.word().to_owned(),
            path: spot.path.clone(),
            line: spot.line,
            column: spot.column,
            end_line: spot.end_line,
            end_column: spot.end_column,
            commit: commit.map(|commit| commit.id.clone()),
            blob: spot.blob.clone(),
            author: commit.map(|commit| commit.author.clone()),
            email: commit.map(|commit| commit.email.clone()),
            date: commit.map(|commit| commit.date.clone()),
            last_commit: spot.last_commit.as_ref().map(LastCommit::of),
            refs: spot.refs.clone(),
            reachable: spot.reachable,
            in_head: spot.in_head,
            decoded: spot.decoded.iter().map(|word| (*word).to_owned()).collect(),
            url: spot.url.clone(),
        }
    }
}

impl LastCommit {
    fn of(commit: &Commit) -> LastCommit {
        LastCommit {
            commit: commit.id.clone(),
            author: commit.author.clone(),
            email: commit.email.clone(),
            date: commit.date.clone(),
        }
    }
}

impl Verification {
    fn of(check: &Check, item: &Item) -> Verification {
        Verification {
            at: check.at.clone(),
            call: check.call.clone(),
            status: item.status.to_owned(),
            identity: check.identity.clone(),
            detail: check.detail.clone(),
        }
    }
}

impl Silencer {
    fn of(by: &By) -> Silencer {
        Silencer {
            sort: by.sort.to_owned(),
            origin: by.origin.clone(),
            reason: by.reason.clone(),
        }
    }
}

impl Stale {
    fn of(outdated: &Outdated) -> Stale {
        Stale {
            origin: outdated.origin.clone(),
            subject: outdated.subject.clone(),
            why: outdated.why.to_owned(),
            detail: outdated.detail.clone(),
        }
    }
}

impl Contact {
    fn of(contact: &egress::Contact) -> Contact {
        Contact {
            host: contact.host.clone(),
            kind: contact.kind.clone(),
            calls: contact.count,
        }
    }
}

impl Summary {
    pub(super) fn of(view: &View) -> Summary {
        let tally = &view.tally;
        let skipped = |skip: &Skip| tally.skipped.get(skip).copied().unwrap_or(0);
        let failed = tally.failed.iter().map(|failure| Failed {
            reason: failure.reason.word().to_owned(),
            subject: failure.subject.clone(),
            detail: failure.detail.clone(),
        });
        let incomplete = tally.incomplete().into_iter();
        Summary {
            sort: "summary".to_owned(),
            schema: SCHEMA,
            seen: Seen {
                files: tally.files,
                blobs: tally.blobs,
                bytes: tally.bytes,
                commits: tally.commits,
            },
            skipped: Skip::ALL
                .iter()
                .map(|s| (s.word().to_owned(), skipped(s)))
                .collect(),
            failed: failed.collect(),
            findings: count(view.findings.len()),
            suppressed: count(view.suppressed.len()),
            below_threshold: view.below_threshold,
            by_status: named(view.by_status()),
            by_urgency: named(view.by_urgency().into_iter().map(|(u, n)| (u.word(), n))),
            incomplete: incomplete.map(|(skip, _)| skip.word().to_owned()).collect(),
            partial: view.partial,
            stale: view.stale.iter().map(Stale::of).collect(),
            egress: view.egress.iter().map(Contact::of).collect(),
            root: view.root.clone(),
            elapsed_ms: view.elapsed_ms,
            version: view.version.clone(),
            patterns: view.patterns.clone(),
        }
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn named(counts: impl IntoIterator<Item = (&'static str, usize)>) -> BTreeMap<String, u64> {
    let one = |(word, n): (&str, usize)| (word.to_owned(), count(n));
    counts.into_iter().map(one).collect()
}
