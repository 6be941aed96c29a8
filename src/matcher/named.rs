//! Named: values that a word beside them calls secret. A provider's kind is tried first; what is
//! left is a generic kind, if the generic score says so.

use std::ops::Range;

use super::context::Surroundings;
use super::decide::{AROUND, Work, distance};
use super::generic::{self, Category};
use super::value::{Found, Rank};
use super::{checks, otherwise};
use crate::finding::Guessable;
use crate::pattern::index::{Entry, Index, begin_of_example, word_hash};

/// Log-odds below this, in thousandths, are not worth a mention even at low confidence: less than
/// one in six is a secret. What is reported by default is decided by the confidence.
const LEAST: i32 = -1600;

/// The kinds of `patterns/generic.toml` by category.
pub(super) struct Generic([(Category, u32); 7]);

const IDS: [(Category, &str); 7] = [
    (Category::Password, "generic-password"),
    (Category::Token, "generic-token"),
    (Category::Key, "generic-api-key"),
    (Category::Secret, "generic-secret"),
    (Category::Auth, "generic-auth"),
    (Category::Credential, "generic-credential"),
    (Category::Url, "generic-url"),
];

impl Generic {
    /// `None` if the patterns have no generic kinds.
    pub(super) fn new(index: &Index) -> Option<Generic> {
        let mut kinds = IDS.map(|(category, _)| (category, 0));
        for (slot, (_, id)) in kinds.iter_mut().zip(IDS) {
            let mut bare = index.bare.iter();
            slot.1 = *bare.find(|kind| index.kinds[**kind as usize].id == id)?;
        }
        Some(Generic(kinds))
    }

    pub(super) fn kind(&self, category: Category) -> Option<u32> {
        let same = |(known, _): &&(Category, u32)| *known == category;
        self.0.iter().find(same).map(|(_, kind)| *kind)
    }
}

impl Work<'_> {
    /// A value with a word that calls it secret, announced at `at`. Tells how far it looked.
    pub(super) fn generic(
        &self,
        candidate: Option<generic::Candidate>,
        at: usize,
        found: &mut Vec<Found>,
    ) -> usize {
        self.note(&(at..at), generic::RADIUS + 64);
        let Some(candidate) = candidate else {
            return generic::RADIUS;
        };
        let candidate = generic::complete(self.bytes, candidate);
        let looked = distance(at, &candidate.value).max(distance(at, &candidate.key));
        // Where a table or a list ends is seen only behind its end.
        let (further, end) = generic::further(self.bytes, &candidate);
        let looked = end.map_or(looked, |end| looked.max(distance(at, &(at..end))));
        if let Some(end) = end {
            self.note(&(at..end), 0);
        }
        for candidate in std::iter::once(candidate).chain(further) {
            self.named_value(candidate, found);
        }
        looked
    }

    /// Printed in somebody's documentation, masked, a pattern, a reference or public: whatever the score
    /// says.
    pub(super) fn is_settled(&self, text: &[u8], category: Category) -> bool {
        let examples = &self.matcher.index.examples;
        let is_example = |text: &[u8]| {
            let hash = word_hash(text.iter().copied());
            examples.binary_search(&hash).is_ok()
        };
        let holds = |part: &[u8]| memchr::memmem::find(text, part).is_some();
        let printed = is_example(text) || begin_of_example(text).is_some_and(is_example);
        let stand_in = match checks::filler(text) {
            // These may be somebody's bad password; a key is not made of them.
            Some(checks::WORD) => false,
            Some(checks::SEQUENCE) => category != Category::Password,
            Some(checks::PLACEHOLDER) => category != Category::Password && text.len() >= 16,
            verdict => verdict.is_some(),
        };
        let stand_in = stand_in || [b"xxxxxxxx".as_slice(), b"%s"].into_iter().any(holds);
        let hidden = matches!(category, Category::Password | Category::Secret);
        printed || stand_in || checks::public(text) || !hidden && checks::is_address(text)
    }

    /// How likely the password in an address is one: `postgres://user:password@localhost` has the
    /// form of one and seldom opens anything.
    pub(super) fn address_score(
        &self,
        entry: &Entry,
        value: &Range<usize>,
    ) -> Option<generic::Score> {
        if entry.facts.as_deref() != Some("url") {
            return None;
        }
        let candidate = generic::in_address(self.bytes, value.clone())?;
        Some(generic::score(self.bytes, &candidate, self.path()))
    }

    /// The same where it is not known at which path the text stands.
    fn named_anywhere(&self, kind: u32, candidate: generic::Candidate, found: &mut Vec<Found>) {
        // Most are nothing whatever stands farther around them than their line.
        let most = generic::most(self.bytes, &candidate, LEAST);
        if most == generic::Most::LittleNear {
            return;
        }
        self.note(&candidate.key, AROUND);
        self.note(&candidate.value, AROUND);
        let around = Surroundings::plain(self.bytes, &candidate.value);
        let hides = || {
            around.is_shown() || otherwise::encrypted(self.bytes, &around.line, &candidate.value)
        };
        if most == generic::Most::Enough && !hides() {
            found.push(Found::open(kind, candidate.value));
        }
    }

    fn path(&self) -> Option<&str> {
        let path = std::str::from_utf8(self.ctx.path).ok();
        path.filter(|path| !path.is_empty())
    }

    fn named_value(&self, candidate: generic::Candidate, found: &mut Vec<Found>) {
        let text = &self.bytes[candidate.value.clone()];
        if text.is_empty() {
            return;
        }
        self.note(&candidate.key, generic::LINE);
        self.note(&candidate.value, generic::LINE);
        let before = found.len();
        self.shape_of_value(candidate.value.clone(), found);
        if found.len() > before {
            return;
        }
        let kinds = self.matcher.generic_kinds.as_ref();
        let Some(kind) = kinds.and_then(|kinds| kinds.kind(candidate.category)) else {
            return;
        };
        // Whether it reads like filler is one of the things that the score weighs.
        if !self.wanted(kind) || self.is_settled(text, candidate.category) {
            return;
        }
        let named = match candidate.form {
            generic::Form::Jwt => 0..0,
            _ => candidate.key.clone(),
        };
        if self.anywhere.is_some() {
            return self.named_anywhere(kind, candidate, found);
        }
        let score = generic::score_from(self.bytes, &candidate, self.path(), LEAST);
        let Some(score) = score else { return };
        let around = self.around(&candidate.value);
        if around.is_shown() || otherwise::encrypted(self.bytes, &around.line, &candidate.value) {
            return;
        }
        // An address beside a password is as often where it is documented as where it opens.
        let urls = !matches!(candidate.category, Category::Password | Category::Url);
        let owner = self.owner(&around, urls);
        found.push(Found {
            kind,
            value: candidate.value.clone(),
            rank: Rank {
                named: false,
                checksum: false,
                evidence: None,
                keyword: 0,
                // Of several names of one value the longest says most.
                key_word: named.len(),
            },
            groups: Vec::new(),
            confidence: score.confidence,
            guessable: Guessable::Perhaps,
            reasons: score.reasons,
            setting: setting(&candidate.form, self.bytes, candidate.key),
            owner,
            rivals: Vec::new(),
            alone: false,
        });
    }
}

/// Longest name of a setting that is worth telling.
const LONGEST_SETTING: usize = 80;

/// The name as people would write it into a rule; addresses, headers and sentences have none.
fn setting(form: &generic::Form, bytes: &[u8], key: Range<usize>) -> Option<Range<usize>> {
    use generic::Form::{Bare, Call, Cell, Element, Pair, Quoted};
    let named = matches!(form, Bare | Call | Cell | Element | Pair | Quoted);
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_-.$".contains(b);
    let text = &bytes[key.clone()];
    let fits = (1..=LONGEST_SETTING).contains(&text.len()) && text.iter().all(plain);
    (named && fits).then_some(key)
}
