//! Value: what a setting was set to, and Origin: by whom.

use std::fmt;
use std::path::{Path, PathBuf};

use super::keys::{Key, Sort};

/// A checked value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Not set.
    None,
    /// Text, a word or a path.
    Text(String),
    /// Several.
    List(Vec<String>),
    /// Yes or no.
    Flag(bool),
    /// A number or a size.
    Number(u64),
}

/// Who set a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody.
    Default,
    /// A settings file, at this line.
    File(PathBuf, usize),
    /// An environment variable.
    Env(String),
    /// The command line.
    Flag,
}

impl Origin {
    /// The directory that relative paths of this origin start from.
    pub(super) fn directory<'o>(&'o self, cwd: &'o Path) -> &'o Path {
        match self {
            Origin::File(file, _) => file.parent().unwrap_or(cwd),
            _ => cwd,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path, line) => write!(f, "{}:{line}", path.display()),
            Origin::Env(name) => write!(f, "${name}"),
            Origin::Flag => f.write_str("command line"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &String| format!("{text:?}");
        match self {
            Value::None => f.write_str("(none)"),
            Value::Text(text) => f.write_str(&quoted(text)),
            Value::List(list) => {
                write!(
                    f,
                    "[{}]",
                    list.iter().map(quoted).collect::<Vec<_>>().join(", ")
                )
            }
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Number(number) => write!(f, "{number}"),
        }
    }
}

impl Value {
    /// Reads a value as it is written in a variable, on the command line, or as a default.
    pub(super) fn parse(key: &Key, text: &str) -> Result<Value, String> {
        let no = |what: &str| Err(format!("'{text}' is not {what}"));
        Ok(match key.sort {
            Sort::List | Sort::Paths => {
                let items = text
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty());
                Value::List(items.map(str::to_owned).collect())
            }
            _ if text.is_empty() => Value::None,
            Sort::Text | Sort::Path => Value::Text(text.to_owned()),
            Sort::Word(words) if words.contains(&text) => Value::Text(text.to_owned()),
            Sort::Word(words) => return no(&format!("one of: {}", words.join(", "))),
            Sort::Flag => match text {
                "true" | "1" | "yes" | "on" => Value::Flag(true),
                "false" | "0" | "no" | "off" => Value::Flag(false),
                _ => return no("true or false"),
            },
            Sort::Number => match text.parse() {
                Ok(number) => Value::Number(number),
                Err(_) => return no("a whole number"),
            },
            Sort::Size => match size(text) {
                Some(bytes) => Value::Number(bytes),
                None => return no("a size such as 200MiB"),
            },
        })
    }
}

/// Bytes, or a number with `K`, `M`, `G` (`KB`, `KiB`, …), all in steps of 1024.
pub fn size(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("12"), Some(12));
        assert_eq!(size("2MiB"), Some(2 << 20));
        assert_eq!(size("1 G"), Some(1 << 30));
        assert_eq!(size("MiB"), None);
        assert_eq!(size("99999999999999T"), None);
    }
}
