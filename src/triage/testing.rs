//! A catalogue of made-up kinds and short ways to make matches, for the tests of triage.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{KindInfo, Merger};
use crate::finding::{
    BlobId, CommitInfo, Confidence, Finding, Guessable, Marker, Match, Place, Rotate, Severity,
    SourceKind, Span,
};

pub(super) fn kinds(id: &str) -> Option<KindInfo> {
    let (provider, severity) = match id {
        "acme-pat" => ("acme", Severity::High),
        "acme-id-alone" => ("acme", Severity::Low),
        "acme-publishable" => ("acme", Severity::Info),
        "beta-key" => ("beta", Severity::Critical),
        "generic-token" | "generic-password" => ("generic", Severity::Medium),
        _ => return None,
    };
    Some(KindInfo {
        provider: provider.to_owned(),
        name: format!("the {id}"),
        severity,
        generic: provider == "generic",
        rotate: Rotate::default(),
    })
}

pub(crate) fn matched(kind: &str, value: &str, start: usize) -> Match {
    let column = u32::try_from(start).unwrap() + 1;
    let length = u32::try_from(value.len()).unwrap();
    Match {
        kind: kind.into(),
        secret: value.into(),
        parts: Vec::new(),
        confidence: Confidence::High,
        guessable: Guessable::No,
        span: Span {
            start,
            end: start + value.len(),
            line: 1,
            column,
            end_line: 1,
            end_column: column + length,
        },
        decoded: Vec::new(),
        facts: BTreeMap::new(),
        provider: None,
        candidates: Vec::new(),
        reasons: Vec::new(),
        excerpt: "key = \"…\"".to_owned(),
        marker: None,
    }
}

pub(super) fn tree(path: &str) -> Place {
    Place::new(SourceKind::Tree, path, Span::default())
}

pub(super) fn history(path: &str, blob: u8, time: i64) -> Place {
    let mut place = Place::new(SourceKind::History, path, Span::default());
    place.blob = BlobId::from_bytes(&[blob; 20]);
    place.commit = Some(Arc::new(CommitInfo {
        id: format!("{blob:040x}"),
        time,
        ..CommitInfo::default()
    }));
    place
}

pub(super) fn finding(kind: &str, value: &str, places: Vec<Place>) -> Finding {
    let mut merger = Merger::default();
    for place in places {
        merger.add(matched(kind, value, 0), place);
    }
    let draft = merger.finish(&kinds).pop();
    draft.expect("one match makes one draft").seal().finding
}

/// The match with a marker beside it.
pub(super) fn marked(mut found: Match, word: &'static str, kind: Option<&str>) -> Match {
    found.marker = Some(Marker {
        word,
        kind: kind.map(str::to_owned),
        reason: None,
    });
    found
}
