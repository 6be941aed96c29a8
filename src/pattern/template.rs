//! Templates of pattern files: `{{name? | filter:argument | …}}` in ordinary text. Parsing and
//! rendering; what a name stands for is the caller's business, and no error tells a value.

use std::ops::Range;

use zeroize::Zeroizing;

pub use super::filter::FILTERS;
use super::filter::{Bytes, Filter, filter};
use crate::finding::Secret;

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Slot(Slot),
}

/// One `{{…}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// What is looked up: a part, an extracted value, `me.NAME`, `now`, `uuid`, `random:N`, …
    pub name: String,
    /// `?`: empty when there is none.
    pub optional: bool,
    /// Where it stands in the template, in bytes.
    pub at: Range<usize>,
    filters: Vec<Filter>,
}

/// A template that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Malformed {
    /// What is wrong.
    pub what: String,
    /// Where in the template, in bytes.
    pub at: Range<usize>,
}

/// A template that cannot be filled in. Holds names, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfilled {
    /// Nothing is known under this name.
    #[error("no value is known for {{{{{0}}}}}")]
    Missing(String),
    /// The value is not what the filter, or text, needs.
    #[error("the value of {{{{{name}}}}} is not {wanted}")]
    Unsuitable {
        /// Its name.
        name: String,
        /// What it would have to be.
        wanted: &'static str,
    },
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Template, Malformed> {
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find("{{").map(|open| at + open) {
            let inner = open + 2;
            let close = text[inner..]
                .find("}}")
                .map(|close| inner + close)
                .ok_or(Malformed {
                    what: "`{{` without `}}`".to_string(),
                    at: open..text.len(),
                })?;
            if open > at {
                pieces.push(Piece::Text(text[at..open].to_string()));
            }
            let slot = slot(&text[inner..close], open..close + 2)?;
            pieces.push(Piece::Slot(slot));
            at = close + 2;
        }
        if at < text.len() {
            pieces.push(Piece::Text(text[at..].to_string()));
        }
        Ok(Template(pieces))
    }

    /// Its slots, in order.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Slot(slot) => Some(slot),
            Piece::Text(_) => None,
        })
    }

    /// The text with every slot filled by what `lookup` knows.
    pub fn render(
        &self,
        lookup: &dyn Fn(&str) -> Option<Secret>,
    ) -> Result<Zeroizing<String>, Unfilled> {
        self.render_escaped(lookup, &|_, value| value.to_string())
    }

    /// The same, each value passed through `escape`, which sees what stands before it; a value
    /// that a `urlencode` filter made safe already is taken as it is.
    pub fn render_escaped(
        &self,
        lookup: &dyn Fn(&str) -> Option<Secret>,
        escape: &dyn Fn(&str, &str) -> String,
    ) -> Result<Zeroizing<String>, Unfilled> {
        let mut out = Zeroizing::new(String::new());
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => push(&mut out, text),
                Piece::Slot(slot) => {
                    let value = slot.value(lookup)?;
                    let text = std::str::from_utf8(&value).map_err(|_| slot.unsuitable("text"))?;
                    if slot.filters.contains(&Filter::UrlEncode) {
                        push(&mut out, text);
                    } else {
                        let escaped = Zeroizing::new(escape(&out, text));
                        push(&mut out, &escaped);
                    }
                }
            }
        }
        Ok(out)
    }
}

/// Appends without leaving copies of what was there in freed memory.
fn push(out: &mut Zeroizing<String>, text: &str) {
    if out.capacity() - out.len() < text.len() {
        let room = (out.len() + text.len()).next_power_of_two();
        let mut grown = Zeroizing::new(String::with_capacity(room));
        grown.push_str(out);
        *out = grown;
    }
    out.push_str(text);
}

impl Slot {
    fn value(&self, lookup: &dyn Fn(&str) -> Option<Secret>) -> Result<Bytes, Unfilled> {
        let mut value = match lookup(&self.name) {
            Some(value) => Zeroizing::new(value.reveal().to_vec()),
            None if self.optional => return Ok(Bytes::default()),
            None => return Err(Unfilled::Missing(self.name.clone())),
        };
        for filter in &self.filters {
            value = filter
                .apply(&value)
                .map_err(|wanted| self.unsuitable(wanted))?;
        }
        Ok(value)
    }

    fn unsuitable(&self, wanted: &'static str) -> Unfilled {
        Unfilled::Unsuitable {
            name: self.name.clone(),
            wanted,
        }
    }
}

fn slot(inner: &str, at: Range<usize>) -> Result<Slot, Malformed> {
    let malformed = |what: String| Malformed {
        what,
        at: at.clone(),
    };
    let mut pieces = inner.split('|').map(str::trim);
    let name = pieces.next().unwrap_or_default();
    let (name, optional) = match name.strip_suffix('?') {
        Some(name) => (name, true),
        None => (name, false),
    };
    if !is_name(name) {
        return Err(malformed(format!(
            "`{name}` is no name: lower-case letters, digits, `_` and `.`"
        )));
    }
    let filters = pieces
        .map(filter)
        .collect::<Result<Vec<_>, _>>()
        .map_err(malformed)?;
    Ok(Slot {
        name: name.to_string(),
        optional,
        at,
        filters,
    })
}

fn is_name(name: &str) -> bool {
    let (word, random) = match name.strip_prefix("random:") {
        Some(count) => (count, true),
        None => (name, false),
    };
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.';
    if random {
        return word
            .parse()
            .is_ok_and(|count: usize| (1..=256).contains(&count));
    }
    word.bytes().all(letter) && word.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> Result<String, Unfilled> {
        let lookup = |name: &str| match name {
            "secret" => Some(Secret::from("a:b/ü\"")),
            "id" => Some(Secret::from("ACID-7QW2-LMX9")),
            "me.now" | "now" => Some(Secret::from("1767323045")),
            "random:4" => Some(Secret::from("x7f2")),
            "raw" => Some(Secret::new([0xff, 0x00])),
            _ => None,
        };
        Template::parse(text)
            .unwrap()
            .render(&lookup)
            .map(|text| text.to_string())
    }

    #[test]
    fn every_filter_does_what_it_says() {
        let table = [
            ("Bearer {{ id }}!", "Bearer ACID-7QW2-LMX9!"),
            ("{{secret | base64}}", "YTpiL8O8Ig=="),
            ("{{raw | base64url}}", "_wA"),
            ("{{raw|hex}}", "ff00"),
            ("{{raw | hex | unhex | base64}}", "/wA="),
            ("{{secret | urlencode}}", "a%3Ab%2F%C3%BC%22"),
            ("{{secret | urlencode | urldecode}}", "a:b/ü\""),
            ("{{id | lower}}{{id | first:2 | upper}}", "acid-7qw2-lmx9AC"),
            ("{{id | sha256 | first:8}}", "f286795a"),
            ("{{id | md5 | last:4}}", "56c1"),
            ("{\"k\":\"{{secret | json}}\"}", "{\"k\":\"a:b/ü\\\"\"}"),
            ("{{now | iso}}", "2026-01-02T03:04:05Z"),
            ("{{id | from:10}}", "LMX9"),
            ("{{id | split:-:1}}", "7QW2"),
            ("{{secret | split:::0}}", "a"),
            ("[{{gone?}}]{{random:4}}", "[]x7f2"),
            ("{{id | first:99}}{{id | from:99}}", "ACID-7QW2-LMX9"),
            ("{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"),
        ];
        for (template, wanted) in table {
            assert_eq!(render(template).as_deref(), Ok(wanted), "{template}");
        }
    }

    #[test]
    fn errors_name_what_is_missing_and_tell_no_value() {
        assert_eq!(
            render("{{gone}}").unwrap_err().to_string(),
            "no value is known for {{gone}}"
        );
        for (template, wanted) in [
            ("{{raw}}", "the value of {{raw}} is not text"),
            (
                "{{id | iso}}",
                "the value of {{id}} is not a count of seconds",
            ),
            (
                "{{id | split:-:7}}",
                "the value of {{id}} is not made of that many pieces",
            ),
        ] {
            assert_eq!(render(template).unwrap_err().to_string(), wanted);
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_place() {
        for (template, start) in [
            ("x {{secret", 2),
            ("{{Secret}}", 0),
            ("ab{{}}", 2),
            ("{{id | rot13}}", 0),
            ("{{id | first}}", 0),
            ("{{id | hex:2}}", 0),
            ("{{id | split:-}}", 0),
            ("{{random:0}}", 0),
            ("{{random:x}}", 0),
        ] {
            let error = Template::parse(template).unwrap_err();
            assert_eq!(error.at.start, start, "{template}: {error}");
        }
        let slots: Vec<_> = Template::parse("{{a?}}{{b}}")
            .unwrap()
            .slots()
            .cloned()
            .collect();
        assert_eq!((slots[0].optional, slots[1].at.clone()), (true, 6..11));
    }

    #[test]
    fn readme_lists_every_filter() {
        let readme = include_str!("../../patterns/README.md");
        for name in FILTERS {
            let said = [format!("`{name}`"), format!("| {name}}}")]
                .iter()
                .any(|it| readme.contains(it));
            assert!(said, "patterns/README.md does not say {name}");
        }
    }
}
