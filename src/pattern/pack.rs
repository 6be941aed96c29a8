//! The packed form of a set of providers: written by `build.rs`, embedded in the binary, opened
//! without parsing. A provider is decoded when somebody first asks for it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::schema::Provider;

/// What is embedded. Text and records are borrowed from the packed bytes.
#[derive(Serialize, Deserialize)]
pub struct Packed<'a> {
    /// SHA-256 of `records`: tells one set of patterns from another.
    pub digest: [u8; 32],
    /// Where each provider lies in `records`, in order of its id.
    #[serde(borrow)]
    pub providers: Vec<ProviderRow<'a>>,
    /// Every id of a kind, ordered, with the kind it belongs to.
    #[serde(borrow)]
    pub ids: Vec<IdRow<'a>>,
    /// The providers one after the other, each by itself in postcard's format.
    pub records: &'a [u8],
}

/// One provider.
#[derive(Serialize, Deserialize)]
pub struct ProviderRow<'a> {
    /// Its id.
    pub id: &'a str,
    /// First byte of its record.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
    /// How many kinds it has.
    pub kinds: u32,
}

/// One id of a kind.
#[derive(Serialize, Deserialize)]
pub struct IdRow<'a> {
    /// The id.
    pub id: &'a str,
    /// Number of the kind: its position when the providers are read one after the other.
    pub kind: u32,
    /// It is the id of what is reported when parts are missing.
    pub alone: bool,
}

/// Why a set cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Two kinds or two providers of one name.
    #[error("the id `{0}` is used twice")]
    Twice(String),
    /// Four gigabytes of patterns, or postcard refused.
    #[error("cannot be packed: {0}")]
    Format(String),
}

/// Packs `providers`, ordered by their id. Samples and recorded replies stay behind: the tests
/// read them from the files, and a scan of our own binary finds no made-up secrets.
pub fn pack(providers: &[Provider]) -> Result<Vec<u8>, PackError> {
    let format = |error: postcard::Error| PackError::Format(error.to_string());
    let mut records = Vec::new();
    let mut rows = Vec::new();
    for provider in providers {
        let start = count(records.len())?;
        records.extend(postcard::to_allocvec(&lean(provider)).map_err(format)?);
        let (end, kinds) = (count(records.len())?, count(provider.secret.len())?);
        rows.push(ProviderRow {
            id: &provider.id,
            start,
            end,
            kinds,
        });
    }
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].id >= pair[1].id) {
        return Err(PackError::Twice(pair[1].id.to_string()));
    }
    let packed = Packed {
        digest: Sha256::digest(&records).into(),
        providers: rows,
        ids: ids(providers)?,
        records: &records,
    };
    postcard::to_allocvec(&packed).map_err(format)
}

/// Every id of a kind of these providers, ordered.
fn ids(providers: &[Provider]) -> Result<Vec<IdRow<'_>>, PackError> {
    let mut ids = Vec::new();
    for (at, kind) in providers
        .iter()
        .flat_map(|provider| &provider.secret)
        .enumerate()
    {
        let number = count(at)?;
        ids.push(IdRow {
            id: &kind.id,
            kind: number,
            alone: false,
        });
        if let Some(alone) = &kind.alone {
            ids.push(IdRow {
                id: &alone.id,
                kind: number,
                alone: true,
            });
        }
    }
    ids.sort_by_key(|row| row.id);
    match ids.windows(2).find(|pair| pair[0].id == pair[1].id) {
        Some(pair) => Err(PackError::Twice(pair[0].id.to_string())),
        None => Ok(ids),
    }
}

/// The provider without what only its tests need.
fn lean(provider: &Provider) -> Provider {
    let mut lean = provider.clone();
    for kind in &mut lean.secret {
        kind.matches.clear();
        kind.ignores.clear();
        kind.keyword_note = None;
    }
    lean.call.values_mut().for_each(|call| call.replies.clear());
    lean
}

fn count(n: usize) -> Result<u32, PackError> {
    u32::try_from(n).map_err(|_| PackError::Format(format!("{n} is too many")))
}
