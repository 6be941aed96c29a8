//! What the name says about its value: which words it is made of and what part they play. Only names are judged here.

use std::sync::LazyLock;

use super::Category;
use super::features::{F, Sheet};
use super::lexicon::words;
use super::vocabulary::Vocabulary;

/// Words that turn "secret" into something about a secret, by the feature they set.
const ROLES: &[(F, &str)] = &[
    (
        F::KeyId,
        "id ids uuid guid identifier identity arn sid index idx ref reference version number",
    ),
    (
        F::KeyName,
        "name names field fields label title text hint placeholder message msg error errors \
     prompt description desc help warning info column input form button caption header \
     param parameter attribute attr prefix suffix tag var variable regex pattern env \
     envvar property prop i18n lbl txt",
    ),
    (
        F::KeyPlace,
        "url uri endpoint path file filename dir directory location host port server page \
     link route folder address domain store storage provider source",
    ),
    (
        F::KeyKind,
        "type kind class method generator manager service factory policy strategy encoder \
     encoding format mode algorithm alg scheme grant scope scopes role roles permission \
     permissions status state config settings options opts handler helper util utils \
     validator parser reader writer interface model schema engine plugin module backend \
     driver realm style color size usage issuer audience claim claims",
    ),
    (
        F::KeyTime,
        "expires expiry expiration ttl timeout lifetime age date at time created updated \
     duration interval days validity seconds",
    ),
    (
        F::KeyCount,
        "length len size count max min limit attempts retries total num bits chars minimum \
     maximum budget usage cost rounds iterations",
    ),
    (
        F::KeyTruth,
        "is has enable enabled require required allow allowed use show valid needs disable \
     disabled can should with without no not remember supports only ignore auto check \
     verify",
    ),
    (
        F::KeyPublic,
        "public pub publishable primary foreign partition sort cache map dict object storage \
     routing shortcut hot press down up code binding keyboard registry row column index \
     unique composite config setting metric locale translation message query group",
    ),
    (
        F::KeyHash,
        "hash hashed digest checksum sha sha1 sha256 md fingerprint encrypted crypted crypt \
     signature sig thumbprint etag bcrypt encoded wrapped sealed ciphertext masked keygrip",
    ),
    (
        F::KeyNonce,
        "nonce csrf xsrf authenticity forgery antiforgery challenge verifier captcha recaptcha \
     sitekey postman websocket idempotency",
    ),
    (
        F::KeyVerb,
        "get set reset change update create delete forgot forgotten confirm confirmation \
     generate validate verify find load read parse ask enter missing invalid incorrect \
     expired revoke refresh request new old current repeat retype add remove on handle to \
     from",
    ),
    (
        F::KeyStrong,
        "api access client consumer private signing encryption master app application shared \
     bot deploy service account aws azure github slack jwt oauth cipher aes hmac license \
     webhook",
    ),
    (
        F::KeyUser,
        "db database user admin root mysql postgres pg redis smtp mail email ftp ssh ldap \
     mongo mongodb rabbitmq sudo login keystore truststore proxy wifi jdbc datasource sa \
     vault kafka broker connection",
    ),
    (
        F::KeyTest,
        "test wrong expected fake mock dummy example sample invalid bad actual expect assert \
     demo temp tmp any other",
    ),
];

static MEANINGS: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::new(ROLES.iter().map(|(_, words)| *words)));

/// Last words worth telling apart, in the order of their numbers.
const LAST: [&[u8]; 21] = [
    b"password",
    b"passwd",
    b"passwort",
    b"pwd",
    b"pass",
    b"pw",
    b"passphrase",
    b"passcode",
    b"secret",
    b"token",
    b"key",
    b"auth",
    b"authorization",
    b"credential",
    b"credentials",
    b"tokens",
    b"secrets",
    b"passwords",
    b"keys",
    b"seed",
    b"bearer",
];

pub(super) fn fill(sheet: &mut Sheet, key: &[u8], value: &[u8], category: Category) {
    sheet.set(F::KeyLength, key.len());
    sheet.set(F::KeyCategory, category as u8);
    let mut count = 0i16;
    let mut last = 0i16;
    let mut meaning = 0;
    words(key, |w| {
        count += 1;
        last = LAST
            .iter()
            .position(|l| l.eq_ignore_ascii_case(w))
            .map_or(-1, |i| i as i16 + 1);
        meaning = MEANINGS.meaning(w);
        set_roles(sheet, meaning, 1);
    });
    // The last word says what the thing is; the others only whose it is.
    if last == -1 {
        set_roles(sheet, meaning, 2);
    }
    sheet.set(F::KeyWords, count);
    sheet.set(F::KeyLast, last);
    sheet.set(F::KeyExact, i16::from(count == 1));
    sheet.set(F::KeyDotted, key.iter().filter(|b| **b == b'.').count());
    sheet.set(F::KeyFlag, key.iter().take_while(|b| **b == b'-').count());
    let upper = key.iter().filter(|b| b.is_ascii_uppercase()).count();
    let lower = key.iter().filter(|b| b.is_ascii_lowercase()).count();
    let case = match (lower, upper) {
        (0, 0) => 0,
        (_, 0) => 1,
        (0, _) => 4,
        _ if key.first().is_some_and(u8::is_ascii_uppercase) => 3,
        _ => 2,
    };
    sheet.set(F::KeyCase, case);
    sheet.set(F::LikeKey, likeness(key, value));
}

fn set_roles(sheet: &mut Sheet, meaning: u32, value: i16) {
    let mut left = meaning;
    while left != 0 {
        sheet.set(ROLES[left.trailing_zeros() as usize].0, value);
        left &= left - 1;
    }
}

/// 3 when name and value are the same but for case and marks, 2 when the value contains the name, 1 the other way.
fn likeness(key: &[u8], value: &[u8]) -> i16 {
    let plain = |text: &[u8]| -> Vec<u8> {
        text.iter()
            .take(64)
            .filter(|b| b.is_ascii_alphabetic())
            .map(u8::to_ascii_lowercase)
            .collect()
    };
    let (k, v) = (plain(key), plain(value));
    if k.len() < 3 || v.len() < 3 {
        return 0;
    }
    if k == v {
        return 3;
    }
    if holds(&v, &k) {
        2
    } else {
        i16::from(holds(&k, &v))
    }
}

fn holds(long: &[u8], short: &[u8]) -> bool {
    long.windows(short.len()).any(|x| x == short)
}
