//! The one test binary: a file a subject, driven through the library and the built binary.

mod layering;
mod patterns;
mod services;
mod support;
mod verify_engine;
mod verify_faults;
mod verify_replies;
