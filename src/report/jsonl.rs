//! `jsonl`: the machine contract, one finding a line, then one summary line. Suppressed findings,
//! if asked for, stand between them as lines of type `suppressed`.

use std::io::{self, Write};

use serde::Serialize;

use super::view::View;
use super::{Format, Options, escape, v1};

pub(super) struct Jsonl;

impl Format for Jsonl {
    fn write(&self, view: &View, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        for item in &view.findings {
            line(out, &v1::Finding::of(item))?;
        }
        if options.list_suppressed {
            for silenced in &view.suppressed {
                line(out, &v1::Finding::suppressed(silenced))?;
            }
        }
        line(out, &v1::Summary::of(view))
    }
}

fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string(value)?;
    writeln!(out, "{}", escape::json(&text))
}
