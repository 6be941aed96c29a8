//! The negative control: a made-up key of the same shape, so that a provider which accepts anything is
//! found out before its first "live" is believed. Pure; the asking is in `mod`.

use sha2::{Digest, Sha256};

use crate::api::encode::{base64, from_base64};
use crate::api::values::Values;
use crate::finding::{Part, Secret};

/// At most so many characters are changed.
const CHANGED: usize = 10;

/// The same credential with its secret changed, wherever its parts repeat it; a checksum stays right.
pub(super) fn mutated(secret: &Secret, parts: &[Part], checksum: Option<&str>) -> Option<Values> {
    let text = secret.reveal_str()?;
    let changed = encoded_login(text).unwrap_or_else(|| with_checksum(&change(text), checksum));
    if changed == text {
        return None;
    }
    let replaced = parts.iter().map(|part| Part {
        name: part.name.clone(),
        value: match part.value.reveal_str() {
            Some(value) if !text.is_empty() => Secret::new(value.replace(text, &changed)),
            _ => part.value.clone(),
        },
    });
    let parts: Vec<_> = replaced.collect();
    Some(Values::of(&Secret::new(&changed), &parts))
}

/// `base64(user:password)` with another password, if the text is that.
fn encoded_login(text: &str) -> Option<String> {
    let login = String::from_utf8(from_base64(text)?).ok()?;
    let (user, password) = login.split_once(':')?;
    let plain = !user.is_empty() && login.chars().all(|c| !c.is_control());
    plain.then(|| base64(format!("{user}:{}", change(password))))
}

/// Changes letters and digits in the second half, each within its class, so that the shape stays. The end
/// is left alone: base64 padding and its neighbours have rules of their own. Of an address only what
/// follows the last slash is touched.
fn change(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let start = match text.rfind('/') {
        Some(at) if text.contains("://") => text[..=at].chars().count(),
        _ if chars.len() >= 16 => chars.len() / 2,
        _ => 0,
    };
    let spared = if chars.len() >= 16 { 3 } else { 0 };
    let end = chars.len().saturating_sub(spared).max(start);
    let noise = Sha256::digest(text.as_bytes());
    let mut out = chars;
    let eligible = (start..end).filter(|at| out[*at].is_ascii_alphanumeric());
    for (turn, at) in eligible
        .take(CHANGED)
        .collect::<Vec<_>>()
        .into_iter()
        .enumerate()
    {
        out[at] = next(out[at], noise[turn % noise.len()]);
    }
    out.into_iter().collect()
}

/// Another character of the same class; hexadecimal letters stay hexadecimal.
fn next(c: char, noise: u8) -> char {
    const CLASSES: [&str; 5] = [
        "0123456789",
        "abcdef",
        "ghijklmnopqrstuvwxyz",
        "ABCDEF",
        "GHIJKLMNOPQRSTUVWXYZ",
    ];
    let class = CLASSES.iter().find(|class| class.contains(c));
    let Some(class) = class else { return c };
    let at = class.find(c).unwrap_or_default();
    let step = 1 + usize::from(noise) % (class.len() - 1);
    let to = (at + step) % class.len();
    class[to..].chars().next().unwrap_or(c)
}

/// The text with its checksum made right again, for the sums that are known.
fn with_checksum(text: &str, checksum: Option<&str>) -> String {
    let made = match checksum {
        Some("github-crc32" | "npm-crc32") => github(text),
        Some("grafana-crc32") => grafana(text),
        Some("crates-xor") => crates(text),
        Some("gitlab-routable") => gitlab(text),
        _ => None,
    };
    made.unwrap_or_else(|| text.to_owned())
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn in_base(mut number: u32, digits: &[u8], width: usize) -> String {
    let base = u32::try_from(digits.len()).unwrap_or(u32::MAX);
    let mut out = vec![digits[0]; width];
    for place in out.iter_mut().rev() {
        *place = digits[(number % base) as usize];
        number /= base;
    }
    String::from_utf8(out).unwrap_or_default()
}

fn github(text: &str) -> Option<String> {
    let (prefix, rest) = text.split_once('_')?;
    let body = rest.get(..rest.len().checked_sub(6)?)?;
    let sum = crc32fast::hash(body.as_bytes());
    Some(format!("{prefix}_{body}{}", in_base(sum, BASE62, 6)))
}

fn grafana(text: &str) -> Option<String> {
    let (body, _) = text.rsplit_once('_')?;
    let sum = crc32fast::hash(body.as_bytes()).to_le_bytes();
    let sum: String = sum.iter().map(|b| format!("{b:02x}")).collect();
    Some(format!("{body}_{sum}"))
}

fn crates(text: &str) -> Option<String> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let body = text.strip_prefix("cio_tp_")?;
    let body = body.get(..body.len().checked_sub(1)?)?;
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    let letter = char::from(LETTERS[usize::from(sum) % LETTERS.len()]);
    Some(format!("cio_tp_{body}{letter}"))
}

fn gitlab(text: &str) -> Option<String> {
    if !text.contains('.') {
        return None;
    }
    let body = text.get(..text.len().checked_sub(7)?)?;
    let digits = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let sum = crc32fast::hash(body.as_bytes());
    Some(format!("{body}{}", in_base(sum, digits, 7)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, checksum: Option<&str>) -> String {
        let values = mutated(&Secret::from(text), &[], checksum).unwrap();
        values
            .get("secret")
            .unwrap()
            .reveal_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn the_shape_stays_and_the_value_does_not() {
        for text in [
            "3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a",
            "acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P",
            "hunter2",
            "RkZGRkZGRkZGRkZGRkZGRkZGRkZGRg==",
        ] {
            let changed = of(text, None);
            assert_ne!(changed, text);
            let same_class = |(a, b): (char, char)| {
                a.is_ascii_digit() == b.is_ascii_digit()
                    && a.is_ascii_lowercase() == b.is_ascii_lowercase()
                    && (!a.is_ascii_hexdigit() || b.is_ascii_hexdigit())
            };
            assert!(
                text.chars().zip(changed.chars()).all(same_class),
                "{changed}"
            );
            assert_eq!(text.len(), changed.len());
        }
    }

    #[test]
    fn of_an_encoded_login_only_the_password_changes() {
        let changed = of(&base64("builder:Tr4inWind0wLamp7x"), None);
        let login = String::from_utf8(from_base64(&changed).unwrap()).unwrap();
        assert!(
            login.starts_with("builder:Tr4in") && !login.ends_with("Wind0wLamp7x"),
            "{login}"
        );
    }

    #[test]
    fn the_host_of_an_address_stays() {
        let changed = of(
            "https://hooks.acme.example/services/T0/B0/abcdefghijklmnop",
            None,
        );
        assert!(changed.starts_with("https://hooks.acme.example/services/T0/B0/"));
    }

    #[test]
    fn checksums_stay_right() {
        // The worked examples: recomputing the sum of an unchanged body gives the published value.
        let same = [
            ("github-crc32", "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"),
            ("github-crc32", "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"),
            ("crates-xor", "cio_tp_FakeFakeFakeFakeFakeFakeFake000Z"),
            (
                "grafana-crc32",
                "glsa_FakeFakeFakeFakeFakeFakeFakeFake_490e6de1",
            ),
            (
                "gitlab-routable",
                "glpat-bzoxCnU6MjIAAAAAAAAAAAAAAAAAAAAAEA.01.0y0vy2gxg",
            ),
        ];
        for (checksum, text) in same {
            assert_eq!(with_checksum(text, Some(checksum)), text);
            let changed = of(text, Some(checksum));
            assert_ne!(changed, text);
            assert_eq!(with_checksum(&changed, Some(checksum)), changed);
        }
    }

    #[test]
    fn parts_that_repeat_the_secret_change_with_it() {
        let part = Part {
            name: "url".into(),
            value: Secret::from("https://u:correcthorse@h/"),
        };
        let values = mutated(&Secret::from("correcthorse"), &[part], None).unwrap();
        let url = values.get("url").unwrap().reveal_str().unwrap();
        assert!(!url.contains("correcthorse") && url.starts_with("https://u:"));
        assert!(mutated(&Secret::from("----"), &[], None).is_none());
    }
}
