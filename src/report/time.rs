//! Times as reports print them. The clock is never read here.

use jiff::Timestamp;

/// `2026-01-02T03:04:05Z`; empty for a time no calendar holds (a forged commit date).
pub(super) fn iso(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or(String::new(), |time| time.to_string())
}

/// `2026-01-02`.
pub(super) fn day(seconds: i64) -> String {
    iso(seconds)
        .split('T')
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Seconds since 1970, from what [`iso`] wrote.
pub(super) fn seconds(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// "3 days ago", in the largest unit that counts at least two of itself.
pub(super) fn ago(then: i64, now: i64) -> String {
    const UNITS: [(i64, &str); 5] = [
        (365 * 86_400, "years"),
        (30 * 86_400, "months"),
        (86_400, "days"),
        (3_600, "hours"),
        (60, "minutes"),
    ];
    let passed = now.saturating_sub(then);
    if passed < 0 {
        return "in the future".to_owned();
    }
    UNITS
        .iter()
        .find(|(unit, _)| passed / unit >= 2)
        .map_or("just now".to_owned(), |(unit, name)| {
            format!("{} {name} ago", passed / unit)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_there_and_back() {
        assert_eq!(iso(1_767_323_045), "2026-01-02T03:04:05Z");
        assert_eq!(seconds("2026-01-02T03:04:05Z"), Some(1_767_323_045));
        assert_eq!(day(1_767_323_045), "2026-01-02");
        assert_eq!(iso(i64::MAX), "");
    }

    #[test]
    fn ages_are_rounded_down() {
        let day = 86_400;
        for (passed, text) in [
            (30, "just now"),
            (3 * 60, "3 minutes ago"),
            (47 * 3_600, "47 hours ago"),
            (45 * day, "45 days ago"),
            (300 * day, "10 months ago"),
            (800 * day, "2 years ago"),
            (-5, "in the future"),
        ] {
            assert_eq!(ago(1_000_000_000 - passed, 1_000_000_000), text);
        }
        assert_eq!(ago(i64::MIN, 5), "292471208677 years ago");
    }
}
