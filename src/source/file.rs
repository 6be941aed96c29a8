//! One file, read into a buffer that is used again for the next; large ones window by window, so
//! that memory stays flat. Mapping files into memory is not done here: a file of a working tree may
//! shrink while it is read, which kills a process that has it mapped, and reading costs no more.

use std::fs::File;
use std::io::{self, Read};

use memchr::{memchr_iter, memrchr};

use super::{Item, Sink, Window, archive};
use crate::finding::Skip;

/// Files up to this size are seen whole.
const WINDOW: usize = 16 << 20;
/// How much of its neighbourhood a window sees on either side.
const OVERLAP: usize = 256 << 10;
/// Most files are smaller than this.
const FIRST_READ: usize = 64 << 10;

/// Hands the content of `file` to `sink`, in windows if it is long. `item` says what it is.
pub(super) fn deliver(
    file: &mut File,
    item: &Item<'_>,
    max: u64,
    buffer: &mut Vec<u8>,
    sink: &dyn Sink,
) {
    match read_up_to(file, buffer, WINDOW + OVERLAP) {
        Err(cause) => sink.skip(Skip::Unreadable, item.path, &cause.to_string()),
        Ok((filled, true)) if filled as u64 > max => too_large(item, max, sink),
        Ok((filled, true)) => sink.content(&Item {
            bytes: &buffer[..filled],
            window: Window::whole(filled),
            ..*item
        }),
        Ok(_) if size_of(file).is_some_and(|size| size > max) => too_large(item, max, sink),
        Ok((filled, false)) => {
            if !archive::open_file(file, &buffer[..filled], item, sink) {
                windows(file, item, max, buffer[..filled].to_vec(), sink);
            }
        }
    }
}

/// The same for something whose size nobody knows beforehand.
pub fn deliver_stream(mut input: &mut dyn Read, item: &Item<'_>, max: u64, sink: &dyn Sink) {
    let mut buffer = Vec::new();
    match read_up_to(&mut input, &mut buffer, WINDOW + OVERLAP) {
        Err(cause) => sink.skip(Skip::Unreadable, item.path, &cause.to_string()),
        Ok((filled, true)) if filled as u64 > max => too_large(item, max, sink),
        Ok((filled, true)) => sink.content(&Item {
            bytes: &buffer[..filled],
            window: Window::whole(filled),
            ..*item
        }),
        Ok((filled, false)) => {
            buffer.truncate(filled);
            windows(&mut input, item, max, buffer, sink);
        }
    }
}

fn size_of(file: &File) -> Option<u64> {
    file.metadata().ok().map(|data| data.len())
}

fn too_large(item: &Item<'_>, max: u64, sink: &dyn Sink) {
    sink.skip(Skip::TooLarge, item.path, &format!("more than {max} bytes"));
}

/// Fills `buffer` with up to `limit` bytes: how many, and whether the end was reached. The buffer
/// never shrinks, so that its bytes are zeroed once and not once a file.
fn read_up_to(
    file: &mut impl Read,
    buffer: &mut Vec<u8>,
    limit: usize,
) -> io::Result<(usize, bool)> {
    let mut filled = 0;
    loop {
        if filled == limit {
            return Ok((filled, false));
        }
        if filled == buffer.len() {
            buffer.resize((filled * 4).clamp(FIRST_READ, limit), 0);
        }
        match file.read(&mut buffer[filled..]) {
            Ok(0) => return Ok((filled, true)),
            Ok(n) => filled += n,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
}

/// The windows of a long content. `buffer` holds its beginning; the reader stands after it.
fn windows(file: &mut impl Read, item: &Item<'_>, max: u64, mut buffer: Vec<u8>, sink: &dyn Sink) {
    let mut window = Window {
        until: WINDOW,
        ..Window::whole(0)
    };
    let mut ended = false;
    loop {
        if ended {
            window.until = buffer.len().max(1);
        }
        sink.content(&Item {
            bytes: &buffer,
            window,
            ..*item
        });
        if ended || sink.stopped() {
            return;
        }
        if (window.offset + buffer.len()) as u64 > max {
            return too_large(item, max, sink);
        }
        advance(&mut window, &mut buffer);
        let kept = buffer.len();
        buffer.resize(kept + WINDOW, 0);
        match fill(file, &mut buffer[kept..]) {
            Ok(got) => {
                ended = got < WINDOW;
                buffer.truncate(kept + got);
            }
            Err(cause) => return sink.skip(Skip::Unreadable, item.path, &cause.to_string()),
        }
        window.from = OVERLAP;
        window.until = OVERLAP + WINDOW;
    }
}

/// Drops what the next window need not see, and counts the lines that go with it.
fn advance(window: &mut Window, buffer: &mut Vec<u8>) {
    let gone = buffer.len() - 2 * OVERLAP;
    let lines = memchr_iter(b'\n', &buffer[..gone]).count();
    window.lines = window
        .lines
        .saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
    let rest = memrchr(b'\n', &buffer[..gone]).map_or(gone, |at| gone - at - 1);
    let before = if lines == 0 { window.column } else { 0 };
    window.column = before.saturating_add(u32::try_from(rest).unwrap_or(u32::MAX));
    window.offset += gone;
    buffer.drain(..gone);
}

fn fill(file: &mut impl Read, to: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < to.len() {
        match file.read(&mut to[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(filled)
}
