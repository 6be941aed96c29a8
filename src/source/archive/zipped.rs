//! ZIP: its members one by one, and the running text of Office and OpenDocument files.

use std::io::Read;

use zip::ZipArchive;
use zip::result::ZipError;

use super::{MEMBERS, Opener, Source, Trouble, office};

/// The text of one part of a document is taken from so much of it.
const PART: u64 = 16 << 20;

/// The record at the end of a ZIP without a remark is this long.
pub(super) const END: usize = 22;

/// A ZIP without a remark ends here.
pub(super) fn ends(bytes: &[u8]) -> bool {
    let end = bytes.len().checked_sub(END).map(|at| &bytes[at..]);
    end.is_some_and(|end| end.starts_with(b"PK\x05\x06") && end.ends_with(&[0, 0]))
}

/// Hands on the members of a ZIP file.
pub(super) fn read(opener: &Opener<'_>, input: &mut dyn Source) -> Result<(), Trouble> {
    let mut archive = ZipArchive::new(input).map_err(|cause| Trouble(cause.to_string()))?;
    for number in 0..archive.len() {
        if opener.sink.stopped() {
            return Ok(());
        }
        if opener.done() || number == MEMBERS {
            return Err(Trouble::new("it holds more than is looked at"));
        }
        let name = archive.name_for_index(number).and_then(Result::ok);
        let name = name.unwrap_or_default().into_owned().into_bytes();
        match archive.by_index(number) {
            Ok(file) if file.is_dir() => {}
            Ok(mut part) if office::is_text(&name) => document(opener, &name, &mut part),
            Ok(mut file) => opener.member(&name, &mut file),
            Err(cause) => opener.missed(&opener.path(&name), &said(&cause)),
        }
    }
    Ok(())
}

/// A part of a document: what a reader sees of it, without the marks between.
fn document(opener: &Opener<'_>, name: &[u8], part: &mut dyn Read) {
    let mut bytes = Vec::new();
    let left = opener.within.left;
    let most = PART.min(left.get());
    let got = part.take(most).read_to_end(&mut bytes);
    left.set(left.get().saturating_sub(bytes.len() as u64));
    opener.text(name, &office::text(&bytes));
    match got {
        Err(cause) => opener.missed(&opener.path(name), &format!("damaged: {cause}")),
        Ok(got) if got as u64 == most => {
            opener.missed(&opener.path(name), "the text is longer than is looked at");
        }
        Ok(_) => {}
    }
}

fn said(cause: &ZipError) -> String {
    match cause {
        ZipError::UnsupportedArchive(why) if *why == ZipError::PASSWORD_REQUIRED => {
            "encrypted".to_owned()
        }
        other => other.to_string(),
    }
}
