//! What the value looks like by itself: its alphabet, its order, how far it reads like words, which known things it
//! resembles. Name and surroundings are not looked at.

use std::sync::LazyLock;

use super::features::{F, Sheet};
use super::known;
use super::lexicon::{Lexicon, words};
use super::resemblance;
use super::spoken;
use super::vocabulary::Vocabulary;
use super::wordset::WordSet;

/// Longest value that is examined byte by byte.
const EXAMINED: usize = 256;

/// Words that stand where a value should be put.
const PLACEHOLDERS: &str = "your example change changeme placeholder dummy sample todo insert replace here enter \
     fake redacted removed hidden masked some any my xxx xxxx none null undefined fixme \
     generate generated random value string required optional default unset empty \
     filtered encrypted stub mock foo bar baz blah somewhere set missing invalid wrong \
     bad";

/// Words for passwords and their owners in general: as a whole value they say nothing.
const WEAK: &str = "password passwd pass pwd pw secret test testing token key foo bar baz admin root \
     user guest abc abcd xyz qux secretkey mysecret mypassword mytoken apikey passphrase \
     demo default example dummy value something whatever string text hello world \
     credentials username";

/// The word itself in other languages: a value that says it is a translation.
static TRANSLATED: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(&[(
        1,
        &[
            b"passwort",
            b"kennwort",
            b"wachtwoord",
            "contraseña".as_bytes(),
            b"contrasena",
            b"senha",
            b"mot de passe",
            "пароль".as_bytes(),
            "парол".as_bytes(),
            "密码".as_bytes(),
            "密碼".as_bytes(),
            "口令".as_bytes(),
            "パスワード".as_bytes(),
            "비밀번호".as_bytes(),
            "hasło".as_bytes(),
            "lösenord".as_bytes(),
            b"salasana",
            "jelszó".as_bytes(),
            b"heslo",
            b"parola",
            b"adgangskode",
            b"passord",
            "şifre".as_bytes(),
            b"lozinka",
            b"geslo",
            "slaptažod".as_bytes(),
            b"parole",
            b"palavra",
            "令牌".as_bytes(),
            "密钥".as_bytes(),
            b"clave",
            "mật khẩu".as_bytes(),
        ],
    )])
});

/// Words that say the value is about secrets.
const SAYING: &str =
    "password passwd pass pwd secret token key auth credential credentials passphrase";

/// Passwords people pick most.
const POPULAR: &str = "123456 12345678 123456789 1234567890 12345 1234 111111 000000 123123 654321 666666 \
     888888 password password1 password123 passw0rd p@ssw0rd p@ssword pa$$word pa$$w0rd \
     qwerty qwerty123 qwertyuiop abc123 letmein welcome welcome1 monkey dragon iloveyou \
     admin admin123 administrator root root123 toor changeit changeme secret secret123 \
     s3cr3t s3cret sekret sikrit supersecret topsecret master sunshine princess football \
     baseball superman trustno1 hunter2 1q2w3e4r 1qaz2wsx zaq12wsx asdfgh asdfasdf \
     asdf1234 postgres mysql oracle tiger scott guest manager tomcat test123 test1234 \
     testing123 pass123 pass1234 temp123 foobar bananas swordfish opensesame";

static MEANINGS: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::new([PLACEHOLDERS, WEAK, POPULAR, SAYING]));
const IS_PLACEHOLDER: u32 = 1;
const IS_WEAK: u32 = 2;
const IS_POPULAR: u32 = 4;
const IS_SAYING: u32 = 8;

pub(super) fn fill(sheet: &mut Sheet, lexicon: &Lexicon, value: &[u8]) {
    let v = &value[..value.len().min(EXAMINED)];
    sheet.set(F::Length, value.len().min(4096));
    alphabet(sheet, v);
    order(sheet, v);
    reading(sheet, lexicon, v);
    resemblance::fill(sheet, v);
    spoken::fill(sheet, v);
    known::fill(sheet, v);
}

/// Counts of classes, entropy, first and last byte.
fn alphabet(sheet: &mut Sheet, v: &[u8]) {
    let mut counts = [0u16; 256];
    let mut classes = [0i16; 6];
    for b in v {
        counts[usize::from(*b)] += 1;
        classes[class(*b)] += 1;
    }
    for (f, n) in [
        F::Digits,
        F::Lower,
        F::Upper,
        F::Marks,
        F::Blanks,
        F::Foreign,
    ]
    .into_iter()
    .zip(classes)
    {
        sheet.set(f, n);
    }
    let n = v.len().max(1);
    let (mut distinct, mut held) = (0, 0);
    for b in v {
        // Each character is counted where it stands first.
        let count = std::mem::take(&mut counts[usize::from(*b)]);
        distinct += i16::from(count > 0);
        held += LOGS[usize::from(count).min(LOGS.len() - 1)];
    }
    sheet.set(F::Distinct, distinct);
    sheet.set(
        F::Entropy,
        (LOGS[n.min(LOGS.len() - 1)].saturating_sub(held) / n as u32) / 16,
    );
    sheet.set(F::FirstClass, v.first().map_or(0, |b| mark(*b)));
    sheet.set(F::LastClass, v.last().map_or(0, |b| mark(*b)));
}

/// 0 digit, 1 small, 2 capital, 3 mark, 4 blank, 5 beyond ASCII.
fn class(b: u8) -> usize {
    match b {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        b' ' | b'\t' => 4,
        0x80.. => 5,
        _ => 3,
    }
}

/// A finer class for the ends of a value, in an order that trees can cut.
fn mark(b: u8) -> i16 {
    match b {
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 3,
        b'=' => 4,
        b'!' | b'@' | b'#' | b'&' | b'*' | b'^' | b'?' => 5,
        b'_' | b'-' | b'+' | b'/' | b'~' => 6,
        b'.' | b',' | b':' | b';' => 7,
        b'(' | b')' | b'[' | b']' => 8,
        b'{' | b'}' | b'<' | b'>' | b'$' | b'%' => 9,
        b'\\' | b'|' | b'"' | b'\'' | b'`' => 10,
        0x80.. => 11,
        _ => 12,
    }
}

/// 1024 times c * log2(c), in integers.
const LOGS: [u32; EXAMINED + 1] = {
    let mut t = [0u32; EXAMINED + 1];
    let mut c = 1;
    while c <= EXAMINED {
        t[c] = c as u32 * log2(c as u64);
        c += 1;
    }
    t
};

/// 1024 times the binary logarithm, by squaring.
const fn log2(n: u64) -> u32 {
    let whole = 63 - n.leading_zeros();
    let mut x = (n << 32) >> whole;
    let mut out = whole * 1024;
    let mut bit = 512;
    while bit > 0 {
        x = ((x as u128 * x as u128) >> 32) as u64;
        if x >= 2 << 32 {
            x >>= 1;
            out += bit;
        }
        bit /= 2;
    }
    out
}

/// Runs, repetitions and neighbours in the alphabet or on the keyboard.
fn order(sheet: &mut Sheet, v: &[u8]) {
    let (mut changes, mut repeats, mut steps) = (0, 0, 0);
    for p in v.windows(2) {
        changes += i16::from(class(p[0]) != class(p[1]));
        repeats += i16::from(p[0] == p[1]);
        steps += i16::from(
            p[1] == p[0].wrapping_add(1) || p[1] == p[0].wrapping_sub(1) || neighbours(p[0], p[1]),
        );
    }
    let share = |n: i16| i32::from(n) * 100 / v.len().max(2) as i32;
    sheet.set(F::Changes, changes);
    sheet.set(F::Repeated, share(repeats));
    sheet.set(F::Sequence, share(steps));
    sheet.set(F::DigitRun, longest(v, u8::is_ascii_digit));
    sheet.set(F::LetterRun, longest(v, u8::is_ascii_alphabetic));
}

fn neighbours(a: u8, b: u8) -> bool {
    FOLLOWERS[usize::from(a)].contains(&u16::from(b))
}

/// What stands to the right of each key on the keyboard; between its rows a blank counts as a key.
const FOLLOWERS: [[u16; 2]; 256] = {
    const ROWS: &[u8] = b"qwertyuiop asdfghjkl zxcvbnm";
    let mut table = [[u16::MAX; 2]; 256];
    let mut at = 0;
    while at + 1 < ROWS.len() {
        let slot = &mut table[ROWS[at] as usize];
        let free = if slot[0] == u16::MAX { 0 } else { 1 };
        slot[free] = ROWS[at + 1] as u16;
        at += 1;
    }
    table
};

fn longest(v: &[u8], f: impl Fn(&u8) -> bool) -> i16 {
    let (mut best, mut run) = (0i16, 0i16);
    for b in v {
        run = if f(b) { run + 1 } else { 0 };
        best = best.max(run);
    }
    best
}

/// Words, and what the words say.
fn reading(sheet: &mut Sheet, lexicon: &Lexicon, v: &[u8]) {
    sheet.set(F::Surprise, lexicon.surprise(v));
    let cover = lexicon.cover(v);
    sheet.set(F::Covered, cover.percent);
    sheet.set(F::Words, cover.words);
    sheet.set(F::Rarest, cover.rarest);
    sheet.set(F::Commonest, cover.commonest);
    sheet.set(F::LongestWord, cover.longest);
    let (mut placeholders, mut says) = (0i16, 0i16);
    words(v, |w| {
        let meaning = MEANINGS.meaning(w);
        placeholders += i16::from(meaning & IS_PLACEHOLDER > 0);
        says += i16::from(meaning & IS_SAYING > 0);
    });
    let run = v
        .split(|b| !b.is_ascii_alphanumeric())
        .filter(|r| {
            r.len() < v.len()
                && r.iter().any(u8::is_ascii_digit)
                && r.iter().any(u8::is_ascii_alphabetic)
        })
        .map(<[u8]>::len)
        .max();
    sheet.set(F::Token, run.unwrap_or(0));
    sheet.set(F::Translated, i16::from(TRANSLATED.held(v) > 0));
    sheet.set(F::Placeholder, placeholders);
    sheet.set(F::SaysSecret, says);
    let stem = &v[..v.len()
        - v.iter()
            .rev()
            .take_while(|b| b.is_ascii_digit())
            .count()
            .min(v.len())];
    let whole = MEANINGS.meaning(v);
    let weak = if whole & IS_WEAK > 0 {
        2
    } else {
        i16::from(MEANINGS.meaning(stem) & IS_WEAK > 0)
    };
    sheet.set(F::Weak, weak);
    sheet.set(F::Common, i16::from(whole & IS_POPULAR > 0));
    sheet.set(
        F::Leet,
        i16::from(cover.percent < 100 && is_leet(lexicon, v)),
    );
}

/// Words, once the digits and signs in place of letters are read as these.
fn is_leet(lexicon: &Lexicon, v: &[u8]) -> bool {
    if v.len() >= 24 || v.iter().all(|b| unleet(*b) == *b) {
        return false;
    }
    let plain: Vec<u8> = v.iter().map(|b| unleet(*b)).collect();
    plain.iter().all(u8::is_ascii_alphabetic) && lexicon.cover(&plain).percent == 100
}

fn unleet(b: u8) -> u8 {
    match b {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        other => other,
    }
}
