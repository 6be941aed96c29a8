//! A settings file (`.unleak.toml`, the user's `config.toml`): strict reading. What is unknown or of
//! the wrong type is an error that names file and line and points at it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, Key, Repo, Sort, key};
use super::suppress::Suppress;
use super::value::{Origin, Value, size};
use crate::pattern::problem::Problem;

/// A file larger than this is nobody's settings.
const MOST: u64 = 4 << 20;

/// What one file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    pub(super) values: Vec<(&'static Key, Value, Origin)>,
    pub(super) endpoints: Vec<(String, String, Origin)>,
    pub(super) suppress: Vec<Suppress>,
    /// Settings that stand in the file and were not taken, with the place.
    pub(super) refused: Vec<(String, Origin)>,
}

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The user's own, or one named on the command line.
    User,
    /// The scanned repository's.
    Repository,
}

/// Reads a file that must exist.
pub(super) fn read(path: &Path, whose: Whose) -> Result<Layer, Problem> {
    let name = path.display().to_string();
    let broken = |what: String| Problem::new(&name, what, "check the file");
    let data = std::fs::metadata(path).map_err(|cause| broken(cause.to_string()))?;
    if !data.is_file() || data.len() > MOST {
        return Err(broken("this is no settings file".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|cause| broken(cause.to_string()))?;
    parse(&text, path, whose)
}

/// Reads the text of a file.
pub(super) fn parse(text: &str, path: &Path, whose: Whose) -> Result<Layer, Problem> {
    let mut reader = Reader {
        text,
        path,
        whose,
        layer: Layer::default(),
    };
    let document = DeTable::parse(text).map_err(|cause| {
        let span = cause.span().unwrap_or(0..0);
        reader.problem(
            span,
            cause.message(),
            "see `unleak config show` for the settings there are",
        )
    })?;
    for (section, value) in document.get_ref() {
        reader.section(section.get_ref(), section.span(), value)?;
    }
    Ok(reader.layer)
}

struct Reader<'t> {
    text: &'t str,
    path: &'t Path,
    whose: Whose,
    layer: Layer,
}

type Node<'t> = Spanned<DeValue<'t>>;

impl Reader<'_> {
    fn problem(&self, span: Range<usize>, what: impl Into<String>, remedy: &str) -> Problem {
        Problem::new(&self.path.display().to_string(), what, remedy).pointing(self.text, span)
    }

    fn origin(&self, at: usize) -> Origin {
        let line = self.text[..at.min(self.text.len())].matches('\n').count() + 1;
        Origin::File(self.path.to_path_buf(), line)
    }

    fn section(&mut self, name: &str, at: Range<usize>, node: &Node<'_>) -> Result<(), Problem> {
        match (name, node.get_ref()) {
            ("suppress", DeValue::Array(entries)) => {
                for entry in entries.iter() {
                    let suppress = self.suppress(entry)?;
                    self.layer.suppress.push(suppress);
                }
                Ok(())
            }
            ("endpoints", DeValue::Table(table)) => self.endpoints(table),
            ("endpoints" | "suppress", _) => Err(self.problem(
                at,
                format!("`{name}` has the wrong shape"),
                "write [endpoints] with one `provider = \"https://…\"` a line, and [[suppress]] for each entry",
            )),
            (_, DeValue::Table(table)) if is_section(name) => {
                for (part, value) in table {
                    self.setting(&format!("{name}.{}", part.get_ref()), part.span(), value)?;
                }
                Ok(())
            }
            _ => Err(self.problem(
                at,
                format!("`{name}` is no section of the settings"),
                &format!("the sections are {}, endpoints and [[suppress]]", sections().join(", ")),
            )),
        }
    }

    fn setting(&mut self, name: &str, at: Range<usize>, node: &Node<'_>) -> Result<(), Problem> {
        let Some(key) = key(name) else {
            let section = name.split_once('.').map_or(name, |(section, _)| section);
            let known = KEYS
                .iter()
                .filter_map(|k| k.name.strip_prefix(section)?.strip_prefix('.'));
            let known: Vec<&str> = known.collect();
            return Err(self.problem(
                at,
                format!("unknown setting `{name}`"),
                &format!("[{section}] knows {}", known.join(", ")),
            ));
        };
        let origin = self.origin(at.start);
        if self.whose == Whose::Repository && key.repo == Repo::MayNot {
            self.layer.refused.push((key.name.to_owned(), origin));
            return Ok(());
        }
        let value = self.value(key, node)?;
        if self.whose == Whose::Repository && leaves(key, &value) {
            self.layer.refused.push((key.name.to_owned(), origin));
            return Ok(());
        }
        self.layer.values.push((key, value, origin));
        Ok(())
    }

    fn value(&self, key: &Key, node: &Node<'_>) -> Result<Value, Problem> {
        let wrong = |what: String| self.problem(node.span(), what, key.about);
        match (key.sort, node.get_ref()) {
            (Sort::Text | Sort::Path | Sort::Word(_), DeValue::String(text)) => {
                Value::parse(key, text).map_err(wrong)
            }
            (Sort::List | Sort::Paths, DeValue::Array(items)) => {
                let texts = items.iter().map(|item| match item.get_ref() {
                    DeValue::String(text) => Ok(text.to_string()),
                    _ => Err(self.problem(item.span(), "not a text", key.about)),
                });
                Ok(Value::List(texts.collect::<Result<_, _>>()?))
            }
            (Sort::Flag, DeValue::Boolean(flag)) => Ok(Value::Flag(*flag)),
            (Sort::Number, DeValue::Integer(number)) => {
                Value::parse(key, number.as_str()).map_err(wrong)
            }
            (Sort::Size, DeValue::Integer(number)) => match size(number.as_str()) {
                Some(bytes) => Ok(Value::Number(bytes)),
                None => Err(wrong("not a size".to_owned())),
            },
            (Sort::Size, DeValue::String(text)) => Value::parse(key, text).map_err(wrong),
            (sort, _) => Err(wrong(format!("`{}` wants {}", key.name, wanted(sort)))),
        }
    }

    fn endpoints(&mut self, table: &DeTable<'_>) -> Result<(), Problem> {
        for (provider, value) in table {
            let DeValue::String(address) = value.get_ref() else {
                return Err(self.problem(value.span(), "not a text", "write an address in quotes"));
            };
            let origin = self.origin(provider.span().start);
            let name = provider.get_ref().to_string();
            match self.whose {
                Whose::User => self
                    .layer
                    .endpoints
                    .push((name, address.to_string(), origin)),
                Whose::Repository => {
                    self.layer
                        .refused
                        .push((format!("endpoints.{name}"), origin));
                }
            }
        }
        Ok(())
    }

    fn suppress(&self, node: &Node<'_>) -> Result<Suppress, Problem> {
        let DeValue::Table(table) = node.get_ref() else {
            return Err(self.problem(node.span(), "not a table", "write [[suppress]]"));
        };
        let mut entry = Suppress::at(self.origin(node.span().start));
        for (name, value) in table {
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Datetime(date) => date.to_string(),
                _ => return Err(self.problem(value.span(), "not a text", "write it in quotes")),
            };
            entry
                .set(name.get_ref(), text)
                .map_err(|(what, remedy)| self.problem(value.span(), what, remedy))?;
        }
        entry
            .checked()
            .map_err(|(what, remedy)| self.problem(node.span(), what, remedy))
    }
}

/// A path in a repository's own file may not lead out of the repository.
fn leaves(key: &Key, value: &Value) -> bool {
    use std::path::Component;
    let Value::Text(text) = value else {
        return false;
    };
    key.sort == Sort::Path
        && PathBuf::from(text)
            .components()
            .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir))
}

fn sections() -> Vec<&'static str> {
    let mut names: Vec<&str> = KEYS
        .iter()
        .filter_map(|k| Some(k.name.split_once('.')?.0))
        .collect();
    names.dedup();
    names
}

fn is_section(name: &str) -> bool {
    sections().contains(&name)
}

fn wanted(sort: Sort) -> String {
    match sort {
        Sort::Text | Sort::Path => "a text".to_owned(),
        Sort::Word(words) => format!("one of: {}", words.join(", ")),
        Sort::List | Sort::Paths => "a list of texts".to_owned(),
        Sort::Flag => "true or false".to_owned(),
        Sort::Number => "a whole number".to_owned(),
        Sort::Size => "a size such as \"200MiB\"".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, whose: Whose) -> Result<Layer, Problem> {
        parse(text, Path::new("dir/.unleak.toml"), whose)
    }

    #[test]
    fn an_unknown_setting_is_pointed_at() {
        let text = "[scan]\nmin-confidence = \"high\"\nmin-confidense = \"low\"\n";
        let problem = read(text, Whose::User).expect_err("unknown").to_string();
        assert!(problem.contains("dir/.unleak.toml:3:1"), "{problem}");
        assert!(problem.contains("^^^^^^"), "{problem}");
        assert!(read("[scam]\n", Whose::User).is_err());
        assert!(read("[scan]\njobs = \"x\"\n", Whose::User).is_err());
        assert!(read("[scan]\nmin-confidence = \"huge\"\n", Whose::User).is_err());
        assert!(read("= 3", Whose::User).is_err());
    }

    #[test]
    fn a_repository_may_not_open_doors() {
        let text = "[scan]\nverify = true\nbaseline = \"../../x\"\nmin-urgency = \"soon\"\n\
                    [network]\nallow-host = [\"evil.example\"]\n[endpoints]\ngithub = \"https://evil.example\"\n";
        let layer = read(text, Whose::Repository).expect("valid");
        let refused: Vec<_> = layer
            .refused
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let wanted = [
            "scan.verify",
            "scan.baseline",
            "network.allow-host",
            "endpoints.github",
        ];
        assert_eq!(refused, wanted);
        assert_eq!(layer.values.len(), 1);
        assert_eq!(read(text, Whose::User).expect("valid").refused.len(), 0);
    }

    #[test]
    fn suppressions_need_a_reason() {
        let entry =
            "[[suppress]]\nkind = \"x-token\"\nreason = \"test data\"\nexpires = 2027-01-31\n";
        let layer = read(entry, Whose::Repository).expect("valid");
        assert_eq!(layer.suppress.len(), 1);
        assert!(read("[[suppress]]\nkind = \"x\"\n", Whose::User).is_err());
        assert!(read("[[suppress]]\nreason = \"all\"\n", Whose::User).is_err());
        let bad_date = "[[suppress]]\nkind = \"x\"\nreason = \"r\"\nexpires = \"soon\"\n";
        assert!(read(bad_date, Whose::User).is_err());
    }
}
