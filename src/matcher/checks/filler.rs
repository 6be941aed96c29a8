//! Filler: values that stand for a secret without being one: placeholders, references, patterns a
//! hand makes on a keyboard, encrypted text.

/// Words that no random value of the usual lengths holds by chance.
const WORDS: &[&[u8]] = &[
    b"example",
    b"placeholder",
    b"changeme",
    b"change_me",
    b"change-me",
    b"replaceme",
    b"replace_me",
    b"replace-me",
    b"your_",
    b"your-",
    b"yourkey",
    b"yourtoken",
    b"yoursecret",
    b"yourapi",
    b"xxxx",
    b"redacted",
    b"dummy",
    b"sample",
    b"insert",
    b"goes_here",
    b"goes-here",
    b"goeshere",
    b"_here",
    b"-here",
    b"notreal",
    b"not_real",
    b"not-real",
    b"masked",
    b"hidden",
    b"removed",
    b"deadbeefdeadbeef",
    b"0123456789",
    b"1234567890",
    b"abcdefghij",
    b"qwertyuiop",
    b"asdfghjkl",
    b"0000000000",
    b"foobar",
    b"lorem",
    b"obfuscated",
    b"censored",
    b"accesskey",
];

/// What stands for a password in examples, and what programs ship with.
const WHOLE: &[&[u8]] = &[
    b"password",
    b"passwd",
    b"pass",
    b"pwd",
    b"passw0rd",
    b"secret",
    b"guest",
    b"user",
    b"username",
    b"token",
    b"string",
    b"none",
    b"null",
    b"nil",
    b"true",
    b"false",
    b"test",
    b"testing",
    b"foo",
    b"bar",
    b"baz",
    b"anonymous",
    b"admin",
    b"root",
    b"mypassword",
    b"mysecret",
    b"pw",
    b"key",
];

/// How a value begins that refers to a secret or holds it encrypted.
const REFERENCES: &[&[u8]] = &[
    b"${",
    b"#{",
    b"{{",
    b"<%",
    b"$(",
    b"%(",
    b"<",
    b"secrets.",
    b"vault:",
    b"!ref",
    b"!sub",
    b"!vault",
    b"enc[",
    b"enc(",
    b"$ansible_vault",
    b"op://",
    b"ssm:",
    b"arn:aws:secretsmanager",
    b"arn:aws:ssm",
    b"ref://",
    b"projects/",
    b"@microsoft.keyvault",
    b"process.env",
    b"os.environ",
    b"env.",
    b"{cipher}",
    // AWS KMS ciphertexts begin alike.
    b"aqicah",
    b"aqecah",
    // Base64 of `http`.
    b"ahr0c",
    b"ref+",
    // What stands for a translated text in Crowdin's own editor.
    b"crwdn",
    // What logs have instead of the value.
    b"hmac-sha256:",
    // What programs keep of a password.
    b"sha1:",
    b"sha256:",
    b"sha512:",
    b"argon2:",
    b"pbkdf2:sha",
];

/// Says where a secret is, or holds it encrypted.
const REFERENCE: &str = "a reference or an encrypted value";

/// What stands for a password in examples.
pub const WORD: &str = "a word for a secret";

/// It holds a word that says so.
pub const PLACEHOLDER: &str = "a placeholder";

/// Part of it was taken out.
const MASKED: &str = "masked";

/// See [`filler`]: people take it for a password, `Abc12345678`.
pub const SEQUENCE: &str = "characters in their order";

/// Why the value is only a stand-in.
pub fn filler(value: &[u8]) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    if REFERENCES.iter().any(|start| lower.starts_with(start)) {
        return Some(REFERENCE);
    }
    if WHOLE.contains(&lower.as_slice()) {
        return Some(WORD);
    }
    if constant(value) {
        return Some("a variable's name");
    }
    if row_id(&lower) {
        return Some("the id of a row");
    }
    if let Some(template) = template(&lower) {
        return Some(template);
    }
    if empty_block(value) {
        return Some("a block with nothing in it");
    }
    if holds_word(&lower) {
        return Some(PLACEHOLDER);
    }
    // What comes after the last separator is the part that a machine would have made.
    let body = body(&lower);
    if body.len() < 8 {
        return None;
    }
    if one_character(body) {
        return Some("one character over and over");
    }
    if repeats(body) {
        return Some("the same text over and over");
    }
    sequential(body).then_some(SEQUENCE)
}

/// The id that Hibernate gives a row: two halves that each hold a time in milliseconds, that of the program's start
/// and that of now, not much later; here the 49 days that both fell into are compared.
fn row_id(value: &[u8]) -> bool {
    let byte = |at: usize| {
        let text = std::str::from_utf8(&value[at..at + 2]).ok()?;
        u8::from_str_radix(text, 16).ok()
    };
    let later = || byte(18)?.checked_sub(byte(8)?);
    value.len() == 32
        && &value[16..18] == b"01"
        && value.iter().all(u8::is_ascii_hexdigit)
        && later().is_some_and(|spans| spans <= 1)
}

/// PEM lines without a key between them, whatever follows: nothing, dots, or the program that takes such lines apart.
fn empty_block(value: &[u8]) -> bool {
    const DASHES: &[u8] = b"-----";
    let label = value.strip_prefix(b"-----BEGIN ").unwrap_or_default();
    let Some(at) = memchr::memmem::find(label, DASHES) else {
        return false;
    };
    let body = &label[at + DASHES.len()..];
    let end = memchr::memmem::find(body, b"-----END ").unwrap_or(body.len());
    !body[..end].split(|b| !is_code(*b)).any(is_line_of_code)
}

fn is_code(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// A part of a key in base64, which names of variables and functions are not.
fn is_line_of_code(run: &[u8]) -> bool {
    const SHORTEST: usize = 24;
    run.len() >= SHORTEST
        && run.iter().any(u8::is_ascii_digit)
        && run.iter().any(u8::is_ascii_uppercase)
}

/// The name of a constant or a variable of the environment, `INFLUX_API_TOKEN`, `TR31_E1_MKEY_CONFIDENTIALITY`.
fn constant(value: &[u8]) -> bool {
    let fits = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    if value.len() < 8 || !value.iter().all(fits) || !value[1..value.len() - 1].contains(&b'_') {
        return false;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let word = |part: &[u8]| part.len() >= 8 && part.iter().all(u8::is_ascii_uppercase);
    digits == 0 || digits * 6 <= value.len() && value.split(|b| *b == b'_').any(word)
}

/// A path, or a name as programs have them, `AssumeRoleWithWebIdentity`: letters only, few of them
/// capitals and never many in a row, and vowels as words have them. Of values made of all letters and
/// digits fewer than one in a thousand of this length looks so.
pub fn identifier(value: &[u8]) -> bool {
    let value = match value {
        // `secondRequest2`
        [name @ .., b, b'0'..=b'9'] if b.is_ascii_alphabetic() => &value[..=name.len()],
        _ => value,
    };
    let path = value.contains(&b'/');
    let (mut letters, mut capitals, mut vowels, mut others) = (0, 0, 0, 0);
    for byte in value {
        let sort = SORTS[usize::from(*byte)];
        letters += usize::from(sort & LETTER);
        capitals += usize::from(sort >> 1 & 1);
        vowels += usize::from(sort >> 2 & 1);
        others += usize::from(sort >> 3);
        // Most of what is asked about holds a digit.
        if others > 0 && !path {
            return false;
        }
    }
    if path && capitals == 0 && letters * 10 >= value.len() * 7 {
        return true;
    }
    letters >= 16
        && others == 0
        && capitals > 0
        && capitals * 10 <= letters * 3
        && (letters * 25..=letters * 55).contains(&(vowels * 100))
        && !value
            .windows(4)
            .any(|four| four.iter().all(u8::is_ascii_uppercase))
}

const LETTER: u8 = 1;

/// What [`identifier`] counts: letters, capitals, vowels, and what is neither a letter nor joins names.
static SORTS: [u8; 256] = {
    let mut sorts = [0; 256];
    let mut at = 0;
    while at < 256 {
        #[allow(clippy::cast_possible_truncation)]
        let byte = at as u8;
        let capital = byte.is_ascii_uppercase() as u8;
        let vowel = matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u') as u8;
        let joins = byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'_' | b'-' | b'/');
        let letter = if byte.is_ascii_alphabetic() {
            LETTER
        } else {
            0
        };
        sorts[at] = letter | capital << 1 | vowel << 2 | (!joins as u8) << 3;
        at += 1;
    }
    sorts
};

/// Which of [`WORDS`] have a byte in their first and in their second place, one bit each.
static BEGINS: [[u64; 256]; 2] = {
    let mut begins = [[0; 256]; 2];
    let mut at = 0;
    while at < WORDS.len() {
        begins[0][WORDS[at][0] as usize] |= 1 << at;
        begins[1][WORDS[at][1] as usize] |= 1 << at;
        at += 1;
    }
    begins
};

fn holds_word(lower: &[u8]) -> bool {
    lower.windows(2).enumerate().any(|(at, two)| {
        let mut left = BEGINS[0][usize::from(two[0])] & BEGINS[1][usize::from(two[1])];
        while left != 0 {
            if lower[at..].starts_with(WORDS[left.trailing_zeros() as usize]) {
                return true;
            }
            left &= left - 1;
        }
        false
    })
}

fn template(lower: &[u8]) -> Option<&'static str> {
    // One of these is in every sign looked for below.
    let sign = |b: &u8| matches!(b, b'{' | b'<' | b'%' | b'*' | b'.' | 0xe2);
    if !lower.iter().any(sign) {
        return None;
    }
    let has = |text: &[u8]| memchr::memmem::find(lower, text).is_some();
    let inside = has(b"${") || has(b"{{") || has(b"<%=") || (has(b"%(") && has(b")s"));
    if inside {
        return Some("a template");
    }
    let stars = lower.iter().all(|b| *b == b'*');
    (stars || has(b"***") || has(b"...") || has("…".as_bytes()) || has("•".as_bytes()))
        .then_some(MASKED)
}

/// The longest stretch of letters and digits.
fn body(value: &[u8]) -> &[u8] {
    value
        .split(|b| !b.is_ascii_alphanumeric())
        .max_by_key(|part| part.len())
        .unwrap_or_default()
}

/// One character makes up nearly all of it.
fn one_character(body: &[u8]) -> bool {
    // The only byte that more than half may be.
    let (mut most, mut votes) = (0, 0_usize);
    for byte in body {
        match (votes, *byte == most) {
            (0, _) => (most, votes) = (*byte, 1),
            (_, true) => votes += 1,
            (_, false) => votes -= 1,
        }
    }
    let count = body.iter().filter(|byte| **byte == most).count();
    let few = || {
        let other = body.iter().find(|byte| **byte != body[0]);
        let third = |byte: &&u8| **byte != body[0] && Some(*byte) != other;
        !body.iter().any(|byte| third(&byte))
    };
    count * 4 >= body.len() * 3 || (body.len() >= 12 && few())
}

/// A short text repeated to the end.
fn repeats(body: &[u8]) -> bool {
    (1..=body.len() / 3).any(|period| body[period..].iter().zip(body).all(|(a, b)| a == b))
}

/// Most characters are the neighbours of those before them.
fn sequential(body: &[u8]) -> bool {
    let steps = body
        .windows(2)
        .filter(|pair| pair[1] == pair[0].wrapping_add(1) || pair[0] == pair[1].wrapping_add(1));
    steps.count() * 10 >= (body.len() - 1) * 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_told() {
        for text in [
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            "your-api-key",
            "${DB_PASSWORD}",
            "{{ vault_token }}",
            "<your-token>",
            "sk_live_1234567890abcdefghijklmn",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "ENC[AES256_GCM,data:abc]",
            "INFLUX_API_TOKEN",
            "aHR0cDovL2kuaW1ndXIuY29tL293UndTR3AucG5n",
            "**",
            "secrets.GITHUB_TOKEN",
            "abcdefghijklmnop",
            "********",
            "sk-ant-...",
            "4028812c66b3cdde0166b3f446f70008",
            "ff80808155df978001560209166d3728",
            "crwdns781:0crwdne781:0",
            "MYSECRETACCESSKEY",
            "TR31_E1_EMV_MKEY_CONFIDENTIALITY",
            "hmac-sha256:011b64012d0de7d0486543c4c6563f0a499472dc1a78e59a",
            "00000000-0000-0000-0000-000000000000",
            "-----BEGIN PRIVATE KEY-----\\n-----END PRIVATE KEY-----\",\n\"-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\", \"\");\n    pem = pem.replace(\"-----END PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\\n\" +\n  \"abc\\n\" +\n  \"-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\") == -1) {\n  throw new IllegalPrivateKeyFormatException();\n}\nint end = text.indexOf(\"-----END PRIVATE KEY-----",
        ] {
            assert!(filler(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn names_of_programs_are_told_from_values() {
        for name in [
            "STS.AssumeRoleWithWebIdentity",
            "NewWebIdentityRoleProviderWithOptions",
            "listBucketAccessPointsRequest2",
        ] {
            assert!(identifier(name.as_bytes()), "{name}");
        }
        for value in [
            "STS.NUU5STaz44WMTO5DIUllH6ea",
            "qWmTbXcLpRzKdVhNsYgFjQwB",
            "correcthorsebatterystaple",
            "qWmTbXcLpRzKdVhNsYgFjQw7",
        ] {
            assert!(!identifier(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn made_up_but_random_values_are_not() {
        for text in [
            "acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P",
            "wq7Gq2LmX9Zt4Rb8Vn1Kc5Wy3PfakeFAKE+fak3/xY",
            "3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a",
            "hunter2",
            "glpat-bzox79Of-KE9FD2LjoXXF4CvyxA.01.0r0l8l6ir",
        ] {
            assert_eq!(filler(text.as_bytes()), None, "{text}");
        }
    }
}
