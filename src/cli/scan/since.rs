//! `--since`: a revision, a day, a moment, or so long ago. git takes any text for a date and nonsense
//! for now, which would be a clean answer about nothing; so dates are read here.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use unleak::source::{Git, Since};

use crate::cli::Failure;

const DAY: i64 = 86_400;

pub(crate) fn parse(text: &str, git: &Git, now: i64) -> Result<Since, Failure> {
    if let Some(time) = time(text.trim(), now) {
        return Ok(Since::Time(time));
    }
    let name = format!("{text}^{{commit}}");
    match git.line(&[
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &name,
    ]) {
        Ok(id) => Ok(Since::Revision(id)),
        Err(_) => Err(Failure::new(format!(
            "--since {text}: neither a date nor a revision here"
        ))
        .hint(
            "write 2026-01-31, 2026-01-31T12:00:00Z, \"2 weeks ago\", a tag, a branch or a commit",
        )),
    }
}

fn time(text: &str, now: i64) -> Option<i64> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_second());
    }
    let local = |moment: DateTime| {
        let zoned = moment.to_zoned(TimeZone::system()).ok()?;
        Some(zoned.timestamp().as_second())
    };
    if let Ok(day) = text.parse::<Date>() {
        return local(day.at(0, 0, 0, 0));
    }
    if let Ok(moment) = text.parse::<DateTime>() {
        return local(moment);
    }
    ago(text, now)
}

fn ago(text: &str, now: i64) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    if lower == "yesterday" {
        return Some(now - DAY);
    }
    let words: Vec<&str> = lower
        .split([' ', '.'])
        .filter(|word| !word.is_empty())
        .collect();
    let (number, unit) = match words[..] {
        [number, unit] | [number, unit, "ago"] => (number.parse::<i64>().ok()?, unit),
        _ => return None,
    };
    let seconds = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3600,
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => 30 * DAY,
        "year" => 365 * DAY,
        _ => return None,
    };
    now.checked_sub(number.checked_mul(seconds)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_moments_and_spans() {
        assert_eq!(time("2026-01-31T12:00:00Z", 0), Some(1_769_860_800));
        assert!(time("2026-01-31", 0).is_some());
        assert_eq!(time("2 weeks ago", 100 * DAY), Some(86 * DAY));
        assert_eq!(time("3 days", 100 * DAY), Some(97 * DAY));
        assert_eq!(time("yesterday", DAY), Some(0));
        assert_eq!(time("v1.0", 0), None);
        assert_eq!(time("next tuesday", 0), None);
        assert_eq!(time("9223372036854775807 years ago", 0), None);
    }
}
