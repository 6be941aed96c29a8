//! The little of ASN.1 that LDAP and Kerberos need: tag, length, value. Pure.

/// An element of this tag.
pub(super) fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    // As short as can be: that is DER too.
    let length = u32::try_from(value.len()).unwrap_or_default().to_be_bytes();
    match length {
        [0, 0, 0, short] if short < 128 => out.push(short),
        [0, 0, 0, one] => out.extend([0x81, one]),
        [0, 0, a, b] => out.extend([0x82, a, b]),
        _ => {
            out.push(0x84);
            out.extend(length);
        }
    }
    out.extend(value);
    out
}

/// The elements of a value, as far as they are whole.
pub(super) fn elements(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut out = Vec::new();
    while let Some((tag, value, rest)) = first(bytes) {
        out.push((tag, value));
        bytes = rest;
    }
    out
}

fn first(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (length, rest) = length(rest)?;
    let (value, rest) = rest.split_at_checked(length)?;
    Some((*tag, value, rest))
}

/// A length and what follows it.
pub(super) fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 128 {
        return Some((usize::from(*first), rest));
    }
    let count = usize::from(*first & 0x7f);
    if !(1..=4).contains(&count) {
        return None;
    }
    let (digits, rest) = rest.split_at_checked(count)?;
    let length = digits
        .iter()
        .fold(0, |sum, digit| sum << 8 | usize::from(*digit));
    Some((length, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_as_they_were_written() {
        for length in [0, 127, 128, 255, 256, 300, 65_535, 65_536] {
            let long = vec![7; length];
            let both = [element(0x04, b"ab"), element(0x30, &long)].concat();
            assert_eq!(elements(&both), [(0x04, &b"ab"[..]), (0x30, &long[..])]);
        }
        assert!(elements(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).is_empty());
        assert!(elements(&[0x30, 0x80]).is_empty());
    }
}
