//! What `patterns/` says: its schema, loading, lint and templates. Knows nothing of matching or calling.

pub mod schema;
