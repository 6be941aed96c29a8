//! Headings and owners: which lines head the block that a value stands in, and whose a value is that
//! no kind of a provider fits. What a word speaks of is looked up in `context`.

use std::ops::Range;

use super::calls::imported;
use super::context::{Evidence, Surroundings, filed};
use super::decide::{AROUND, Work};
use super::words::{Words, words};
use crate::pattern::index::{joined_hash, word_hash};

/// How far before a line its headings are looked for.
const FAR: usize = 1500;

/// Files that hold settings: their name says whose.
const SETTINGS: [&[u8]; 10] = [
    b"json",
    b"yml",
    b"yaml",
    b"toml",
    b"ini",
    b"cfg",
    b"conf",
    b"properties",
    b"env",
    b"xml",
];

/// Words that some provider listens to and that any credential is called by.
const NOBODYS: [&str; 9] = [
    "key", "secret", "token", "bearer", "api", "apikey", "xapi", "password", "auth",
];

/// Words that speak of a provider in a key and of anything elsewhere.
pub(super) const EVERYDAY: [&str; 78] = [
    "age",
    "atlas",
    "beamer",
    "bolt",
    "box",
    "branch",
    "bubble",
    "buffer",
    "canvas",
    "chatbot",
    "close",
    "coda",
    "column",
    "consul",
    "copper",
    "courier",
    "daily",
    "deputy",
    "ditto",
    "drift",
    "drone",
    "enigma",
    "envoy",
    "flat",
    "float",
    "fly",
    "front",
    "gatewayapi",
    "ghost",
    "guru",
    "harvest",
    "heap",
    "hive",
    "host",
    "hunter",
    "jwt",
    "knock",
    "kubernetes",
    "line",
    "linear",
    "loops",
    "map",
    "matrix",
    "mercury",
    "meta",
    "mode",
    "mux",
    "neon",
    "nomad",
    "notion",
    "paddle",
    "plaid",
    "polygon",
    "postman",
    "pulse",
    "rage",
    "railway",
    "ram",
    "ramp",
    "readme",
    "render",
    "replicate",
    "resend",
    "sanity",
    "segment",
    "sentry",
    "signal",
    "sonar",
    "spark",
    "square",
    "stability",
    "teams",
    "tines",
    "together",
    "user",
    "vault",
    "wise",
    "zoom",
];

/// The line above that names what a value is whose own line does not: `name: ACME_KEY` above `value: …`,
/// `<key>AcmeKey</key>` above `<string>…`, `Acme key:` above nothing but the value.
pub(super) fn pair(
    bytes: &[u8],
    line: &Range<usize>,
    value: &Range<usize>,
) -> Option<Range<usize>> {
    let before = bytes[line.start..value.start].trim_ascii_start();
    let quote = |b: &u8| matches!(b, b'"' | b'\'' | b'`' | b'<' | b' ' | b'-');
    let own = &before[before.iter().take_while(|b| quote(b)).count()..];
    let begins =
        |word: &[u8]| own.len() >= word.len() && own[..word.len()].eq_ignore_ascii_case(word);
    let end = line.start.checked_sub(1)?;
    let far = end.saturating_sub(200);
    let above = memchr::memrchr(b'\n', &bytes[far..end]).map_or(far, |at| far + at + 1)..end;
    let text = bytes[above.clone()].trim_ascii();
    let named = if begins(b"value") {
        holds(text, b"name") || holds(text, b"key")
    } else if begins(b"string>") {
        text.starts_with(b"<key>")
    } else {
        let behind = &bytes[value.end.min(line.end)..line.end];
        let alone = own.is_empty() && behind.iter().all(|b| quote(b) || b.is_ascii_whitespace());
        alone && text.ends_with(b":")
    };
    named.then_some(above)
}

/// The lines with less and less indentation above a line, the comment or section title right above
/// it, nearest first.
pub(super) fn headings(
    bytes: &[u8],
    line: &Range<usize>,
    value: &Range<usize>,
) -> Vec<Range<usize>> {
    // No farther than a verdict says that it looked, however long the line is.
    let far = line.start.saturating_sub(FAR);
    let far = far
        .max(value.start.saturating_sub(AROUND - 8))
        .min(line.start);
    let mut found = Vec::new();
    let mut indent = indentation(&bytes[line.clone()]);
    let mut end = line.start;
    let mut nearest = true;
    while end > far {
        let last = end - 1;
        let start = memchr::memrchr(b'\n', &bytes[far..last]).map_or(far, |at| far + at + 1);
        end = start;
        let own = indentation(&bytes[start..last]);
        let first = bytes[start..last].get(own);
        // Most lines stand as deep as the value's, or deeper, and are neither comment nor title.
        let plain = first.is_some_and(|b| !b.is_ascii_whitespace() && !matches!(b, b'[' | b'#'));
        if plain && own >= indent && !nearest {
            continue;
        }
        let text = bytes[start..last].trim_ascii();
        if text.is_empty() {
            nearest = false;
            continue;
        }
        let comment = nearest && is_comment(text);
        let section = text.starts_with(b"[") && text.ends_with(b"]") && own <= indent;
        let title = section || text.starts_with(b"## ") || text.starts_with(b"### ");
        if own < indent || comment || title {
            found.push(start..last);
            indent = indent.min(own);
        }
        if title {
            break;
        }
        nearest = false;
    }
    found
}

/// What a heading is called: its last run of letters, digits and what joins them.
pub(super) fn name_of(heading: &[u8]) -> &[u8] {
    let part = |b: &u8| b.is_ascii_alphanumeric() || b"_-.".contains(b) || *b >= 0x80;
    let end = heading.iter().rposition(part).map_or(0, |at| at + 1);
    let start = heading[..end].iter().rposition(|b| !part(b));
    &heading[start.map_or(0, |at| at + 1)..end]
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len())
        .any(|part| part.eq_ignore_ascii_case(word))
}

fn indentation(line: &[u8]) -> usize {
    line.iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count()
}

fn is_comment(text: &[u8]) -> bool {
    let signs: [&[u8]; 6] = [b"#", b"//", b"--", b";", b"*", b"<!--"];
    signs.iter().any(|sign| text.starts_with(sign)) || text.starts_with(b"/*")
}

impl Surroundings<'_> {
    /// Tells the words on the value's line and not far from it: a line may be a whole file.
    fn beside(&self, known: &Words, mut tell: impl FnMut(u64)) {
        let (line, value) = (&self.line, &self.value);
        let from = line.start.max(value.start.saturating_sub(160));
        let to = line.end.min(value.end + 80).max(value.end);
        words(known, &self.bytes[from..value.start], &mut tell);
        words(known, &self.bytes[value.end..to], &mut tell);
    }
}

impl Work<'_> {
    /// The one provider that the key, the line, the headings, the imports or the name of the file speak
    /// of; with `urls`, the one whose address is beside the value.
    pub(super) fn owner(&self, around: &Surroundings<'_>, urls: bool) -> Option<u32> {
        let mut levels = vec![Evidence::Key, Evidence::Line];
        levels.extend(urls.then_some(Evidence::Url));
        levels.push(Evidence::Heading);
        for level in levels {
            let everyday: &[&str] = match level {
                Evidence::Key => &[],
                _ => &EVERYDAY,
            };
            let idle = |hash: u64| {
                let mut words = NOBODYS.iter().chain(everyday);
                words.any(|word| word_hash(word.bytes()) == hash)
            };
            let mut spoken = Vec::new();
            match level {
                Evidence::Line => around.beside(&self.matcher.words, |hash| spoken.push(hash)),
                _ => {
                    let found = around.found.iter().filter(|found| found.0 == level);
                    spoken.extend(found.map(|(_, hash)| *hash));
                }
            }
            spoken.retain(|hash| !idle(*hash));
            if let Some(most) = self.most_spoken_of(&spoken) {
                return most.ok();
            }
        }
        let idle = |hash: &u64| EVERYDAY.iter().any(|w| word_hash(w.bytes()) == *hash);
        let mut spoken = Vec::new();
        // What a program imports says little about a password in it.
        if urls {
            let known = &self.matcher.words;
            imported(known, self.bytes, &around.line, |hash| spoken.push(hash));
        }
        spoken.retain(|hash| !idle(hash));
        if let Some(Ok(owner)) = self.most_spoken_of(&spoken) {
            return Some(owner);
        }
        let name = self.ctx.path.rsplit(|b| *b == b'/').next()?;
        let (stem, extension) = name.split_at(name.iter().rposition(|b| *b == b'.')?);
        let mut spoken = Vec::new();
        words(&self.matcher.words, stem, |hash| spoken.push(hash));
        // What is named like everyday things holds settings, or it is not about a service.
        if !SETTINGS.contains(&&extension[1..]) {
            if !urls {
                return None;
            }
            spoken.retain(|hash| !idle(hash));
        }
        self.most_spoken_of(&spoken)?.ok()
    }

    /// The provider that most of the words speak of; an error if several are alike.
    pub(super) fn most_spoken_of(&self, words: &[u64]) -> Option<Result<u32, ()>> {
        let index = &self.matcher.index;
        let mut votes: Vec<(u32, u64)> = Vec::new();
        for hash in words {
            // The words of kinds say what a value is rather than whose.
            let named = filed(&index.words, *hash).chain(filed(&index.hosts, *hash));
            votes.extend(named.map(|provider| (provider, *hash)));
        }
        votes.sort_unstable();
        votes.dedup();
        let mut counts: Vec<(usize, u32)> = votes
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| (same.len(), same[0].0))
            .collect();
        counts.sort_unstable();
        let (most, provider) = *counts.last()?;
        counts.retain(|(count, _)| *count == most);
        // Of equals, the one whose own name was spoken.
        let by_name = |number: u32| {
            let id = &index.providers[number as usize];
            words.contains(&joined_hash(id))
        };
        let mut named = counts.iter().filter(|(_, number)| by_name(*number));
        Some(match (counts.len(), named.next(), named.next()) {
            (1, ..) => Ok(provider),
            (_, Some((_, number)), None) => Ok(*number),
            _ => Err(()),
        })
    }
}
