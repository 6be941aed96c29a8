//! Statement: a line of a pattern file for a server, filled in so that a value can be nothing but a value: in SQL it
//! stands inside quotes or is a number, elsewhere it is one word. Pure; sends nothing.

use std::cell::Cell;

use zeroize::Zeroizing;

use super::super::build::BuildError;
use crate::finding::Secret;
use crate::pattern::template::Template;

/// Longest value; a name is shorter.
const LONGEST: usize = 512;

type Lookup<'a> = &'a dyn Fn(&str) -> Option<Secret>;

/// One SQL statement. A quote in a value is doubled; a value with a backslash or a control character, which some
/// server or mode may read differently, is refused, and so is one outside quotes that is no number.
pub(super) fn sql(text: &str, lookup: Lookup<'_>) -> Result<Zeroizing<String>, BuildError> {
    let refused = Cell::new(false);
    let escape = |before: &str, value: &str| match open_quote(before) {
        Some(quote) if harmless(value) => value.replace(quote, &format!("{quote}{quote}")),
        None if is_number(value) => value.to_owned(),
        _ => {
            refused.set(true);
            String::new()
        }
    };
    let said = Template::parse(text)?.render_escaped(lookup, &escape)?;
    match refused.get() {
        true => Err(BuildError::Statement),
        false => Ok(said),
    }
}

/// A command of several words; blanks in a value are part of its word.
pub(super) fn words(text: &str, lookup: Lookup<'_>) -> Result<Vec<Zeroizing<String>>, BuildError> {
    let word = |template: &str| {
        let word = Template::parse(template)?.render(lookup)?;
        match harmless(&word) {
            true => Ok(word),
            false => Err(BuildError::Statement),
        }
    };
    text.split_ascii_whitespace().map(word).collect()
}

fn harmless(value: &str) -> bool {
    let odd = |c: char| c.is_control() || c == '\\';
    !value.is_empty() && value.len() <= LONGEST && !value.chars().any(odd)
}

fn is_number(value: &str) -> bool {
    (1..=20).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
}

/// The quote that is open where the text ends; a doubled one closes and opens again.
fn open_quote(before: &str) -> Option<char> {
    before.chars().fold(None, |open, c| match open {
        Some(quote) if c == quote => None,
        None if matches!(c, '\'' | '"' | '`') => Some(c),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<'a>(value: &'a str) -> impl Fn(&str) -> Option<Secret> + 'a {
        move |name| (name == "user").then(|| Secret::new(value))
    }

    fn said(text: &str, user: &str) -> Option<String> {
        let said = sql(text, &with(user)).ok()?;
        Some(said.as_str().to_owned())
    }

    #[test]
    fn a_hostile_name_stays_a_name() {
        let lock = "ALTER ROLE \"{{user}}\" NOLOGIN";
        assert_eq!(
            said(lock, "app").as_deref(),
            Some("ALTER ROLE \"app\" NOLOGIN")
        );
        assert_eq!(
            said(lock, "x\" SUPERUSER; DROP TABLE t; --").as_deref(),
            Some("ALTER ROLE \"x\"\" SUPERUSER; DROP TABLE t; --\" NOLOGIN")
        );
        let kill = "SELECT f('{{user}}', \"{{user}}\", '{{user}}')";
        assert_eq!(
            said(kill, "a'b\"c").as_deref(),
            Some("SELECT f('a''b\"c', \"a'b\"\"c\", 'a''b\"c')")
        );
        for hostile in ["a\\", "a\0b", "a\nb", "", &"x".repeat(600)] {
            assert_eq!(said(lock, hostile), None, "{hostile:?}");
        }
    }

    #[test]
    fn outside_quotes_only_numbers_stand() {
        assert_eq!(said("KILL {{user}}", "42").as_deref(), Some("KILL 42"));
        for hostile in [
            "",
            "4 2",
            "1;DROP",
            "'1'",
            "x",
            "-1",
            "111111111111111111111",
        ] {
            assert_eq!(said("KILL {{user}}", hostile), None, "{hostile:?}");
        }
    }

    #[test]
    fn a_word_is_never_two() {
        let all = words("ACL SETUSER {{user}} off", &with("a on >x")).expect("harmless");
        let all: Vec<&str> = all.iter().map(|word| word.as_str()).collect();
        assert_eq!(all, ["ACL", "SETUSER", "a on >x", "off"]);
        assert!(words("ACL SETUSER {{user}} off", &with("a\r\nFLUSHALL")).is_err());
        assert!(words("ACL SETUSER {{user}} off", &with("")).is_err());
    }
}
