//! `json`: the machine contract in one document.

use std::io::{self, Write};

use super::view::View;
use super::{Format, Options, escape, v1};

pub(super) struct Json;

impl Format for Json {
    fn write(&self, view: &View, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        let report = v1::Report::of(view, options.list_suppressed);
        let text = serde_json::to_string_pretty(&report)?;
        writeln!(out, "{}", escape::json(&text))
    }
}
