//! Bare: values whose key is a service's name and nothing else (`acme: VALUE`, `acme.Client("VALUE")`). No word
//! says what they are; that nothing but a machine writes such values must.

use std::ops::Range;

use super::calls::{argument_of, call_of, imported, is_door, is_maker, role, user_of_command};
use super::candidate::{FORM_SEEN, machine_made};
use super::context::{Surroundings, filed, folded, holds_any, last_word, speaks, with_shape};
use super::decide::Work;
use super::generic::Category;
use super::heading::{EVERYDAY, headings, name_of};
use super::value::Found;
use super::words::{Words, words};
use super::{Matcher, checks, forms};
use crate::finding::{Confidence, Guessable};
use crate::pattern::index::{Index, word_hash};

/// How long values are that no kind's shape fits.
const LENGTHS: std::ops::RangeInclusive<usize> = 20..=200;

/// How many digits they have at least.
const DIGITS: usize = 2;

/// How far before a value the cheap stage looks for the name.
const BEFORE: usize = 96;

/// Lengths of digests, commits and identifiers in hexadecimal.
const DIGESTS: [usize; 6] = [24, 40, 56, 64, 96, 128];

/// How the names of files end that hold nothing but credentials.
const SAFES: [&[u8]; 6] = [
    b"secret",
    b"credential",
    b"token",
    b"apikey",
    b"keys",
    b"env",
];

impl Surroundings<'_> {
    /// The value is assigned to a provider's name and nothing else (`acme: VALUE`); or it is an
    /// argument without a name of what bears that name (`acme.Client("VALUE")`). A number that many
    /// things are called by must be said to be a credential by a heading or the file.
    pub(super) fn bare_name(&self, known: &Words, index: &Index, kind: u32) -> bool {
        let (bytes, line, value) = (self.bytes, &self.line, &self.value);
        if let Some(call) = call_of(bytes, line, value) {
            let mut named = false;
            let mut tell = |hash| named |= speaks(index, kind, hash);
            words(known, last_word(call), &mut tell);
            if is_door(call) {
                imported(known, bytes, line, tell);
            }
            return named;
        }
        if !speaks(index, kind, word_hash(self.name())) {
            return false;
        }
        let text = &bytes[value.clone()];
        !is_number(text) || self.is_kept_safe(known) || stands_out(bytes, value)
    }

    /// [`Surroundings::bare_name`] may be true of some kind.
    pub(super) fn may_be_bare(&self, known: &Words) -> bool {
        let (bytes, line) = (self.bytes, &self.line);
        let Some(call) = call_of(bytes, line, &self.value) else {
            return known.holds(word_hash(self.name()));
        };
        let mut any = false;
        let mut tell = |hash| any |= known.holds(hash);
        words(known, last_word(call), &mut tell);
        if is_door(call) {
            imported(known, bytes, line, tell);
        }
        any
    }

    /// It may be looked at what is imported to know whose it is.
    pub(super) fn is_argument_of_door(&self) -> bool {
        call_of(self.bytes, &self.line, &self.value).is_some_and(is_door)
    }

    /// The last word of the key, folded.
    fn name(&self) -> Vec<u8> {
        folded(&[last_word(&self.bytes[self.key.clone()])])
    }

    /// A heading or the name of the file says that such values are credentials.
    pub(super) fn is_kept_safe(&self, known: &Words) -> bool {
        let told = |range| holds_any(&folded(&[&self.bytes[range]]), &known.credential);
        self.is_in_safe()
            || headings(self.bytes, &self.line, &self.value)
                .into_iter()
                .any(told)
    }

    /// The same, and nothing but credentials is called so.
    fn is_locked_up(&self) -> bool {
        let told = |range: Range<usize>| ends_safe(name_of(&self.bytes[range]));
        self.is_in_safe()
            || headings(self.bytes, &self.line, &self.value)
                .into_iter()
                .any(told)
    }

    /// The file holds nothing but credentials by its name, or any file may be meant.
    fn is_in_safe(&self) -> bool {
        if self.anywhere {
            return true;
        }
        let file = self.path.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let end = file.iter().rposition(|b| *b == b'.').filter(|at| *at > 0);
        file.ends_with(b".env") || ends_safe(&file[..end.unwrap_or(file.len())])
    }

    /// A heading says that everybody may see such values: they prove to others whose a site is.
    fn is_below_proof(&self) -> bool {
        let proof =
            |range| memchr::memmem::find(&folded(&[&self.bytes[range]]), b"verif").is_some();
        headings(self.bytes, &self.line, &self.value)
            .into_iter()
            .any(proof)
    }
}

fn ends_safe(name: &[u8]) -> bool {
    let name = folded(&[name]);
    let single = name.strip_suffix(b"s").unwrap_or(&name);
    SAFES
        .iter()
        .any(|word| name.ends_with(word) || single.ends_with(word))
}

/// A number in hexadecimal, or with hyphens as UUIDs have them.
pub(super) fn is_number(text: &[u8]) -> bool {
    text.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-')
}

/// A number of a length that digests, commits and UUIDs do not have, and no list of such.
fn stands_out(bytes: &[u8], value: &Range<usize>) -> bool {
    let length = value.len();
    if DIGESTS.contains(&length) || bytes[value.clone()].contains(&b'-') {
        return false;
    }
    let from = value.start.saturating_sub(400);
    let to = bytes.len().min(value.end + 400);
    let alike = |text: &[u8]| text.len() == length && is_number(text);
    let around = [&bytes[from..value.start], &bytes[value.end..to]];
    let mut runs = around
        .into_iter()
        .flat_map(|text| text.split(|b| !b.is_ascii_alphanumeric()));
    !runs.any(alike)
}

/// The cheap stage's question: is the run part of a value that nothing but a name stands before?
pub(super) fn bare_near(matcher: &Matcher, bytes: &[u8], run: Range<usize>) -> bool {
    let value = forms::dotted(bytes, run.start, run.end, FORM_SEEN);
    let text = &bytes[value.clone()];
    let digits = || text.iter().filter(|b| b.is_ascii_digit()).count();
    let short = text.len() < *LENGTHS.start() || text.len() <= FORM_SEEN && digits() < DIGITS;
    if short || is_number(text) {
        return false;
    }
    let before = &bytes[value.start.saturating_sub(BEFORE)..value.start];
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..];
    let known = &matcher.words;
    let alone = line
        .iter()
        .all(|b| matches!(b, b' ' | b'\t' | b'"' | b'\''));
    if let Some(call) = argument_of(if alone { before } else { line }) {
        let mut named = is_door(call);
        words(known, last_word(call), |hash| named |= known.holds(hash));
        return named;
    }
    let name = name_before(line);
    let holds = |name: &[u8]| known.holds(word_hash(folded(&[name])));
    let mut named = name.len() >= 3 && holds(name);
    if !named && CALLED.iter().any(|word| name.eq_ignore_ascii_case(word)) {
        words(known, line, |hash| named |= known.holds(hash));
    }
    // Headings and the names of files are looked at when the value is.
    named || name.len() >= 3 && holds(&[name, b"key"].concat()) || user_of_command(line)
}

/// How a text calls a value whose name stands right before it, without a sign: `the Acme key VALUE`.
const CALLED: [&[u8]; 3] = [b"key", b"token", b"secret"];

/// The name right before what assigns a value.
fn name_before(before: &[u8]) -> &[u8] {
    let sign = |b: &u8| b" \t\"'`=:>".contains(b);
    let end = before.len() - before.iter().rev().take_while(|b| sign(b)).count();
    let part = |b: &&u8| b.is_ascii_alphanumeric() || b"_-".contains(b);
    let length = before[..end].iter().rev().take(40).take_while(part).count();
    &before[end - length..end]
}

impl Work<'_> {
    /// A value that no kind's shape fits, behind the name of a provider that has values without a
    /// prefix, is some key of theirs.
    pub(super) fn bare_value(&self, value: Range<usize>, found: &mut Vec<Found>) {
        let text = &self.bytes[value.clone()];
        let kinds = self.matcher.generic_kinds.as_ref();
        let Some(kind) = kinds.and_then(|kinds| kinds.kind(Category::Key)) else {
            return;
        };
        if !self.wanted(kind) || !is_random(text) || self.is_settled(text, Category::Key) {
            return;
        }
        let mut around = self.around(&value);
        around.anywhere = self.anywhere.is_some();
        if around.is_digest() || around.called_otherwise(&[]) || around.is_below_proof() {
            return;
        }
        let Some(owner) = self.namesake(&around) else {
            return;
        };
        found.push(Found {
            confidence: Confidence::Medium,
            guessable: Guessable::No,
            reasons: vec![("named by nothing but a service".to_owned(), 400)],
            owner: Some(owner),
            ..Found::open(kind, value)
        });
    }

    /// The one provider whose name the value's key or call is, and that has values without a prefix.
    fn namesake(&self, around: &Surroundings<'_>) -> Option<u32> {
        let (bytes, line, value) = (self.bytes, &around.line, &around.value);
        if let Some(call) = call_of(bytes, line, value) {
            return self.unprefixed(self.maker_of(call, line)?);
        }
        if !role(bytes, line, value).is_empty() {
            // The name of a file may say whose it is; where that is not known, it may be anybody's.
            if around.anywhere {
                return Some(0);
            }
            return self.unprefixed(self.owner(around, true)?);
        }
        let name = around.name();
        if CALLED.contains(&name.as_slice()) {
            let named = bytes
                .get(around.key.clone())
                .filter(|key| key.len() <= 40)?;
            return self.unprefixed(self.spoken_of(named)?);
        }
        let own = self.bearer(&name).filter(|_| !is_everyday(&name));
        let own = own.and_then(|owner| self.unprefixed(owner));
        own.or_else(|| {
            let safe = around.is_locked_up();
            let company = [&name, b"key".as_slice()].concat();
            let owner = self.bearer(&name).or_else(|| self.bearer(&company));
            owner.filter(|_| safe)
        })
    }

    /// The one provider that has this word.
    fn bearer(&self, name: &[u8]) -> Option<u32> {
        let hash = word_hash(name.iter().copied());
        let mut named = filed(&self.matcher.index.words, hash);
        named.next().filter(|_| named.next().is_none())
    }

    /// A provider all of whose values have prefixes gives others nothing but ids.
    fn unprefixed(&self, provider: u32) -> Option<u32> {
        with_shape(&self.matcher.index, provider)
            .next()
            .map(|_| provider)
    }

    /// Whose client the call makes, by its name or the imports above.
    fn maker_of(&self, call: &[u8], line: &Range<usize>) -> Option<u32> {
        let is_name = |name: &[u8]| !is_everyday(name) && self.bearer(name).is_some();
        if !is_maker(call, is_name) {
            return None;
        }
        self.spoken_of(last_word(call)).or_else(|| {
            let mut spoken = Vec::new();
            if is_door(call) {
                imported(&self.matcher.words, self.bytes, line, |hash| {
                    spoken.push(hash)
                });
            }
            self.told_by(spoken)
        })
    }

    /// The one provider that the text speaks of most, in no everyday words.
    fn spoken_of(&self, text: &[u8]) -> Option<u32> {
        let mut spoken = Vec::new();
        words(&self.matcher.words, text, |hash| spoken.push(hash));
        self.told_by(spoken)
    }

    fn told_by(&self, mut spoken: Vec<u64>) -> Option<u32> {
        let idle = |hash: &u64| EVERYDAY.iter().any(|w| word_hash(w.bytes()) == *hash);
        spoken.retain(|hash| !idle(hash));
        self.most_spoken_of(&spoken)?.ok()
    }
}

fn is_everyday(name: &[u8]) -> bool {
    EVERYDAY.iter().any(|word| word.as_bytes() == name)
}

/// Nothing but a machine writes this: somewhere in it letters and digits alternate for a while.
fn is_random(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let mut parts = text.split(|b| !b.is_ascii_alphanumeric());
    // A path has names between its slashes.
    let path = |part: &[u8]| part.len() >= 4 && part.iter().all(u8::is_ascii_alphabetic);
    let slashes = text.contains(&b'/');
    LENGTHS.contains(&text.len())
        && digits >= DIGITS
        && !(slashes && text.split(|b| *b == b'/').any(path))
        && !is_number(text)
        && checks::entropy(text) >= 3.3
        && changes(text) * 9 >= text.len() * 2
        && !checks::identifier(text)
        && parts.any(|part| part.len() >= 12 && machine_made(part))
}

/// How often letters and digits, small and large ones change places; a capital begins a word.
fn changes(text: &[u8]) -> usize {
    let sort = |b: &u8| (b.is_ascii_digit(), b.is_ascii_uppercase());
    let change = |pair: &&[u8]| {
        let word = pair[0].is_ascii_uppercase() && pair[1].is_ascii_lowercase();
        sort(&pair[0]) != sort(&pair[1]) && !word
    };
    text.windows(2).filter(change).count()
}

#[cfg(test)]
mod tests {
    use super::super::tests::matcher;
    use super::*;
    use crate::finding::SourceKind;

    const ACME: &str = r#"
id = "acme"
name = "Acme"
docs = "https://acme.example"
words = ["acme"]
hosts = ["acme.example"]
[[secret]]
id = "acme-key"
name = "Key"
severity = "high"
shape = "[a-f0-9]{32}"
key_words = ["key"]
"#;

    const RANDOM: &str = "q8Zr2LmX9Tt4Rb8Vn1Kc5Wy3Ph7d";
    const HEX: &str = "3f1c9a7be25d08461f7a9c3be5d20846";

    /// What is told of the text: kinds, whose, how sure.
    fn told(text: &str, path: &str) -> Vec<(String, Option<String>, Confidence)> {
        let generic = include_str!("../../patterns/generic.toml");
        let matcher = matcher(&[ACME, generic]);
        let at = super::super::Context {
            path: path.as_bytes(),
            source: SourceKind::Tree,
        };
        let found = matcher.scan(text.as_bytes(), &at).into_iter();
        let whose = |m: &crate::finding::Match| m.provider.as_ref().map(ToString::to_string);
        found
            .map(|m| (m.kind.to_string(), whose(&m), m.confidence))
            .collect()
    }

    #[test]
    fn a_random_value_of_no_shape_is_some_key_of_whose_name_it_bears() {
        for text in [
            "acme: VALUE",
            "ACME=VALUE",
            "const acme = 'VALUE';",
            "{\"acme\": \"VALUE\"}",
            "client = Acme::Client.new('VALUE')",
            "acme.init(\"VALUE\")",
            "const acme = require('acme')('VALUE')",
            "import { Client } from \"acme\";\n\nnew Client(\"VALUE\");",
            "new Acme(\n  'eu',\n  'VALUE'\n)",
            "this is the acme key VALUE",
            "curl -u VALUE: https://api.acme.example/v1",
            "tokens:\n  acme: VALUE",
        ] {
            let told = told(&text.replace("VALUE", RANDOM), "a.txt");
            let wanted = (
                "generic-api-key".into(),
                Some("acme".into()),
                Confidence::Medium,
            );
            assert_eq!(told, [wanted], "{text}");
        }
        for text in [
            "acme.getEntry('VALUE')",
            "webmaster_verifications:\n  acme: VALUE\n",
            "acme: AcmeOrg/packages/VALUE",
            "other: VALUE",
            "acme: GetAgentsTokenPackages200ResponseMeta2",
            "acme: v1.2.3-20240102-release",
            "import { Client } from \"acme\";\n\nnew List(\"VALUE\");",
        ] {
            let told = told(&text.replace("VALUE", RANDOM), "a.txt");
            assert!(told.is_empty(), "{text}: {told:?}");
        }
    }

    #[test]
    fn a_number_behind_a_name_alone_is_a_key_where_nothing_is_like_it() {
        let key = |confidence| vec![("acme-key".to_owned(), None, confidence)];
        let alone = format!("acme: {HEX}\nother: 1\n");
        assert_eq!(told(&alone, "a.yml"), key(Confidence::Medium));
        let listed = format!("acme: {HEX}\nother: 08461f7a9c3be5d2084671bc9e3a71cb\n");
        assert!(told(&listed, "pins.yml").is_empty());
        assert_eq!(told(&listed, "conf/secrets.yml"), key(Confidence::High));
        assert_eq!(
            told(&format!("keys:\n  {listed}"), "a.yml"),
            key(Confidence::High)
        );
    }

    #[test]
    fn the_line_above_names_a_value() {
        for text in [
            "<key>AcmeKey</key>\n<string>VALUE</string>",
            "\"key\": \"acme_key\",\n\"value\": \"VALUE\"",
            "Acme key:\nVALUE\n",
            "heroku config:set ACME_KEY=VALUE",
        ] {
            let told = told(&text.replace("VALUE", HEX), "a.txt");
            assert_eq!(
                told,
                [("acme-key".to_owned(), None, Confidence::High)],
                "{text}"
            );
        }
    }
}
