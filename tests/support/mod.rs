//! What the tests stand on: servers on 127.0.0.1 that answer as they are told, temporary projects,
//! the program in a clean environment. Nothing here judges.

pub(crate) mod acme;
pub(crate) mod home;
pub(crate) mod project;
pub(crate) mod server;
pub(crate) mod tool;
