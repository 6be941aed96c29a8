//! Standard input: one content without a name.

use std::io::Read;

use super::{Item, Sink, file};
use crate::finding::SourceKind;

/// Hands what `input` brings to `sink`, up to `max` bytes.
pub fn scan(input: &mut dyn Read, max: u64, sink: &dyn Sink) {
    let item = Item::whole(SourceKind::Stdin, b"", &[]);
    file::deliver_stream(input, &item, max, sink);
}
