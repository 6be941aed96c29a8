//! Context: which providers the text around a value speaks of. Nothing is searched for: the words of
//! the text are looked up by hash (`words`).

use std::cell::OnceCell;
use std::ops::Range;

use super::candidate::FORM_SEEN;
use super::forms::forms;
use super::heading::{headings, name_of};
use super::words::{Words, words};
use super::{Matcher, RADIUS, in_set};
use crate::pattern::index::{Index, Shape, word_hash};

/// How far before and behind a value the cheap stage looks for words. What a word like `key`
/// announces besides is looked at with all that is around it.
const BEFORE: usize = 96;
const BEHIND: usize = 64;

/// So many words of providers are kept of what stands around one value.
const MOST_HITS: usize = 16;

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
    // Most runs have one form, and most long names are no kind's value, whatever stands around.
    let allowed = |(nth, form): (usize, &Range<usize>)| {
        !forms[..nth].contains(form) && outlines.allow(&bytes[form.clone()])
    };
    if !forms.iter().enumerate().any(allowed) {
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

/// The value is what something is assigned or called with.
fn introduced(before: &[u8]) -> bool {
    let quote = |b: &u8| matches!(b, b' ' | b'"' | b'\'');
    let last = before.iter().rev().find(|b| !quote(b));
    last.is_some_and(|b| b"(:=,".contains(b))
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
fn with_shape(index: &Index, provider: u32) -> impl Iterator<Item = u32> + '_ {
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

fn holds(folded: &[u8], word: &str) -> bool {
    memchr::memmem::find(folded, word.as_bytes()).is_some()
}

/// The word speaks of the kind: it is one of its own, or one of its provider's words or hosts.
fn speaks(index: &Index, kind: u32, hash: u64) -> bool {
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
    /// What stands for the key, folded; made when first asked for, since it seldom is.
    key_text: OnceCell<Vec<u8>>,
}

impl Surroundings<'_> {
    /// Reads the text around `value`.
    pub(super) fn read<'a>(
        known: &Words,
        bytes: &'a [u8],
        value: &Range<usize>,
        path: &[u8],
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
        add(Evidence::Key, &bytes[key.clone()]);
        add(Evidence::Line, &bytes[line.start..value.start]);
        add(Evidence::Line, &bytes[value.end.min(line.end)..line.end]);
        add(Evidence::Path, path);
        // A key belongs to its heading, file or call as if they were one name.
        let in_company = |name: &[u8]| [name, b".", &bytes[key.clone()]].concat();
        for heading in headings(bytes, &line) {
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
            key_text: OnceCell::new(),
        }
    }

    fn key_text(&self) -> &[u8] {
        self.key_text.get_or_init(|| {
            let (bytes, line, value) = (self.bytes, &self.line, &self.value);
            let role: &[u8] = if in_userinfo(bytes, line, value) {
                b"password token"
            } else {
                b""
            };
            folded(&[&bytes[self.key.clone()], role, &called(bytes, line, value)])
        })
    }

    /// The value is assigned to a provider's name and nothing else (`acme: VALUE`), below a heading
    /// that says what such values are; or it is an argument without a name of what bears that name
    /// (`acme.Client("VALUE")`).
    pub(super) fn bare_name(&self, known: &Words, index: &Index, kind: u32) -> bool {
        let (bytes, line, value) = (self.bytes, &self.line, &self.value);
        let before = bytes[line.start..value.start].trim_ascii_end();
        let before = before.strip_suffix(b"\"").unwrap_or(before);
        let before = before.strip_suffix(b"'").unwrap_or(before);
        let before = before.trim_ascii_end();
        let argument = before.ends_with(b"(") || before.ends_with(b",");
        let open = before.iter().rposition(|b| *b == b'(').filter(|_| argument);
        if let Some(open) = open.filter(|at| !before[*at..].iter().any(|b| b"=:){".contains(b))) {
            let call = &before[..open];
            let mut named = false;
            let mut tell = |hash| named |= speaks(index, kind, hash);
            words(known, last_word(call), &mut tell);
            if is_door(last_word(call)) {
                imports(bytes, line).for_each(|import| words(known, import, &mut tell));
            }
            return named;
        }
        let name = folded(&[last_word(&bytes[self.key.clone()])]);
        if !speaks(index, kind, word_hash(name)) {
            return false;
        }
        let digest = |b: &u8| b.is_ascii_hexdigit() || *b == b'-';
        let mut headed = headings(bytes, line).into_iter();
        !bytes[value.clone()].iter().all(digest)
            || headed.any(|range| holds_any(&folded(&[&bytes[range]]), &known.credential))
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
        let held = words.iter().filter(|word| holds(self.key_text(), word));
        held.map(|word| word.len()).max()
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

/// The value stands where a URL has its password: `scheme://user:VALUE@`, or `scheme://VALUE@`.
fn in_userinfo(bytes: &[u8], line: &Range<usize>, value: &Range<usize>) -> bool {
    let before = &bytes[line.start..value.start];
    let ends = before.ends_with(b":") || before.ends_with(b"//");
    let url = memchr::memmem::rfind(before, b"://");
    let same = url.is_some_and(|at| !before[at..].contains(&b' '));
    ends && same && bytes.get(value.end) == Some(&b'@')
}

/// What names an argument that has no key: the function that is called and the comment behind it.
fn called(bytes: &[u8], line: &Range<usize>, value: &Range<usize>) -> Vec<u8> {
    let before = &bytes[line.start..value.start];
    let behind = &bytes[value.end.min(line.end)..line.end];
    let mut text = vec![b' '];
    if let Some(open) = before.iter().rposition(|b| *b == b'(') {
        let start = open
            - before[..open]
                .iter()
                .rev()
                .take(60)
                .take_while(|b| !b.is_ascii_whitespace())
                .count();
        text.extend(&before[start..open]);
    }
    let comments: [&[u8]; 3] = [b"//", b"#", b"--"];
    let comment = comments
        .iter()
        .filter_map(|sign| memchr::memmem::find(behind, sign))
        .min();
    if let Some(at) = comment {
        text.push(b' ');
        text.extend(&behind[at..]);
    }
    text
}

/// What is called takes credentials: `Auth(…)`, `new Credentials(…)`.
fn is_door(call: &[u8]) -> bool {
    let name = folded(&[call]);
    let doors: [&[u8]; 4] = [b"auth", b"credential", b"client", b"config"];
    doors
        .iter()
        .any(|door| name.ends_with(door) || name.ends_with(&[door, b"s".as_slice()].concat()))
}

/// The imports among the lines above.
fn imports<'a>(bytes: &'a [u8], line: &Range<usize>) -> impl Iterator<Item = &'a [u8]> {
    let lines = bytes[line.start.saturating_sub(600)..line.start].split(|b| *b == b'\n');
    let starts: [&[u8]; 4] = [b"import ", b"from ", b"use ", b"using "];
    lines.filter(move |text| {
        starts.iter().any(|start| text.starts_with(start))
            || memchr::memmem::find(text, b"require(").is_some()
    })
}

/// The last part of the name of the call whose arguments `before` ends in.
fn callee(before: &[u8]) -> Option<&[u8]> {
    let open = before
        .iter()
        .rposition(|b| matches!(b, b'(' | b'{' | b'['))?;
    let name = name_of(&before[..open]);
    (!name.is_empty()).then_some(name)
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

/// The key that a value is assigned to: what stands before the last `=`, `:`, `=>` or blank in
/// front of it, back to the previous separator of assignments.
pub(super) fn key_before(bytes: &[u8], line: &Range<usize>, value: &Range<usize>) -> Range<usize> {
    let before = &bytes[line.start..value.start];
    let noise = |b: &u8| b" \t\"'`=:>(,[{@\\".contains(b);
    let end = before.len() - before.iter().rev().take_while(|b| noise(b)).count();
    let separator = |b: &u8| b",;{}&?|()".contains(b);
    let start = before[..end]
        .iter()
        .rposition(separator)
        .map_or(0, |at| at + 1);
    let start = start.max(end.saturating_sub(80));
    line.start + start..line.start + end
}
