//! The one test binary: a file a subject, driven through the library and the built binary.

#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod chinese;
mod config;
mod harmless;
mod history_cache;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod history_exact;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod history_paths;
mod hook;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod layering;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod patterns;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod respond_cli;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod respond_refuses;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod scan_archive;
mod scan_git;
mod scan_tree;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod services;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod support;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod verify_cli;
mod verify_engine;
#[expect(clippy::unwrap_used, reason = "what fails here fails the test")]
mod verify_faults;
mod verify_replies;
