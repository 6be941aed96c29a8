//! The cheap stage: from runs, stems and URLs to candidates. Everything here looks at no more than
//! [`RADIUS`] bytes around a candidate's anchor, so that a window says what the whole says.

use std::ops::Range;

use super::cut::{self, Classes};
use super::decode::{self, Coding};
use super::prefilter::Sink;
use super::tables::is_host;
use super::{Matcher, Stem, bare, context, forms, generic, prefilter};
use crate::pattern::anchor::{MIN_INSIDE, MIN_RUN, is_token, is_wide};
use crate::pattern::index::Key;

/// How far around an anchor the cheap stage looks.
pub const RADIUS: usize = 256;

/// How far from the start of a run anchors inside it are looked for, and how much of a run counts.
const RUN_SEEN: usize = 192;

/// How far a value may go on to either side of a run, for the cheap stage.
pub(super) const FORM_SEEN: usize = 60;

/// How much of a URL is looked at.
const URL_SEEN: usize = 200;

/// A place worth looking at closely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Candidate {
    /// Where: the start of a keyword or of a run.
    pub anchor: u32,
    pub(super) what: What,
}

/// A blob of UTF-16 text.
pub(super) const WIDE: Candidate = Candidate {
    anchor: 0,
    what: What::Coded(Coding::Wide),
};

/// Why a place is worth looking at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    /// A keyword and what must follow it are there.
    Key(u32),
    /// A run whose length and alphabet some kind has, beside a word of its provider.
    Shape,
    /// A text that must be decoded first.
    Coded(Coding),
    /// A word that says: here is a secret; and a value with it.
    Generic(u8),
}

/// Collects what the prefilter finds inside `range`.
pub(super) struct Collect<'m, 'b, 'o> {
    pub(super) matcher: &'m Matcher,
    pub(super) bytes: &'b [u8],
    pub(super) range: Range<usize>,
    pub(super) out: &'o mut Vec<Candidate>,
}

impl Collect<'_, '_, '_> {
    /// Looks at the whole range.
    pub(super) fn run_over(mut self) {
        let (from, to) = self.reading();
        let first = self.out.len();
        let (bytes, matcher) = (self.bytes, self.matcher);
        prefilter::pass(bytes, from, to, &matcher.stems, &mut self);
        for (key, at) in matcher.unfiled.hits(bytes, &self.range) {
            self.key(key, at);
        }
        decode::strings(bytes, &self.range.clone(), |at| {
            let run = bytes[at..].iter().copied().step_by(2);
            let seen: Vec<u8> = run.take(64).take_while(|b| is_token(*b)).collect();
            if machine_made(&seen) {
                self.push(at, What::Coded(Coding::WideString));
            }
        });
        let found = &mut self.out[first..];
        found.sort_unstable();
        let kept = dedup(found);
        self.out.truncate(first + kept);
    }

    /// What must be gone over to see everything whose anchor may lie in the range. From before it only
    /// what is in one piece with its beginning: runs, values and URLs. Behind it what begins so near
    /// that a keyword or a value which it belongs to may begin in the range.
    fn reading(&self) -> (usize, usize) {
        let Range { start, end } = self.range;
        let before = self.bytes[..start].iter().rev().take(RADIUS);
        let joined = before.take_while(|b| **b > b' ').count();
        let behind = RADIUS.min(self.matcher.tables.deepest + FORM_SEEN + 1);
        (start - joined, self.bytes.len().min(end + behind))
    }

    fn push(&mut self, at: usize, what: What) {
        if let (true, Ok(anchor)) = (self.range.contains(&at), u32::try_from(at)) {
            self.out.push(Candidate { anchor, what });
        }
    }

    /// A keyword may stand at `at`: verifies it and what must follow.
    fn key(&mut self, number: u32, at: usize) {
        let key = &self.matcher.index.keys[number as usize];
        if holds(self.bytes, at, key) {
            self.held(number, at);
        }
    }

    /// A keyword stands at `at`: verifies what must follow it.
    fn held(&mut self, number: u32, at: usize) {
        let key = &self.matcher.index.keys[number as usize];
        // `test_` begins keys, and the names of all tests.
        let run = || &self.bytes[at..self.bytes.len().min(at + usize::from(key.least))];
        if key.made && !machine_made(run()) {
            return;
        }
        if self.matcher.steps_hold(self.bytes, at, key) {
            self.push(at, What::Key(number));
        }
    }

    /// The same for keywords that were looked up at `at`, which lies inside them.
    #[inline]
    fn keys(&mut self, numbers: impl Iterator<Item = u32>, at: usize) {
        numbers.for_each(|number| self.looked_up(number, at));
    }

    fn looked_up(&mut self, number: u32, at: usize) {
        let offset = usize::from(self.matcher.index.keys[number as usize].offset);
        if let Some(start) = at.checked_sub(offset) {
            self.key(number, start);
        }
    }

    /// Looks up what starts at `at`, in a run that ends at `end`.
    #[inline]
    fn starts(&mut self, at: usize, end: usize) {
        let (matcher, bytes) = (self.matcher, self.bytes);
        let left = end.saturating_sub(at);
        matcher
            .tables
            .starting(bytes, at, left, |number| self.looked_up(number, at));
    }

    /// The positions inside a run that looks made by a machine, and inside the longer value that
    /// it belongs to. It is looked at up to `end`, and goes on up to `behind`.
    fn inside(&mut self, start: usize, end: usize, behind: usize) {
        let (bytes, tables) = (self.bytes, &self.matcher.tables);
        let joined = &bytes[start..end.saturating_sub(4).max(start)];
        for at in memchr::memchr2_iter(b'_', b'-', joined) {
            self.starts(start + at + 1, behind);
        }
        if tables.middle {
            let around = forms::dotted(bytes, start, end, FORM_SEEN);
            if around.len() < MIN_INSIDE as usize {
                return;
            }
            let text = &bytes[around.start..bytes.len().min(around.end + 2)];
            tables.inside(text, |at, number| self.looked_up(number, around.start + at));
        }
    }

    fn url(&mut self, at: usize) {
        let (bytes, tables) = (self.bytes, &self.matcher.tables);
        self.keys(tables.scheme(bytes, at), at);
        let start = at + 3;
        let rest = &bytes[start..bytes.len().min(start + URL_SEEN)];
        let authority = rest
            .iter()
            .take_while(|b| is_host(**b) || b"@:_%~+$!*".contains(b));
        let authority = &rest[..authority.count()];
        let user = authority
            .iter()
            .rposition(|b| *b == b'@')
            .map_or(0, |at| at + 1);
        let host = &authority[user..];
        let host = &host[..host.iter().take_while(|b| is_host(**b)).count()];
        let mut label = 0;
        loop {
            self.keys(tables.host(&host[label..]), start + user + label);
            match host[label..].iter().position(|b| *b == b'.') {
                Some(dot) => label += dot + 1,
                None => break,
            }
        }
    }
}

impl Sink for Collect<'_, '_, '_> {
    fn run(&mut self, start: usize, end: usize) {
        let (bytes, matcher) = (self.bytes, self.matcher);
        matcher
            .tables
            .before(bytes, start, |number| self.looked_up(number, start));
        matcher
            .tables
            .behind(bytes, end, |number| self.looked_up(number, end));
        let seen = end.min(start + RUN_SEEN);
        let dashes = bytes[start..seen].iter();
        let first = start + dashes.take_while(|b| !b.is_ascii_alphanumeric()).count();
        self.starts(first, end);
        if let Some(before) = start.checked_sub(1).map(|at| bytes[at]) {
            if let Some(skip) = escape_before(bytes, start) {
                self.starts(start + skip, end);
            }
            if before != b' ' && (is_wide(before) || before == b'!') {
                let mut wide = forms::dotted(bytes, start, start, FORM_SEEN).start;
                if wide > 0 && bytes[wide - 1] == b'!' {
                    wide = forms::dotted(bytes, wide - 1, wide - 1, FORM_SEEN).start;
                }
                let value = &bytes[wide..start];
                let sign = value
                    .iter()
                    .take_while(|b| !b.is_ascii_alphanumeric())
                    .count();
                self.starts(wide + sign, usize::MAX);
            }
        }
        if seen - first < MIN_RUN as usize || !machine_made(&bytes[first..seen]) {
            return;
        }
        let inside = inside_base64(bytes, start);
        if !inside {
            self.inside(first, seen, end);
        }
        self.value(first, seen, inside);
    }

    fn wide(&mut self, start: usize, end: usize) {
        let seen = end.min(start + RUN_SEEN);
        let joined = self.bytes[start..seen]
            .iter()
            .any(|b| matches!(b, b'+' | b'/'));
        if joined && machine_made(&self.bytes[start..seen]) {
            self.starts(start, usize::MAX);
            self.inside(start, seen, usize::MAX);
            self.value(start, seen, false);
        }
    }

    fn stem(&mut self, at: usize, stem: usize) {
        let (bytes, matcher) = (self.bytes, self.matcher);
        match matcher.stem_kinds[stem] {
            Stem::Url => self.url(at),
            Stem::Pem => self.keys(matcher.tables.pem.iter().copied(), at),
            Stem::Coding if !self.range.contains(&at) => {}
            Stem::Coding => {
                let coding = decode::of_stem(bytes, at);
                coding
                    .into_iter()
                    .for_each(|coding| self.push(at, What::Coded(coding)));
            }
            Stem::Keys(first, count) => {
                let keys = &matcher.unfiled.keys[first as usize..][..count as usize];
                for key in keys {
                    // A stem was found in whatever case.
                    match matcher.index.keys[*key as usize].ignore_case {
                        true => self.held(*key, at),
                        false => self.key(*key, at),
                    }
                }
            }
            Stem::Generic(number) => {
                for around in matcher.unfiled.around(number) {
                    if let Some(start) = around.start(bytes, at) {
                        self.key(around.key, start);
                    }
                }
                // Its anchor is where it stands.
                if self.range.contains(&at) && generic::extract(bytes, at, number.into()).is_some()
                {
                    self.push(at, What::Generic(number));
                }
            }
        }
    }
}

impl Collect<'_, '_, '_> {
    /// What a run that looks made by a machine may be besides a keyword's neighbour; if it stands inside a
    /// long text in base64, hardly anything.
    fn value(&mut self, first: usize, seen: usize, inside: bool) {
        let (bytes, matcher) = (self.bytes, self.matcher);
        if !self.range.contains(&first) {
            return;
        }
        if is_number(&bytes[first..seen]) || is_commit(bytes, first..seen) {
            return;
        }
        let near = || {
            context::named_near(matcher, bytes, first..seen)
                || bare::bare_near(matcher, bytes, first..seen)
        };
        if !inside && near() {
            self.push(first, What::Shape);
        }
        for coding in decode::of_run(bytes, first, seen) {
            self.push(first, What::Coded(coding));
        }
        if decode::joined_behind(bytes, seen) {
            self.push(first, What::Coded(Coding::Joined));
        }
    }
}

/// A number of up to 128 bits in hexadecimal.
fn is_number(run: &[u8]) -> bool {
    run.starts_with(b"0x") && run.len() <= 34
}

/// The id of a commit in an address, or of the version of an action or a module.
fn is_commit(bytes: &[u8], run: Range<usize>) -> bool {
    const BEFORE: [&[u8]; 5] = [b"@", b"/blob/", b"/tree/", b"/commit/", b"/raw/"];
    run.len() == 40
        && BEFORE.iter().any(|text| bytes[..run.start].ends_with(text))
        && bytes[run].iter().all(u8::is_ascii_hexdigit)
}

/// What stands before `start` is base64 for so long that a value which goes on from there would have been
/// seen at an earlier run: pictures and archives written into a text.
fn inside_base64(bytes: &[u8], start: usize) -> bool {
    let Some(from) = start.checked_sub(128) else {
        return false;
    };
    let joins = |byte: &u8| matches!(byte, b'+' | b'/');
    if !joins(&bytes[start - 1]) {
        return false;
    }
    let (blocks, _) = bytes[from..start].as_chunks::<64>();
    blocks.iter().all(|block| {
        let classes = cut::classes(block);
        let [upper, lower, digits] =
            [classes.upper, classes.lower, classes.digits].map(u64::count_ones);
        let joined = block.iter().filter(|byte| joins(byte)).count();
        let all = (upper + lower + digits) as usize + joined;
        all == block.len() && upper >= 10 && lower >= 10 && digits >= 3
    })
}

/// The keyword stands at `at`.
pub(super) fn holds(bytes: &[u8], at: usize, key: &Key) -> bool {
    let text = bytes.get(at..at + key.text.len());
    text.is_some_and(|text| match key.ignore_case {
        true => text.eq_ignore_ascii_case(key.text.as_bytes()),
        false => text == key.text.as_bytes(),
    })
}

/// How many characters at `start` belong to an escape that began before it: the `n` of `\n`, the
/// `u003d` of `\u003d`, the `3D` of `%3D`, the `253D` of `%253D`, the `31m` of a terminal's colour.
pub(super) fn escape_before(bytes: &[u8], start: usize) -> Option<usize> {
    let before = *bytes.get(start.checked_sub(1)?)?;
    let hex = |count| {
        let digits = bytes.get(start..start + count)?;
        digits.iter().all(u8::is_ascii_hexdigit).then_some(count)
    };
    match (before, *bytes.get(start)?) {
        (b'%', b'2') if bytes[start..].starts_with(b"25") => hex(4).or(hex(2)),
        (b'%', _) => hex(2),
        (b'[' | b';', b'0'..=b'9') => {
            let digits = bytes[start..]
                .iter()
                .take(3)
                .take_while(|b| b.is_ascii_digit());
            let length = digits.count();
            (bytes.get(start + length) == Some(&b'm')).then_some(length + 1)
        }
        (b'\\', b'u') => Some(5),
        (b'\\', b'x') => Some(3),
        (b'\\', b'n' | b't' | b'r' | b'b' | b'f') => Some(1),
        _ => None,
    }
}

/// Letters and digits alternate, or upper and lower case do in a way no identifier has. Looks at
/// the first 64 bytes.
pub(super) fn machine_made(run: &[u8]) -> bool {
    let Classes {
        upper,
        lower,
        digits,
        ..
    } = cut::classes(&cut::block(run));
    // Between the last byte looked at and the next there is no change.
    let inside = match run.len() {
        0 | 1 => 0,
        length => u64::MAX >> (65 - length.min(64)),
    };
    let alternations = ((digits ^ digits >> 1) & inside).count_ones();
    let changes = (lower & upper >> 1).count_ones();
    let islands = (upper & lower >> 1 & upper >> 2).count_ones();
    alternations >= 2 || (alternations >= 1 && changes >= 1) || islands >= 1
}

/// Removes repeated neighbours of a sorted slice; returns how many are left.
fn dedup(sorted: &mut [Candidate]) -> usize {
    let mut kept = 0;
    for at in 0..sorted.len() {
        if kept == 0 || sorted[kept - 1] != sorted[at] {
            sorted[kept] = sorted[at];
            kept += 1;
        }
    }
    kept
}
