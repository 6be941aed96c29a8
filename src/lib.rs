//! unleak: the engine. One line per module, in floor order.

pub mod finding;

pub mod pattern;

pub mod api;

pub mod matcher;
pub mod report;
pub mod respond;
pub mod source;
pub mod triage;
pub mod verify;

pub mod config;
pub mod scan;
