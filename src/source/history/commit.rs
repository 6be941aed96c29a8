//! Commit and tag objects: their headers and the text in them. Who descends from whom is `graph`'s
//! business.

use super::fault::Fault;

const BAD: Fault = Fault::Corrupt("a commit or tag that is cut off or garbled");

/// The headers of a commit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) tree: Vec<u8>,
    pub(crate) parents: Vec<Vec<u8>>,
    /// Committer date, seconds since 1970.
    pub(crate) time: i64,
}

/// Name, e-mail and date as a commit or tag gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) time: i64,
}

/// The header lines up to the empty one, each with what is left after it.
fn headers(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = object;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or(&[]);
        (!line.is_empty()).then_some((line, rest))
    })
}

fn hex(digits: &[u8], hash: usize) -> Result<Vec<u8>, Fault> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).ok_or(BAD);
    if digits.len() != hash * 2 {
        return Err(BAD);
    }
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(nibble(pair[0])? << 4 | nibble(pair[1])?).map_err(|_| BAD))
        .collect()
}

/// Reads the headers of a commit.
pub(crate) fn commit(object: &[u8], hash: usize) -> Result<Commit, Fault> {
    let mut commit = Commit::default();
    for (line, _) in headers(object) {
        if let Some(id) = line.strip_prefix(b"tree ") {
            commit.tree = hex(id, hash)?;
        } else if let Some(id) = line.strip_prefix(b"parent ") {
            commit.parents.push(hex(id, hash)?);
        } else if let Some(who) = line.strip_prefix(b"committer ") {
            commit.time = person(who).time;
            break;
        }
    }
    if commit.tree.is_empty() {
        return Err(BAD);
    }
    Ok(commit)
}

/// The id a tag points at.
pub(crate) fn tag_target(object: &[u8], hash: usize) -> Result<Vec<u8>, Fault> {
    let (line, _) = headers(object).next().ok_or(BAD)?;
    hex(line.strip_prefix(b"object ").ok_or(BAD)?, hash)
}

/// Who wrote a commit (`author`) or a tag (`tagger`).
pub(crate) fn author(object: &[u8]) -> Person {
    let mut lines = headers(object);
    let found = lines.find_map(|(line, _)| {
        let author = line.strip_prefix(b"author ");
        author.or_else(|| line.strip_prefix(b"tagger "))
    });
    found.map(person).unwrap_or_default()
}

fn person(line: &[u8]) -> Person {
    let open = memchr::memchr(b'<', line).unwrap_or(line.len());
    let close = memchr::memrchr(b'>', line).unwrap_or(line.len()).max(open);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes.trim_ascii()).into_owned();
    let date = line.get(close + 1..).unwrap_or(&[]);
    let seconds = date.split(|b| *b == b' ').find(|word| !word.is_empty());
    let seconds = seconds.and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
    Person {
        name: text(&line[..open]),
        email: text(line.get(open + 1..close).unwrap_or(&[])),
        time: seconds.unwrap_or(0),
    }
}

/// What people wrote in a commit: names, addresses, extra headers, message; neither ids, which look
/// like keys, nor signatures. `scratch` is used if the text is not in one piece.
pub(crate) fn text<'a>(object: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let start = memchr::memmem::find(object, b"author ").unwrap_or(0);
    let object = &object[start..];
    let signed = |line: &[u8]| line.starts_with(b"gpgsig");
    if !headers(object).any(|(line, _)| signed(line)) {
        return object;
    }
    scratch.clear();
    let mut inside = false;
    let mut message: &[u8] = &[];
    for (line, after) in headers(object) {
        inside = signed(line) || inside && line.starts_with(b" ");
        if !inside {
            scratch.extend_from_slice(line);
            scratch.push(b'\n');
        }
        message = after;
    }
    scratch.extend_from_slice(message);
    scratch
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &[u8] = b"tree 0123456789012345678901234567890123456789\n\
parent abcdefabcdefabcdefabcdefabcdefabcdefabcd\n\
author A U Thor <a@example.com> 1112911993 -0700\n\
committer C O <c@example.com> 1112911999 +0100\n\
gpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n\
encoding latin-1\n\nsubject\n\nbody\n";

    #[test]
    fn headers_people_and_text() {
        let parsed = commit(SIGNED, 20).unwrap();
        assert_eq!(parsed.parents.len(), 1);
        assert_eq!((parsed.tree[0], parsed.time), (0x01, 1_112_911_999));
        let author = author(SIGNED);
        assert_eq!(
            (author.name.as_str(), author.time),
            ("A U Thor", 1_112_911_993)
        );
        let mut scratch = Vec::new();
        let text = text(SIGNED, &mut scratch);
        assert!(text.starts_with(b"author A U Thor"));
        assert!(text.ends_with(b"encoding latin-1\n\nsubject\n\nbody\n"));
        assert!(memchr::memmem::find(text, b"AAAA").is_none());
    }

    #[test]
    fn garbage_is_an_error_or_empty() {
        assert!(commit(b"", 20).is_err());
        assert!(commit(b"tree 12\n", 20).is_err());
        assert!(tag_target(b"object zz\n", 20).is_err());
        assert_eq!(author(b"author"), Person::default());
        assert_eq!(author(b"author ><><> x").time, 0);
        assert_eq!(text(b"", &mut Vec::new()), b"");
    }
}
