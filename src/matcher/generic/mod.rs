//! Secrets of no known provider: where one may be written down (`extract`, `further`), and how likely it is one
//! (`score`). Finding the stems in a blob and making findings of candidates belong to the matcher.

mod assignment;
mod below;
mod blank;
mod command;
mod features;
mod header;
mod jwk;
mod jwt;
mod known;
mod levels;
mod lexicon;
mod markup;
mod model;
mod namelike;
mod naming;
mod nearby;
mod odds;
mod otherwise;
mod path;
mod phrase;
mod plausible;
mod resemblance;
mod shape;
mod spoken;
mod stems;
mod surroundings;
mod table;
mod text;
mod url;
mod value;
mod vocabulary;
mod wordset;
mod wrapped;

use std::ops::Range;

use crate::finding::Confidence;
use stems::Kind;
use text::Window;

pub use features::{COUNT as FEATURE_COUNT, NAMES as FEATURE_NAMES, Vector, features, weigh};
pub use lexicon::{Lexicon, learn, words};
pub use model::{Model, Node};
pub use odds::{Odds, clues};

/// Farthest byte before or after a stem hit that `extract` reads.
pub const RADIUS: usize = 256;

/// The literals (lower case ASCII, and UTF-8 words of other scripts) whose presence makes a position worth a look.
/// They are to be searched without regard to ASCII case.
pub const STEMS: &[&[u8]] = &stems::STEMS;

/// Longest value that is followed beyond the window.
const LONGEST: usize = 8 * 1024;

/// How the value was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// A name, a separator, a quoted value.
    Quoted,
    /// A name, a separator, a bare value.
    Bare,
    /// A call with the value as argument: a setter, a constructor, a lookup with a default.
    Call,
    /// The name is one text, the value the next: `put("password", "x")`, `name="password" value="x"`.
    Pair,
    /// An XML element or attribute.
    Element,
    /// A cell of a table.
    Cell,
    /// Between a user name and a host.
    Url,
    /// After an authorization scheme.
    Header,
    /// An argument of a command.
    Command,
    /// An SQL statement.
    Sql,
    /// A sentence.
    Prose,
    /// A JSON Web Token, whatever its name.
    Jwt,
    /// A member of a JSON Web Key.
    Jwk,
}

/// What the name says the value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    Password,
    Token,
    Key,
    Secret,
    Auth,
    Credential,
    Url,
}

/// A value written down next to a word that says it is a secret. Byte offsets into the blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub value: Range<usize>,
    pub key: Range<usize>,
    pub form: Form,
    pub category: Category,
    /// The end of the value lies outside of what `extract` may read; `complete` finds it.
    pub open: bool,
}

/// How likely a candidate is a secret, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Log-odds in thousandths, calibrated on repositories the model has not seen.
    pub points: i32,
    pub confidence: Confidence,
    /// What moved the score most, strongest first.
    pub reasons: Vec<(String, i32)>,
}

/// The candidate a stem hit announces, if any. Reads at most `RADIUS` bytes on either side of `hit`.
pub fn extract(bytes: &[u8], hit: usize, stem: usize) -> Option<Candidate> {
    let (literal, kind) = stems::kind(stem)?;
    let w = Window::around(bytes, hit, RADIUS);
    if !w.starts(hit, literal) {
        return None;
    }
    let found = match kind {
        Kind::Word(category) => assignment::read(&w, hit, literal, category),
        Kind::Foreign => phrase::foreign(&w, hit..hit + literal.len()),
        Kind::Url => url::read(&w, hit),
        Kind::Scheme => header::read(&w, hit..hit + literal.len()),
        Kind::Switch => command::switch(&w, hit..hit + literal.len()),
        Kind::Call => command::call(&w, hit..hit + literal.len()),
        Kind::Identified => phrase::identified(&w, hit..hit + literal.len()),
        Kind::Oracle => url::oracle(&w, hit..hit + literal.len()),
        Kind::Secure => command::secure(&w, hit..hit + literal.len()),
        Kind::Driver => url::driver(&w, hit),
        Kind::OneTime => command::one_time(&w, hit..hit + literal.len()),
        Kind::Jwk => return jwk::read(&w, hit..hit + literal.len()),
        Kind::Shape => jwt::read(&w, hit),
    }?;
    plausible::holds(&w, &found).then_some(found)
}

/// The password at `value` as a candidate, where it is part of an address.
pub fn in_address(bytes: &[u8], value: Range<usize>) -> Option<Candidate> {
    url::known(bytes, value)
}

/// More values of the same name: the cells below, where the candidate is one of a table, and the rest of a list.
/// With them, if there may be any, where it ends what was looked at.
pub fn further(bytes: &[u8], c: &Candidate) -> (Vec<Candidate>, Option<usize>) {
    match c.form {
        Form::Sql | Form::Cell => (table::below(bytes, c), Some(c.value.end + SPREAD)),
        Form::Quoted | Form::Pair => match table::listed(bytes, c) {
            Some((more, end)) => (more, Some(end)),
            None => (Vec::new(), None),
        },
        _ => (Vec::new(), None),
    }
}

/// How far around value and name everything is looked for but the value itself.
pub const LINE: usize = surroundings::LINE + 1;

/// How far from a name its table is looked at.
const SPREAD: usize = table::REACH;

/// The candidate with its value followed to its end, where that lies beyond what `extract` could see; without a value
/// where the end shows that it was none.
pub fn complete(bytes: &[u8], mut c: Candidate) -> Candidate {
    if !c.open {
        return c;
    }
    if c.form == Form::Jwk {
        return jwk::complete(bytes, c);
    }
    let before = c
        .value
        .start
        .checked_sub(1)
        .and_then(|i| bytes.get(i))
        .copied()
        .unwrap_or(0);
    let stop = bytes.len().min(c.value.start + LONGEST);
    let quoted = text::is_quote(before);
    while c.value.end < stop {
        let b = bytes[c.value.end];
        let ends = if quoted {
            b == before || b == b'\\'
        } else {
            !text::is_token(b) && b != b'%'
        };
        if ends || b == b'\n' || b == b'\r' {
            break;
        }
        c.value.end += 1;
    }
    c.open = false;
    if c.form == Form::Jwt && !jwt::is_signed(&bytes[c.value.clone()]) {
        c.value.end = c.value.start;
    }
    c
}

/// How likely the candidate is a secret. Integer arithmetic throughout: the same on every machine.
pub fn score(bytes: &[u8], c: &Candidate, path: Option<&str>) -> Score {
    let c = complete(bytes, c.clone());
    let mut vector = vector(bytes, &c, path);
    features::look_around(&mut vector, bytes, &c);
    told(bytes, &c, &vector, model::points(&vector))
}

/// The same, if it has `least` points; four in five have less whatever the lines around them say.
pub fn score_from(bytes: &[u8], c: &Candidate, path: Option<&str>, least: i32) -> Option<Score> {
    let c = complete(bytes, c.clone());
    let mut vector = vector(bytes, &c, path);
    if !model::may_reach(&vector, least) {
        return None;
    }
    features::look_around(&mut vector, bytes, &c);
    let points = model::points(&vector);
    (points >= least).then(|| told(bytes, &c, &vector, points))
}

/// All features but those of the lines around.
fn vector(bytes: &[u8], c: &Candidate, path: Option<&str>) -> Vector {
    let model = model::embedded();
    let mut vector = features::own(&model.lexicon, bytes, c, path);
    weigh(&mut vector, &clues(bytes, c, path), |clue| {
        model.odds.of(clue)
    });
    vector
}

/// What the points of a vector mean.
fn told(bytes: &[u8], c: &Candidate, vector: &Vector, points: i32) -> Score {
    let mut score = model::embedded().score(vector, points);
    if c.form == Form::Header && header::is_answer(&bytes[c.key.clone()]) {
        score.confidence = Confidence::Low;
    }
    score
}

/// What a score comes to at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Most {
    /// Too little, whatever stands farther away than `LINE` from value and name.
    LittleNear,
    /// Too little at any path.
    Little,
    /// Enough at some path, perhaps.
    Enough,
}

/// Whether [`score`] may give `least` points at any path.
pub fn most(bytes: &[u8], c: &Candidate, least: i32) -> Most {
    let c = complete(bytes, c.clone());
    let mut vector = vector(bytes, &c, None);
    features::look_around(&mut vector, bytes, &c);
    if model::most(&vector, &features::FREE, least) < least {
        return Most::LittleNear;
    }
    match model::most(&vector, &features::FREE[1..], least) < least {
        true => Most::Little,
        false => Most::Enough,
    }
}

/// The text reads like a name that somebody chose, `npyv_reinterpret_u16`: of values made of random letters
/// and digits, 16 or more of them, not three in ten thousand do (measured on 100,000 of each length).
pub(super) fn reads_like_name(text: &[u8]) -> bool {
    model::embedded().lexicon.spelled(text) >= 30
}

#[cfg(test)]
mod tests;
