//! Unix archives (`ar`): Debian packages and static libraries, member by member.

use std::io::{Read, SeekFrom};

use super::{MEMBERS, Opener, Source, Trouble};

/// What it begins with.
pub(super) const MAGIC: &[u8] = b"!<arch>\n";
/// Name 16, date 12, owner 6, group 6, mode 8, size 10, and two bytes that end it.
const HEADER: usize = 60;
const SIZE: std::ops::Range<usize> = 48..58;

/// Hands on the members.
pub(super) fn read(opener: &Opener<'_>, input: &mut dyn Source) -> Result<(), Trouble> {
    let damaged = |cause: std::io::Error| Trouble(format!("damaged: {cause}"));
    let mut at = MAGIC.len() as u64;
    for number in 0.. {
        if opener.sink.stopped() {
            return Ok(());
        }
        if opener.done() || number == MEMBERS {
            return Err(Trouble::new("it holds more than is looked at"));
        }
        input.seek(SeekFrom::Start(at)).map_err(damaged)?;
        let mut header = Vec::new();
        let read = (&mut *input).take(HEADER as u64).read_to_end(&mut header);
        match read.map_err(damaged)? {
            0 => break,
            HEADER if header.ends_with(b"`\n") => {}
            _ => {
                return Err(Trouble::new(
                    "damaged: no member's header where one must be",
                ));
            }
        }
        let size = std::str::from_utf8(&header[SIZE]).unwrap_or_default();
        let size: u64 = size
            .trim_end()
            .parse()
            .map_err(|_| Trouble::new("damaged: a member without a size"))?;
        let name = header[..16].trim_ascii_end();
        let name = name.strip_suffix(b"/").unwrap_or(name);
        opener.member(name, &mut (&mut *input).take(size));
        // The next begins at an even place. A size beyond the end leaves nothing there.
        at = at.saturating_add(HEADER as u64 + size);
        at = at.saturating_add(at % 2);
    }
    Ok(())
}
