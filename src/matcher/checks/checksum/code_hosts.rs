//! Checksums of code hosts, registries and Grafana: CRC32 in several dresses, and one XOR.

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `ghp_` and its sisters: the last six characters are the CRC32 of the body in base 62.
pub(super) fn github(value: &[u8]) -> Option<bool> {
    let body = after_prefix(value)?;
    let (text, sum) = body.split_at_checked(body.len().checked_sub(6)?)?;
    let mut left = crc32fast::hash(text);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(left % 62) as usize];
        left /= 62;
    }
    Some(sum == digits)
}

/// npm is believed to do as GitHub does; a mismatch proves nothing.
pub(super) fn npm(value: &[u8]) -> Option<bool> {
    github(value).filter(|right| *right)
}

fn after_prefix(value: &[u8]) -> Option<&[u8]> {
    let at = value.iter().rposition(|b| *b == b'_')?;
    Some(&value[at + 1..])
}

/// `PREFIX-payload.01.LLCCCCCCC` (or without `.01`): CRC32 in base 36 over all before it.
pub(super) fn gitlab(value: &[u8]) -> Option<bool> {
    let dot = value.iter().rposition(|b| *b == b'.')?;
    let tail = &value[dot + 1..];
    if tail.len() != 9 {
        return None;
    }
    let (text, sum) = value.split_at(value.len() - 7);
    let sum = std::str::from_utf8(sum).ok()?;
    let length = std::str::from_utf8(&tail[..2]).ok()?;
    let payload = value[..dot].split(|b| *b == b'.').next()?;
    let stated = usize::from_str_radix(length, 36).ok()?;
    // The length covers the payload alone, which ends a token whose prefix has a known length or none.
    let room = payload.len() >= stated;
    Some(room && u32::from_str_radix(sum, 36).ok() == Some(crc32fast::hash(text)))
}

/// `cio`: the last character is the XOR of the 31 before it, in base 62.
pub(super) fn crates(value: &[u8]) -> Option<bool> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let at = value.iter().rposition(|b| *b == b'_')?;
    let (last, text) = value[at + 1..].split_last()?;
    let sum = text.iter().fold(0, |sum, b| sum ^ b);
    Some(text.len() == 31 && ALPHABET[usize::from(sum) % 62] == *last)
}

/// `glsa_…_cafe1234`: CRC32 of all before the last `_`, little-endian hexadecimal.
pub(super) fn grafana(value: &[u8]) -> Option<bool> {
    let at = value.iter().rposition(|b| *b == b'_')?;
    let sum = std::str::from_utf8(&value[at + 1..]).ok()?;
    let stated = u32::from_str_radix(sum, 16).ok()?;
    Some(sum.len() == 8 && stated.swap_bytes() == crc32fast::hash(&value[..at]))
}

#[cfg(test)]
mod tests {
    use super::super::verify;

    #[test]
    fn worked_examples() {
        let right = [
            (
                "github-crc32",
                "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".to_owned(),
            ),
            (
                "github-crc32",
                "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".to_owned(),
            ),
            ("github-crc32", format!("ghr_{}000OsvRJ", "Fake".repeat(17))),
            (
                "npm-crc32",
                "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".to_owned(),
            ),
            (
                "gitlab-routable",
                "glpat-bzox79Of-KE9FD2LjoXXF4CvyxA.01.0r0l8l6ir".to_owned(),
            ),
            (
                "gitlab-routable",
                "glpat-bzoxCnU6MjIAAAAAAAAAAAAAAAAAAAAAEA.01.0y0vy2gxg".to_owned(),
            ),
            (
                "crates-xor",
                "cio_tp_FakeFakeFakeFakeFakeFakeFake000Z".to_owned(),
            ),
            (
                "grafana-crc32",
                "glsa_yscW25imSKJIuav8zF37RZmnbiDvB05G_fcaaf58a".to_owned(),
            ),
            (
                "grafana-crc32",
                "glsa_iNValIdinValiDinvalidinvalidinva_5b582697".to_owned(),
            ),
            (
                "grafana-crc32",
                "glsa_FakeFakeFakeFakeFakeFakeFakeFake_490e6de1".to_owned(),
            ),
        ];
        for (rule, token) in right {
            assert_eq!(verify(rule, token.as_bytes()), Some(true), "{token}");
            let mut wrong = token.into_bytes();
            wrong[8] ^= 1;
            assert_ne!(verify(rule, &wrong), Some(true));
        }
        let unversioned = b"glpat-bzox79Of-KE9FD2LjoXXF4CvyxA.0r03gxo7s";
        assert_eq!(verify("gitlab-routable", unversioned), Some(true));
        assert_eq!(
            verify("gitlab-routable", b"glpat-abcdefghij0123456789"),
            None
        );
    }
}
