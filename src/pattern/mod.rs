//! What `patterns/` says: its schema, loading, lint and templates. Knows nothing of matching or calling.

pub mod anchor;
pub mod index;
pub mod lint;
pub mod load;
pub mod names;
pub mod pack;
pub mod problem;
pub mod schema;
mod services;
mod set;
pub mod template;

pub use set::{KindIx, KindRef, Lang, Patterns};
