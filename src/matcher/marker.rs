//! Marker: comments beside a secret that ask for silence. What they silence is triage's business.

use std::ops::Range;

use super::context::line_around;
use crate::finding::Marker;

/// Our own marker; it may also stand on the line above.
const OURS: &str = "unleak:ignore";

/// The markers of others, as they stand on the line of the secret.
const OTHERS: &[&str] = &[
    "gitleaks:allow",
    "betterleaks:allow",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "kingfisher:allow",
    "ggignore",
    "pragma: allowlist secret",
    "pragma: whitelist secret",
    "noseyparker:ignore",
];

/// The marker on the secret's last line, on its first, or ours on the line above.
pub(super) fn beside(bytes: &[u8], value: &Range<usize>) -> Option<Marker> {
    let first = line_around(bytes, &(value.start..value.start));
    let last = line_around(bytes, &(value.end..value.end));
    let on_line = on(&bytes[first.clone()]).or_else(|| on(&bytes[last]));
    on_line.or_else(|| {
        let end = first.start.checked_sub(1)?;
        let above = line_around(bytes, &(end..end));
        let above = &bytes[above];
        on(above).filter(|marker| marker.word == OURS && only_a_comment(above))
    })
}

/// Nothing stands before the marker but what opens a comment. Behind code it is about that line:
/// it must not silence the secret that happens to follow on the next.
fn only_a_comment(line: &[u8]) -> bool {
    let before = memchr::memmem::find(line, OURS.as_bytes()).unwrap_or(0);
    let before = line[..before].trim_ascii();
    before.eq_ignore_ascii_case(b"rem")
        || before
            .iter()
            .all(|b| b.is_ascii_whitespace() || b"#/*<!-;%'\"{(".contains(b))
}

fn on(line: &[u8]) -> Option<Marker> {
    if let Some(at) = memchr::memmem::find(line, OURS.as_bytes()) {
        let rest = String::from_utf8_lossy(&line[at + OURS.len()..]);
        let rest = rest
            .trim()
            .trim_end_matches("*/")
            .trim_end_matches("-->")
            .trim();
        let mut words = rest.splitn(2, char::is_whitespace);
        let is_kind =
            |w: &&str| w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !w.is_empty();
        let kind = words
            .next()
            .map(|w| w.trim_matches(':'))
            .filter(is_kind)
            .map(str::to_owned);
        let reason = words
            .next()
            .map(str::trim)
            .filter(|r| !r.is_empty())
            .map(str::to_owned);
        return Some(Marker {
            word: OURS,
            kind,
            reason,
        });
    }
    let lower = line.to_ascii_lowercase();
    let word = OTHERS
        .iter()
        .find(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())?;
    Some(Marker {
        word,
        kind: None,
        reason: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_kind_and_reason() {
        let text = b"# unleak:ignore acme-token made up for the test\nkey = VALUE\nother = VALUF # gitleaks:allow";
        let first = beside(text, &(55..59)).unwrap();
        assert_eq!(
            (first.word, first.kind.as_deref()),
            (OURS, Some("acme-token"))
        );
        assert_eq!(first.reason.as_deref(), Some("made up for the test"));
        let at = memchr::memmem::find(text, b"VALUF").unwrap();
        assert_eq!(beside(text, &(at..at + 5)).unwrap().word, "gitleaks:allow");
    }

    #[test]
    fn a_marker_behind_code_does_not_reach_the_next_line() {
        for (above, reaches) in [
            ("a = 'FIRST' # unleak:ignore", false),
            ("  <!-- unleak:ignore made-up -->", true),
            ("REM unleak:ignore", true),
        ] {
            let text = format!("{above}\nb = 'VALUE'");
            let at = text.find("VALUE").unwrap();
            assert_eq!(
                beside(text.as_bytes(), &(at..at + 5)).is_some(),
                reaches,
                "{above}"
            );
        }
    }
}
