//! Packs `patterns/` for embedding. A broken file of ours fails the build with its place and remedy.
#![allow(clippy::print_stdout, clippy::print_stderr)] // How a build script speaks to cargo.
#![allow(dead_code, unreachable_pub)] // The modules are the library's; this script needs half of them.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

#[path = "src/pattern"]
mod pattern {
    pub mod anchor;
    pub mod entries;
    pub mod incident;
    pub mod index;
    pub mod load;
    pub mod outline;
    pub mod pack;
    pub mod problem;
    pub mod schema;
    mod services;
    mod steps;
}

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=src/pattern");
    match packed().and_then(|files| files.into_iter().try_for_each(write)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The files to embed: what is known of every provider, and what the matcher needs of all of them.
fn packed() -> Result<[(&'static str, Vec<u8>); 2], String> {
    let loaded = pattern::load::directory(Path::new("patterns")).map_err(|problems| {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        all.join("\n\n")
    })?;
    let providers: Vec<_> = loaded.into_iter().map(|one| one.provider).collect();
    let patterns = pattern::pack::pack(&providers).map_err(|error| format!("patterns: {error}"))?;
    let index =
        pattern::index::Index::build(&providers).map_err(|error| format!("patterns: {error}"))?;
    let index = postcard::to_allocvec(&index).map_err(|error| format!("patterns: {error}"))?;
    Ok([("patterns.bin", patterns), ("index.bin", index)])
}

fn write((name, packed): (&str, Vec<u8>)) -> Result<(), String> {
    #[allow(clippy::disallowed_methods)] // Cargo hands its paths over in the environment.
    let dir = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    let path = Path::new(&dir).join(name);
    fs::write(&path, packed).map_err(|error| format!("{}: {error}", path.display()))
}
