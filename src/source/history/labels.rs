//! Labels: the names of branches, tags and all other refs are texts too. What they point at is another
//! matter.

use super::blobs::Reader;
use super::refs::Refs;
use super::scanner::{BlobScanner, Outcome, Subject};

/// Shows every name to the scanner; tells which give something away.
pub(crate) fn read<S: BlobScanner>(refs: &Refs, scanner: &S) -> Vec<Subject> {
    let mut reader = Reader::new(scanner, None, false);
    let names = refs.names.keys().map(|name| name.as_bytes());
    let subjects = names.map(|name| (Subject::Ref(name.to_vec()), name));
    subjects
        .filter(|(subject, name)| reader.text(subject, name) == Outcome::Found)
        .map(|(subject, _)| subject)
        .collect()
}
