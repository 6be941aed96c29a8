//! What the tests stand on: servers on 127.0.0.1 that answer as they are told. Nothing here judges.

pub(crate) mod acme;
pub(crate) mod server;
