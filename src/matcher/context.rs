//! Context: which providers the text around a value speaks of. Nothing is searched for: the words of
//! the text are looked up by hash (`words`).

use std::cell::OnceCell;
use std::ops::Range;

use super::calls::{called, callee, role, user_of_command};
use super::candidate::FORM_SEEN;
use super::chosen::may_be_chosen;
use super::forms::forms;
use super::heading::{headings, name_of, pair};
use super::shaped::{Origin, may_be_value};
use super::words::{Words, words};
use super::{Matcher, RADIUS, in_set};
use crate::pattern::index::{Index, Shape, word_hash};

/// How far before and behind a value the cheap stage looks for words. What a word like `key`
/// announces besides is looked at with all that is around it.
const BEFORE: usize = 96;
const BEHIND: usize = 64;

/// So many words of providers are kept of what stands around one value.
const MOST_HITS: usize = 16;

/// How a digest begins that a lock file or a page has of what it loads.
const DIGESTS: [&[u8]; 4] = [b"sha512-", b"sha256-", b"sha384-", b"sha1-"];

/// All numbers filed under `hash` in a sorted list.
pub(super) fn filed(list: &[(u64, u32)], hash: u64) -> impl Iterator<Item = u32> + '_ {
    let from = list.partition_point(|(h, _)| *h < hash);
    list[from..]
        .iter()
        .take_while(move |(h, _)| *h == hash)
        .map(|(_, n)| *n)
}

/// The cheap stage's question: does anything near speak of a kind that has values like this one,
/// and does its line hold a word that the kind wants in the key?
pub(super) fn named_near(matcher: &Matcher, bytes: &[u8], run: Range<usize>) -> bool {
    let before = run.start.saturating_sub(BEFORE)..run.start;
    let end = bytes
        .len()
        .min(run.end + BEHIND)
        .min(run.start + RADIUS - 2);
    let behind = run.end.min(end)..end;
    let forms = forms(bytes, run.start, run.end, FORM_SEEN);
    let outlines = matcher.words.outlines(&matcher.index);
    let joined = &bytes[forms[2].clone()];
    if DIGESTS.iter().any(|start| joined.starts_with(start)) {
        return false;
    }
    // Most runs have one form, and most long names are no kind's value, whatever stands around.
    let others = forms.iter().enumerate();
    let others = others.filter(|(nth, form)| !forms[..*nth].contains(form));
    let mut allowed = others.filter_map(|(_, form)| {
        let may = may_be_value(outlines, &bytes[form.clone()])?;
        // Nobody chooses what is called.
        let called = bytes.get(form.end) == Some(&b'(');
        (may != Origin::Chosen || !called).then_some(may)
    });
    let Some(first) = allowed.next() else {
        return false;
    };
    if first == Origin::Chosen
        && allowed.all(|other| other == Origin::Chosen)
        && !may_be_chosen(&bytes[before.clone()], &bytes[run.end..end])
    {
        return false;
    }
    let mut hits = [0_u64; MOST_HITS];
    let mut count = 0;
    let mut keep = |hash| {
        if matcher.words.holds(hash) && count < MOST_HITS {
            hits[count] = hash;
            count += 1;
        }
    };
    words(&matcher.words, &bytes[before.clone()], &mut keep);
    words(&matcher.words, &bytes[behind.clone()], &mut keep);
    if count == 0 {
        return false;
    }
    let mut key: Option<(Vec<u8>, bool)> = None;
    let mut fits = |kind: u32| {
        let entry = &matcher.index.kinds[kind as usize];
        let Some(shape) = &entry.shape else {
            return false;
        };
        if !forms
            .iter()
            .any(|form| shape_allows(shape, &bytes[form.clone()]))
        {
            return false;
        }
        let (key, userinfo) = key.get_or_insert_with(|| {
            let line = &bytes[before.clone()];
            let line = &line[memchr::memrchr(b'\n', line).map_or(0, |at| at + 1)..];
            let rest = &bytes[behind.clone()];
            let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
            (folded(&[line, rest]), bytes.get(run.end) == Some(&b'@'))
        });
        entry.key_words.is_empty()
            || *userinfo
            || holds_any(key, &entry.key_words)
            || introduced(&bytes[before.clone()])
    };
    hits[..count]
        .iter()
        .any(|hash| named(matcher, *hash).any(&mut fits))
}

/// The value is what something is assigned or called with, perhaps at the end of the line before.
fn introduced(before: &[u8]) -> bool {
    let quote = |b: &u8| matches!(b, b' ' | b'"' | b'\'' | b'\n' | b'\r' | b'`' | b'\t');
    let last = before.iter().rev().find(|b| !quote(b));
    last.is_some_and(|b| b"(:=,".contains(b)) || user_of_command(before)
}

/// The kinds with a shape that a word or host speaks of.
fn named(matcher: &Matcher, hash: u64) -> impl Iterator<Item = u32> + '_ {
    let index = &matcher.index;
    let of = move |own: bool, list| {
        let kinds = filed(list, hash).flat_map(|provider| with_shape(index, provider));
        kinds.filter(move |kind| own || !index.kinds[*kind as usize].own_words)
    };
    let own = filed(&index.kind_words, hash);
    let own = own.filter(|kind| index.kinds[*kind as usize].shape.is_some());
    own.chain(of(false, &index.words))
        .chain(of(true, &index.hosts))
}

/// The kinds of a provider that have a shape.
pub(super) fn with_shape(index: &Index, provider: u32) -> impl Iterator<Item = u32> + '_ {
    let from = index.shapes.partition_point(|(owner, _)| *owner < provider);
    let same = index.shapes[from..]
        .iter()
        .take_while(move |(owner, _)| *owner == provider);
    same.map(|(_, kind)| *kind)
}

/// A value may have this shape, or begin like one that has it.
fn shape_allows(shape: &Shape, value: &[u8]) -> bool {
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
    let begins = length >= LONG && shape.max >= length;
    let long = length >= shape.min && length <= shape.max || begins;
    long && value.iter().all(|b| in_set(&shape.set, *b))
}

/// All of a value may have this shape: its regex matches no other lengths and characters.
pub(super) fn fits(shape: &Shape, value: &[u8]) -> bool {
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
    (shape.min..=shape.max).contains(&length) && value.iter().all(|b| in_set(&shape.set, *b))
}

/// From this length on the cheap stage may see only the beginning of a value.
pub(super) const LONG: u32 = 120;

/// What follows the last blank or `=`.
pub(super) fn last_word(text: &[u8]) -> &[u8] {
    let blank = |b: &u8| b.is_ascii_whitespace() || *b == b'=';
    &text[text.iter().rposition(blank).map_or(0, |at| at + 1)..]
}

/// Letters and digits of the texts, in lower case.
pub(super) fn folded(texts: &[&[u8]]) -> Vec<u8> {
    let bytes = texts.iter().flat_map(|text| text.iter());
    bytes
        .filter(|b| b.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect()
}

pub(super) fn holds_any(folded: &[u8], words: &[String]) -> bool {
    words.iter().any(|word| holds(folded, word))
}

pub(super) fn holds(folded: &[u8], word: &str) -> bool {
    memchr::memmem::find(folded, word.as_bytes()).is_some()
}

/// Words of few letters stand in others (`sk` in `accesskey`, `pat` in `path`) and must begin or end a name.
pub(super) fn bounds(folded: &[u8], word: &str) -> bool {
    match word {
        "pat" => folded.ends_with(b"pat"),
        _ if word.len() > 2 => true,
        _ => folded.starts_with(word.as_bytes()) || folded.ends_with(word.as_bytes()),
    }
}

/// The word speaks of the kind: it is one of its own, or one of its provider's words or hosts.
pub(super) fn speaks(index: &Index, kind: u32, hash: u64) -> bool {
    let entry = &index.kinds[kind as usize];
    let own = filed(&index.kind_words, hash).any(|n| n == kind);
    let provider = |list| filed(list, hash).any(|n| n == entry.provider);
    own || (!entry.own_words && provider(&index.words)) || provider(&index.hosts)
}

/// How strongly the text speaks of a provider or a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// Somewhere in the file: an import, a comment, a host.
    File,
    /// Within a few lines.
    Near,
    /// In the file's name or directory.
    Path,
    /// In a line that heads the block it stands in, or in the comment above it.
    Heading,
    /// In the host of a URL a few lines away.
    Url,
    /// On the same line.
    Line,
    /// In the key of the assignment.
    Key,
}

/// The words around one value, from near to far.
pub(super) struct Surroundings<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) value: Range<usize>,
    pub(super) line: Range<usize>,
    pub(super) key: Range<usize>,
    pub(super) found: Vec<(Evidence, u64)>,
    pub(super) path: &'a [u8],
    /// It is not known where the text stands: see `settle`.
    pub(super) anywhere: bool,
    /// What stands for the key, folded; made when first asked for, since it seldom is.
    key_text: OnceCell<Vec<u8>>,
}

impl Surroundings<'_> {
    /// Reads the text around `value`.
    pub(super) fn read<'a>(
        known: &Words,
        bytes: &'a [u8],
        value: &Range<usize>,
        path: &'a [u8],
    ) -> Surroundings<'a> {
        let mut found = Vec::new();
        let line = line_around(bytes, value);
        let key = key_before(bytes, &line, value);
        let mut add = |evidence, text: &[u8]| {
            words(known, text, |hash| {
                if known.holds(hash) {
                    found.push((evidence, hash));
                }
            });
        };
        let variable = variable(bytes, &key, value);
        let before = variable.as_ref().map_or(line.start, |name| name.start);
        add(Evidence::Key, &bytes[variable.unwrap_or(key.clone())]);
        let pair = pair(bytes, &line, value);
        add(Evidence::Key, pair.map_or(&[], |name| &bytes[name]));
        add(Evidence::Line, &bytes[before..value.start]);
        add(Evidence::Line, &bytes[value.end.min(line.end)..line.end]);
        add(Evidence::Path, path);
        // A key belongs to its heading, file or call as if they were one name.
        let own = name_of(&bytes[key.clone()]);
        let in_company = |name: &[u8]| [name, b".", own].concat();
        for heading in headings(bytes, &line, value) {
            add(Evidence::Heading, &bytes[heading.clone()]);
            add(Evidence::Heading, &in_company(name_of(&bytes[heading])));
        }
        if let Some(call) = callee(&bytes[line.start..value.start]) {
            add(Evidence::Line, &in_company(call));
        }
        let from = line.start.saturating_sub(600);
        let to = bytes.len().min(line.end + 300);
        add(Evidence::Near, &bytes[from..line.start]);
        add(Evidence::Near, &bytes[line.end..to]);
        hosts(&bytes[from..to], |hash| {
            if known.holds(hash) {
                found.push((Evidence::Url, hash));
            }
        });
        found.sort_unstable_by(|a, b| b.cmp(a));
        Surroundings {
            bytes,
            value: value.clone(),
            line,
            key,
            found,
            path,
            anywhere: false,
            key_text: OnceCell::new(),
        }
    }

    /// The same without the words around it.
    pub(super) fn plain<'a>(bytes: &'a [u8], value: &Range<usize>) -> Surroundings<'a> {
        let line = line_around(bytes, value);
        let key = key_before(bytes, &line, value);
        Surroundings {
            bytes,
            value: value.clone(),
            line,
            key,
            path: b"",
            anywhere: true,
            found: Vec::new(),
            key_text: OnceCell::new(),
        }
    }

    fn key_text(&self) -> &[u8] {
        self.key_text.get_or_init(|| {
            let (bytes, line, value) = (self.bytes, &self.line, &self.value);
            let role = role(bytes, line, value);
            let pair = pair(bytes, line, value).map_or(&b""[..], |name| &bytes[name]);
            let key = &bytes[self.key.clone()];
            folded(&[pair, b" ", key, role, &called(bytes, line, value)])
        })
    }

    /// What speaks of a kind: its own words, or its provider's words and hosts.
    pub(super) fn evidence(&self, index: &Index, kind: u32) -> Option<Evidence> {
        let named = self
            .found
            .iter()
            .find(|(_, hash)| speaks(index, kind, *hash));
        named.map(|(evidence, _)| *evidence)
    }

    /// The kinds with a shape that the text speaks of, each once.
    pub(super) fn shapes(&self, matcher: &Matcher) -> Vec<u32> {
        let mut kinds: Vec<u32> = self
            .found
            .iter()
            .flat_map(|(_, hash)| named(matcher, *hash))
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// The longest of `words` that the key of the assignment holds.
    pub(super) fn key_word(&self, words: &[String]) -> Option<usize> {
        let held = words
            .iter()
            .filter(|word| holds(self.key_text(), word) && self.key_bounds(word));
        held.map(|word| word.len()).max()
    }

    /// See [`bounds`].
    fn key_bounds(&self, word: &str) -> bool {
        if word.len() > 2 && word != "pat" {
            return true;
        }
        let (bytes, line, value) = (self.bytes, &self.line, &self.value);
        let pair = pair(bytes, line, value).map_or(&b""[..], |name| &bytes[name]);
        let called = called(bytes, line, value);
        let names = [
            pair,
            &bytes[self.key.clone()],
            role(bytes, line, value),
            &called,
        ];
        names.iter().any(|name| bounds(&folded(&[name]), word))
    }

    /// The key ends in a word for passwords.
    pub(super) fn is_password(&self) -> bool {
        let key = folded(&[&self.bytes[self.key.clone()]]);
        let ends = [&b"password"[..], b"passwd", b"passphrase"];
        ends.iter().any(|end| key.ends_with(end))
    }

    /// The key says that the value may be seen by everybody.
    pub(super) fn is_public_key(&self) -> bool {
        let key = self.bytes[self.key.clone()].trim_ascii_end();
        let name = key.rsplit(|b| !b.is_ascii_alphanumeric() && !b"_-".contains(b));
        let begin = |name: &[u8]| name.len() > 6 && name[..6].eq_ignore_ascii_case(b"public");
        name.take(1).any(begin)
    }
}

/// Tells the hash of every host after `://` and of its parent domains.
fn hosts(text: &[u8], mut tell: impl FnMut(u64)) {
    for at in memchr::memmem::find_iter(text, b"://") {
        let rest = &text[at + 3..];
        let is_host = |b: &&u8| super::tables::is_host(**b);
        let mut host = &rest[..rest.iter().take(128).take_while(is_host).count()];
        loop {
            tell(word_hash(host.iter().copied()));
            match host.iter().position(|b| *b == b'.') {
                Some(dot) => host = &host[dot + 1..],
                None => break,
            }
        }
    }
}

/// The line that a value begins on, at most 1,000 bytes to either side.
pub(super) fn line_around(bytes: &[u8], value: &Range<usize>) -> Range<usize> {
    const FAR: usize = 1000;
    let low = value.start.saturating_sub(FAR);
    let high = bytes.len().min(value.end + FAR);
    let start = memchr::memrchr(b'\n', &bytes[low..value.start]).map_or(low, |at| low + at + 1);
    let end = memchr::memchr(b'\n', &bytes[value.end..high]).map_or(high, |at| value.end + at);
    start..end
}

/// The variable of the environment that a command sets: `config:set ACME_KEY=VALUE` is about Acme,
/// whatever the command is.
fn variable(bytes: &[u8], key: &Range<usize>, value: &Range<usize>) -> Option<Range<usize>> {
    let name = last_word(&bytes[key.clone()]);
    let loud = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    let set = name.len() < key.len() && bytes[key.end..value.start].starts_with(b"=");
    (set && name.len() >= 3 && name.iter().all(loud)).then(|| key.end - name.len()..key.end)
}

/// The key that a value is assigned to: what stands before the last `=`, `:`, `=>` or blank in
/// front of it, back to the previous separator of assignments.
pub(super) fn key_before(bytes: &[u8], line: &Range<usize>, value: &Range<usize>) -> Range<usize> {
    let before = &bytes[line.start..value.start];
    let noise = |b: &u8| b" \t\"'`=:>(,[{@\\".contains(b);
    let end = before.len() - before.iter().rev().take_while(|b| noise(b)).count();
    let separator = |b: &u8| b",;{}&?|()".contains(b);
    let far = end.saturating_sub(80);
    let start = before[far..end]
        .iter()
        .rposition(separator)
        .map_or(far, |at| far + at + 1);
    line.start + start..line.start + end
}
