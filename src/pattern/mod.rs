//! What `patterns/` says: its schema, loading, lint and templates. Knows nothing of matching or calling.

pub mod anchor;
pub mod entries;
mod filter;
pub mod incident;
pub mod index;
mod kind_ref;
pub mod lint;
pub mod load;
pub mod names;
pub mod outline;
pub mod pack;
pub mod problem;
pub mod schema;
mod services;
mod set;
mod steps;
pub mod template;

pub use kind_ref::{KindIx, KindRef, Lang, spoken};
pub use set::Patterns;
