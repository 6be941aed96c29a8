//! The numbers the model sees: one vector for a candidate, from its value, its name, what stands between and around
//! them, and the path. What they mean for secrets is learnt, not written here.

use super::lexicon::Lexicon;
use super::{Candidate, naming, nearby, odds, path, shape, surroundings};

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[derive(Clone, Copy)]
        pub(super) enum F { $($(#[$doc])* $name),+ }
        /// What each feature is, in words, for `--explain`.
        pub const NAMES: &[&str] = &[$($text),+];
    };
}

features! {
    Length = "value: length",
    Digits = "value: digits",
    Lower = "value: small letters",
    Upper = "value: capital letters",
    Marks = "value: marks",
    Blanks = "value: blanks",
    Foreign = "value: letters beyond ASCII",
    Entropy = "value: entropy",
    Distinct = "value: different characters",
    Changes = "value: changes between letters and digits",
    Surprise = "value: reads like a word",
    Covered = "value: made of known words",
    Words = "value: number of words",
    Rarest = "value: its rarest word",
    Commonest = "value: its commonest word",
    LongestWord = "value: its longest word",
    DigitRun = "value: longest number in it",
    LetterRun = "value: longest run of letters",
    Hex = "value: hexadecimal",
    Uuid = "value: a UUID",
    Camel = "value: a camelCase name",
    Snake = "value: a snake_case or kebab-case name",
    Scream = "value: a constant's name",
    Title = "value: starts like a sentence",
    Dotted = "value: a dotted name",
    PathLike = "value: a path or address",
    Template = "value: a template or format",
    CallLike = "value: code",
    Padded = "value: Base64 padding",
    Jwt = "value: a JSON Web Token",
    Placeholder = "value: words of a placeholder",
    Weak = "value: a word for passwords in general",
    Common = "value: a popular password",
    Sequence = "value: a sequence of neighbours",
    Repeated = "value: a repeated character",
    LikeKey = "value: repeats its name",
    SaysSecret = "value: says that it is a secret",
    Leet = "value: digits in place of letters",
    FirstClass = "value: first character",
    LastClass = "value: last character",
    NumberOnly = "value: a number",
    Hash = "value: a password hash",
    KeyLength = "name: length",
    KeyWords = "name: number of words",
    KeyCategory = "name: what it names",
    KeyExact = "name: nothing but the word",
    KeyLast = "name: its last word",
    KeyCase = "name: how it is written",
    KeyDotted = "name: dotted",
    KeyFlag = "name: a switch",
    KeyId = "name: an id",
    KeyName = "name: a name, label or text",
    KeyPlace = "name: an address or file",
    KeyKind = "name: a type, method or setting",
    KeyTime = "name: a time",
    KeyCount = "name: a number of things",
    KeyTruth = "name: yes or no",
    KeyPublic = "name: public",
    KeyHash = "name: a hash or signature",
    KeyVerb = "name: an action",
    KeyStrong = "name: says access or API key",
    KeyUser = "name: a user's or database's",
    KeyTest = "name: a test, wrong or expected one",
    KeyQuoted = "name: quoted",
    Form = "how it is written down",
    Quote = "the kind of quotes",
    Separator = "the separator",
    GapLength = "distance from name to value",
    SpaceBefore = "blank before the separator",
    SpaceAfter = "blank after the separator",
    Wrapper = "the call around the value",
    LineLength = "length of the line",
    Column = "where the line has it",
    Comment = "a comment",
    Declared = "a declaration",
    Asserted = "a comparison or assertion",
    Printed = "a message",
    After = "what follows",
    AfterWords = "words after it on the line",
    BeforeWords = "words before it on the line",
    InText = "inside a longer text",
    LineExample = "the line says example",
    NearUser = "a user name nearby",
    NearHost = "a host or address nearby",
    NearForeign = "text in another language around it",
    NearSame = "the value again nearby",
    NearKey = "the name again nearby",
    NearHashes = "hashes or ids around it",
    NearExample = "words of an example nearby",
    Language = "kind of file",
    PathTest = "path: tests",
    PathExample = "path: examples",
    PathDocs = "path: documentation",
    PathLocale = "path: translations",
    PathVendor = "path: third parties",
    PathConfig = "path: configuration",
    PathRecorded = "path: fixtures or recordings",
    PathDepth = "path: depth",
    Token = "value: a long random run inside it",
    Translated = "value: the word password in another language",
    Vowels = "value: vowels",
    Consonants = "value: longest run of consonants",
    SameRun = "value: longest run of one character",
    Spoken = "value: words of a sentence",
    NearPhrases = "sentences as values around it",
    NearTests = "words of a test nearby",
    FileSame = "the value again farther around",
    UserSame = "a user name with the same text",
    PathLanguage = "path: named after a language",
    PathWords = "value: words of the path",
    Known = "value: a charset, version, fingerprint or character class",
    KeyNonce = "name: a nonce, challenge or CSRF token",
    OddsValue = "value: its words",
    OddsWorst = "value: its word that speaks most against",
    OddsBest = "value: its word that speaks most for",
    OddsName = "name: its words",
    OddsLine = "line: its words",
    OddsPath = "path: its words",
}

/// What depends on the text far around; and what depends on the path.
pub(super) const FREE: [F; 13] = [
    F::FileSame,
    F::Language,
    F::PathTest,
    F::PathExample,
    F::PathDocs,
    F::PathLocale,
    F::PathVendor,
    F::PathConfig,
    F::PathRecorded,
    F::PathDepth,
    F::PathLanguage,
    F::PathWords,
    F::OddsPath,
];

/// What depends on the lines around.
pub(super) const NEAR: [F; 11] = [
    F::NearUser,
    F::NearHost,
    F::NearForeign,
    F::NearSame,
    F::NearKey,
    F::NearHashes,
    F::NearExample,
    F::NearPhrases,
    F::NearTests,
    F::FileSame,
    F::UserSame,
];

/// How many features there are.
pub const COUNT: usize = NAMES.len();
/// What feature number `f` with this value says, in words, where it moved the score by `by`. How much of something there
/// is stays untold: it would tell of the secret.
pub(super) fn said(f: usize, value: i16, by: i32) -> String {
    // Words are weighed against those of other candidates, so that the effect says which way they point.
    let odds = |words: &str| match (value, by) {
        (0, _) => format!("{words} that say nothing"),
        (_, 1..) => format!("{words} seen with secrets before"),
        _ => format!("{words} seen where no secret was"),
    };
    match f {
        f if f == F::OddsValue as usize => odds("value: words"),
        f if f == F::OddsName as usize => odds("name: words"),
        f if f == F::OddsLine as usize => odds("line: words"),
        f if f == F::OddsPath as usize => odds("path: words"),
        f if f == F::OddsWorst as usize && value == 0 => "value: no word speaks against it".into(),
        f if f == F::OddsBest as usize && value == 0 => "value: no word speaks for it".into(),
        f if value == 0 => format!("{}: none", NAMES[f]),
        f => NAMES[f].to_owned(),
    }
}

/// The features of one candidate.
pub type Vector = [i16; COUNT];

/// Where the parts of this module put their numbers.
pub(super) struct Sheet(Vector);

impl Sheet {
    pub(super) fn set(&mut self, f: F, value: impl TryInto<i16>) {
        self.0[f as usize] = value.try_into().unwrap_or(i16::MAX);
    }

    pub(super) fn get(&self, f: F) -> i16 {
        self.0[f as usize]
    }
}

/// The vector of a candidate whose end is known, but for what its words say; see `weigh`.
pub fn features(lexicon: &Lexicon, bytes: &[u8], c: &Candidate, path: Option<&str>) -> Vector {
    let mut vector = own(lexicon, bytes, c, path);
    look_around(&mut vector, bytes, c);
    vector
}

/// The same but for what the lines around say; see `look_around`.
pub(super) fn own(lexicon: &Lexicon, bytes: &[u8], c: &Candidate, path: Option<&str>) -> Vector {
    let mut sheet = Sheet([0; COUNT]);
    let value = bytes.get(c.value.clone()).unwrap_or_default();
    let key = bytes.get(c.key.clone()).unwrap_or_default();
    shape::fill(&mut sheet, lexicon, value);
    naming::fill(&mut sheet, key, value, c.category);
    surroundings::fill(&mut sheet, bytes, c);
    path::fill(&mut sheet, path, value);
    sheet.0
}

/// Adds what the lines around a candidate say: the features `NEAR`.
pub(super) fn look_around(vector: &mut Vector, bytes: &[u8], c: &Candidate) {
    let mut sheet = Sheet(*vector);
    nearby::fill(&mut sheet, bytes, c);
    *vector = sheet.0;
}

/// Adds what the words of a candidate say, by the log-odds of each.
pub fn weigh(vector: &mut Vector, clues: &[u32], of: impl Fn(u32) -> i8) {
    let mut sheet = Sheet(*vector);
    odds::fill(&mut sheet, clues, of);
    *vector = sheet.0;
}
