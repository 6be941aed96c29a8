//! From the machine contract back to findings: every field of a foreign report is checked.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::Mutex;

use super::{About, Results, time, v1};
use crate::api::egress::Contact;
use crate::finding::{
    BlobId, CommitInfo, Failure, Finding, Part, Place, Rotate, Secret, Silencer, Skip, SourceKind,
    Span, Stale, StaleWhy, Status, Tally, Verification,
};

pub(super) fn summary_of(summary: v1::Summary) -> Results {
    let reason = |word: &str| Skip::ALL.into_iter().find(|skip| skip.word() == word);
    let mut tally = Tally {
        files: summary.seen.files,
        blobs: summary.seen.blobs,
        bytes: summary.seen.bytes,
        commits: summary.seen.commits,
        ..Tally::default()
    };
    let counts = summary.skipped.iter().filter(|(_, count)| **count > 0);
    tally.skipped = counts
        .filter_map(|(word, count)| Some((reason(word)?, *count)))
        .collect();
    let failed = summary.failed.into_iter().filter_map(|failed| {
        Some(Failure {
            reason: reason(&failed.reason)?,
            subject: failed.subject,
            detail: failed.detail,
        })
    });
    tally.failed = failed.collect();
    Results {
        tally,
        stale: summary.stale.into_iter().filter_map(stale_of).collect(),
        egress: summary.egress.into_iter().map(contact_of).collect(),
        below_threshold: summary.below_threshold,
        elapsed_ms: summary.elapsed_ms,
        version: summary.version,
        patterns: summary.patterns,
        root: summary.root,
        partial: summary.partial,
        ..Results::default()
    }
}

fn contact_of(contact: v1::Contact) -> Contact {
    Contact {
        host: contact.host,
        kind: contact.kind,
        count: contact.calls,
    }
}

fn stale_of(stale: v1::Stale) -> Option<Stale> {
    let detail = stale.detail.unwrap_or_default();
    let why = match stale.why.as_str() {
        "unused" => StaleWhy::Unused,
        "expired" => StaleWhy::Expired(detail),
        "refused" => StaleWhy::Refused(detail),
        _ => return None,
    };
    Some(Stale {
        origin: stale.origin,
        subject: stale.subject,
        why,
    })
}

pub(super) fn silencer_of(silencer: v1::Silencer) -> Silencer {
    const SORTS: [&str; 4] = ["marker", "config", "baseline", "import"];
    let sort = SORTS.into_iter().find(|sort| *sort == silencer.sort);
    Silencer {
        sort: sort.unwrap_or("config"),
        origin: silencer.origin,
        reason: silencer.reason,
    }
}

/// What the report says beside the finding itself.
pub(super) fn about(results: &mut Results, finding: &v1::Finding) {
    let about = About {
        provider_name: finding.provider_name.clone(),
        docs: finding.docs.clone().unwrap_or_default(),
    };
    if results.web.is_none() {
        results.web = finding.places.iter().find_map(web);
    }
    if !about.provider_name.is_empty() {
        let key = (finding.provider.clone(), finding.kind.clone());
        results.kinds.entry(key).or_insert(about);
    }
}

/// The repository's address at its code host, from the address of one of its lines.
fn web(place: &v1::Place) -> Option<String> {
    let commit = place.commit.as_ref()?;
    let (web, _) = place
        .url
        .as_ref()?
        .split_once(&format!("/blob/{commit}/"))?;
    (web.starts_with("https://") || web.starts_with("http://")).then(|| web.to_owned())
}

pub(super) fn finding_of(from: v1::Finding) -> Result<Finding, String> {
    let detail = from.status_detail.unwrap_or_default();
    let status = status(&from.status, detail)?;
    let places: Result<Vec<Place>, String> = from.places.into_iter().map(place_of).collect();
    let parts = from.parts.into_iter().map(|part| Part {
        name: part.name,
        value: value_of(part.masked, part.value),
    });
    let verification = from.verification.map(|check| Verification {
        at: time::seconds(&check.at).unwrap_or_default(),
        call: check.call,
        identity: check.identity,
        detail: check.detail,
    });
    Ok(Finding {
        fingerprint: from.fingerprint.parse()?,
        provider: from.provider,
        kind: from.kind,
        name: from.name,
        severity: word(&from.severity, "severity")?,
        confidence: word(&from.confidence, "confidence")?,
        status,
        urgency: word(&from.urgency, "urgency")?,
        score: from.score,
        reasons: from.reasons,
        secret: value_of(from.secret.masked, from.secret.value),
        parts: parts.collect(),
        facts: from.facts,
        candidates: from.candidates,
        explain: from.explain,
        places: places?,
        excerpt: from.excerpt,
        verification,
        rotate: Rotate {
            console: from.rotate.console,
            steps: from.rotate.steps,
        },
    })
}

fn word<T: FromStr<Err = String>>(text: &str, field: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("{field}: {error}"))
}

fn status(word: &str, detail: String) -> Result<Status, String> {
    Ok(match word {
        "live" => Status::Live,
        "frozen" => Status::Frozen,
        "dead" => Status::Dead,
        "canary" => Status::Canary,
        "unverifiable" => Status::Unverifiable(detail),
        "unknown" => Status::Unknown(detail),
        "unchecked" => Status::Unchecked,
        other => {
            return Err(format!(
                "status: '{other}' is not one of: {}",
                Status::WORDS.join(", ")
            ));
        }
    })
}

fn value_of(masked: String, value: Option<String>) -> Secret {
    match value {
        Some(value) => Secret::new(value),
        None => Secret::withheld(masked),
    }
}

fn place_of(from: v1::Place) -> Result<Place, String> {
    const SOURCES: [SourceKind; 6] = [
        SourceKind::Tree,
        SourceKind::Index,
        SourceKind::History,
        SourceKind::Stdin,
        SourceKind::Archive,
        SourceKind::Message,
    ];
    let source = SOURCES
        .into_iter()
        .find(|source| source.word() == from.source);
    let source = source.ok_or_else(|| format!("source: '{}' is not known", from.source))?;
    let span = Span {
        line: from.line,
        column: from.column,
        end_line: from.end_line,
        end_column: from.end_column,
        ..Span::default()
    };
    let date = |text: &str| time::seconds(text).unwrap_or_default();
    let commit = from.commit.map(|id| CommitInfo {
        id,
        author: from.author.unwrap_or_default(),
        email: from.email.unwrap_or_default(),
        time: from.date.as_deref().map(date).unwrap_or_default(),
    });
    let last_commit = from.last_commit.map(|last| CommitInfo {
        id: last.commit,
        author: last.author,
        email: last.email,
        time: date(&last.date),
    });
    let mut place = Place::new(source, from.path, span);
    place.blob = from.blob.as_deref().and_then(BlobId::from_hex);
    place.commit = commit.map(Arc::new);
    place.last_commit = last_commit.map(Arc::new);
    place.refs = from.refs;
    place.reachable = from.reachable;
    place.in_head = from.in_head;
    place.decoded = from.decoded.iter().map(|word| decoder(word)).collect();
    Ok(place)
}

/// Names of decoders live as long as the program. A report can name any; the first few short ones
/// are kept, which bounds what a hostile report can make us hold.
fn decoder(word: &str) -> &'static str {
    const KEPT: usize = 64;
    static WORDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut words = match WORDS.lock() {
        Ok(words) => words,
        Err(poisoned) => poisoned.into_inner(),
    };
    if let Some(known) = words.get(word) {
        return known;
    }
    if words.len() >= KEPT || word.len() > 32 {
        return "encoded";
    }
    let kept: &'static str = String::from(word).leak();
    words.insert(kept);
    kept
}
