//! Structure without a published checksum: identifiers that must decode to something sensible.

/// Decodes base32 in either case, without padding; `None` for other characters.
pub(super) fn base32(value: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len() * 5 / 8);
    let (mut word, mut bits) = (0_u32, 0);
    for byte in value {
        let digit = match byte.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        word = word << 5 | u32::from(digit);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits & 0xff).try_into().ok()?);
            word &= (1 << bits) - 1;
        }
    }
    Some(out)
}

/// The account number that an AWS access key id carries.
pub(in crate::matcher) fn aws_account(id: &[u8]) -> Option<u64> {
    let bytes = base32(id.get(4..20)?)?;
    let word = bytes
        .iter()
        .take(6)
        .fold(0, |word, b| word << 8 | u64::from(*b));
    Some((word & 0x7fff_ffff_ff80) >> 7)
}

/// An AWS key id is base32 behind its prefix. Which account it decodes to is a hint and no proof:
/// ids issued before 2019 decode to nonsense.
pub(super) fn aws_key_id(value: &[u8]) -> Option<bool> {
    let body = value.get(4..).and_then(base32);
    body.is_none_or(|bytes| bytes.len() != 10).then_some(false)
}

/// The digits of a card number and the like.
pub(super) fn luhn(value: &[u8]) -> Option<bool> {
    let digits: Vec<u32> = value
        .iter()
        .filter_map(|b| char::from(*b).to_digit(10))
        .collect();
    let double = |(at, digit): (usize, &u32)| match (at % 2, digit * 2) {
        (0, _) => *digit,
        (_, twice) if twice > 9 => twice - 9,
        (_, twice) => twice,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(double).sum();
    (!digits.is_empty()).then_some(sum.is_multiple_of(10))
}

/// `1234567890:AA…`: a bot id and 35 characters; the id is no sequence of equal digits.
pub(super) fn telegram(value: &[u8]) -> Option<bool> {
    let colon = value.iter().position(|b| *b == b':')?;
    let (id, key) = (&value[..colon], &value[colon + 1..]);
    let right = (8..=10).contains(&id.len())
        && id.iter().all(u8::is_ascii_digit)
        && id[0] != b'0'
        && key.len() == 35
        && key.starts_with(b"AA");
    (!right).then_some(false)
}

/// A Discord token begins with the base64 of its user's snowflake: 17 to 20 digits.
pub(super) fn discord(value: &[u8]) -> Option<bool> {
    use base64::Engine;
    let head = value.split(|b| *b == b'.').next()?;
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    let Ok(id) = engine.decode(head) else {
        return Some(false);
    };
    Some((17..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit))
}

/// Version and variant digits of a random UUID.
pub(super) fn uuid4(value: &[u8]) -> Option<bool> {
    let form = value.len() == 36 && [8, 13, 18, 23].iter().all(|at| value[*at] == b'-');
    let right = form && value[14] == b'4' && b"89abAB".contains(&value[19]);
    (!right).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::super::verify;
    use super::*;

    #[test]
    fn accounts_of_key_ids() {
        assert_eq!(aws_account(b"ASIAQNZGKIQY56JQ7WML"), Some(29_608_264_753));
        assert_eq!(aws_account(b"AKIASP2TPHJSQH3FJRUX"), Some(171_436_882_533));
        assert_eq!(aws_account(b"AKIAIOSFODNN7EXAMPLE"), Some(581_039_954_779));
    }

    #[test]
    fn structure_is_seen() {
        assert_eq!(verify("luhn", b"4242424242424242"), Some(true));
        assert_eq!(verify("luhn", b"4242424242424241"), Some(false));
        assert_eq!(
            verify("discord-snowflake", b"MTIzNDU2Nzg5MDEyMzQ1Njc4.abc.def"),
            Some(true)
        );
        assert_eq!(
            verify("discord-snowflake", b"abcdefgh.abc.def"),
            Some(false)
        );
        assert_eq!(
            verify("uuid-v4", b"3f1c9a7b-e25d-1846-9f7a-9c3be5d20846"),
            Some(false)
        );
        assert_eq!(
            verify("uuid-v4", b"3f1c9a7b-e25d-4846-9f7a-9c3be5d20846"),
            None
        );
        assert_eq!(verify("telegram", b"000:AA"), Some(false));
    }
}
