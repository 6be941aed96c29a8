//! Digest: the hash by which a repository names its objects and seals its files, told by its length.

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The hash of `length` bytes of all parts together.
pub(crate) fn digest(length: usize, parts: &[&[u8]]) -> Vec<u8> {
    fn hash<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
        let all = parts
            .iter()
            .fold(D::new(), |all, part| all.chain_update(part));
        all.finalize().to_vec()
    }
    match length {
        20 => hash::<Sha1>(parts),
        _ => hash::<Sha256>(parts),
    }
}
