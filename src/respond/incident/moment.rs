//! Moments as providers write them, to seconds since 1970. Pure.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// A time of any of the usual forms. One without a zone is read as UTC: providers that leave it out are ahead of UTC,
/// so what is called new by that is new or a few hours older, never the other way round.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_second());
    }
    if text.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && let Ok(number) = text.parse::<f64>()
        && number.is_finite()
    {
        // Seconds until the year 5138, milliseconds beyond.
        let seconds = if number > 1e11 { number / 1e3 } else { number };
        #[expect(clippy::cast_possible_truncation, reason = "seconds below 1e15 fit")]
        return (seconds < 1e15).then_some(seconds as i64);
    }
    let utc = |moment: DateTime| {
        let zoned = moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(zoned.timestamp().as_second())
    };
    if let Ok(moment) = text.parse::<DateTime>() {
        return utc(moment);
    }
    utc(text.parse::<Date>().ok()?.at(0, 0, 0, 0))
}

/// A second for people and machines: RFC 3339, UTC.
pub(super) fn iso(at: i64) -> String {
    Timestamp::from_second(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood() {
        for (text, at) in [
            ("2026-01-02T03:04:05Z", 1_767_323_045),
            ("2026-01-02T03:04:05.123Z", 1_767_323_045),
            ("2026-01-02T11:04:05+08:00", 1_767_323_045),
            ("2026-01-02T03:04Z", 1_767_323_040),
            ("2026-01-02 03:04:05", 1_767_323_045),
            ("2026-01-02", 1_767_312_000),
            ("1767323045", 1_767_323_045),
            ("1767323045.5", 1_767_323_045),
            ("1.767323045E9", 1_767_323_045),
            ("1767323045123", 1_767_323_045),
        ] {
            assert_eq!(parse(text), Some(at), "{text}");
        }
        for text in ["", "never", "nan", "inf", "2026-99-99"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(iso(1_767_323_045), "2026-01-02T03:04:05Z");
    }
}
