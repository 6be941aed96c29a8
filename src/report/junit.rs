//! `junit`: JUnit XML, one test case a finding. A finding that is done passes, a suppressed one is
//! skipped, and what could not be read is an error.

use std::io::{self, Write};

use super::escape::markup;
use super::view::{Item, View};
use super::{Format, Options};
use crate::finding::Urgency;

pub(super) struct Junit;

impl Format for Junit {
    fn write(&self, view: &View, _: &Options, out: &mut dyn Write) -> io::Result<()> {
        let missing = view.missing();
        let findings = view.findings.len();
        let failures = view
            .findings
            .iter()
            .filter(|item| item.urgency != Urgency::Done)
            .count();
        let clean = usize::from(findings == 0);
        let tests = findings + clean + view.suppressed.len() + missing.len();
        let time = format!("{}.{:03}", view.elapsed_ms / 1000, view.elapsed_ms % 1000);
        let counts = format!(
            "tests=\"{tests}\" failures=\"{failures}\" errors=\"{}\" skipped=\"{}\" time=\"{time}\"",
            missing.len(),
            view.suppressed.len(),
        );
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites name=\"unleak\" {counts}>")?;
        writeln!(out, "  <testsuite name=\"unleak\" {counts}>")?;
        if findings == 0 {
            writeln!(
                out,
                "    <testcase classname=\"unleak\" name=\"no secrets\"/>"
            )?;
        }
        for item in &view.findings {
            finding(out, item)?;
        }
        for silenced in &view.suppressed {
            let reasons = silenced.by.iter().filter_map(|by| by.reason.as_deref());
            let reason = markup(&reasons.collect::<Vec<_>>().join("; "));
            let case = case(&silenced.item);
            writeln!(
                out,
                "    <testcase {case}><skipped message=\"{reason}\"/></testcase>"
            )?;
        }
        for text in missing {
            let text = markup(&text);
            writeln!(
                out,
                "    <testcase classname=\"unleak\" name=\"not read: {text}\"><error type=\"incomplete\" message=\"{text}\"/></testcase>"
            )?;
        }
        writeln!(out, "  </testsuite>\n</testsuites>")
    }
}

fn case(item: &Item) -> String {
    let place = item
        .main_place()
        .map_or(String::new(), |spot| format!(" at {}", spot.text()));
    let name = format!("{}{place} [{}]", item.title(), item.fingerprint);
    format!(
        "classname=\"{}\" name=\"{}\"",
        markup(&item.kind),
        markup(&name)
    )
}

fn finding(out: &mut dyn Write, item: &Item) -> io::Result<()> {
    if item.urgency == Urgency::Done {
        return writeln!(out, "    <testcase {}/>", case(item));
    }
    let message = format!(
        "{} ({}, {})",
        item.shown(),
        item.status_text(),
        item.urgency
    );
    let message = markup(&message);
    writeln!(out, "    <testcase {}>", case(item))?;
    writeln!(
        out,
        "      <failure type=\"{}\" message=\"{message}\">",
        item.severity
    )?;
    let places = item.places.iter().map(|spot| spot.text());
    let reasons = [format!("score {}: {}", item.score, item.reasons.join(", "))];
    let lines = places
        .chain(reasons)
        .chain(item.steps.iter().cloned())
        .chain(item.console.clone());
    for line in lines {
        writeln!(out, "{}", markup(&line))?;
    }
    writeln!(out, "      </failure>\n    </testcase>")
}
