//! Standard input: one content without a name. It is read on a thread of its own, so that an
//! interrupt ends the scan although nobody writes.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::{Item, Sink, file};
use crate::finding::SourceKind;

/// So much is read at once.
const PIECE: usize = 256 << 10;
/// So many pieces may wait.
const WAITING: usize = 4;
/// How often it is looked whether the run shall end.
const LOOK: Duration = Duration::from_millis(50);

/// Hands what `input` brings to `sink`, up to `max` bytes.
pub fn scan(input: impl Read + Send + 'static, max: u64, sink: &dyn Sink) {
    let item = Item::whole(SourceKind::Stdin, b"", &[]);
    let mut pieces = Pieces {
        from: pieces(input),
        piece: Vec::new(),
        at: 0,
        sink,
    };
    file::deliver_stream(&mut pieces, &item, max, sink);
}

/// Reads until the end, an error, or until nobody listens any more.
fn pieces(mut input: impl Read + Send + 'static) -> Receiver<io::Result<Vec<u8>>> {
    let (send, receive) = sync_channel(WAITING);
    std::thread::spawn(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = match input.read(&mut piece) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
                Ok(0) => return,
                Ok(read) => {
                    piece.truncate(read);
                    Ok(piece)
                }
                Err(cause) => Err(cause),
            };
            let failed = read.is_err();
            if send.send(read).is_err() || failed {
                return;
            }
        }
    });
    receive
}

struct Pieces<'s> {
    from: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    at: usize,
    sink: &'s dyn Sink,
}

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            match self.from.recv_timeout(LOOK) {
                Ok(piece) => (self.piece, self.at) = (piece?, 0),
                Err(RecvTimeoutError::Timeout) if !self.sink.stopped() => {}
                Err(_) => return Ok(0),
            }
        }
        let count = to.len().min(self.piece.len() - self.at);
        to[..count].copy_from_slice(&self.piece[self.at..][..count]);
        self.at += count;
        Ok(count)
    }
}
