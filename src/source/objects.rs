//! Objects: single objects of a repository, read through one `git cat-file --batch` and not a process for each.
//! Whole histories are read by `history`, without git.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::git::{Git, GitError};

impl Git {
    /// A reader of objects.
    pub(super) fn objects(&self) -> Result<Objects, GitError> {
        let mut child = self
            .command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(GitError::Start)?;
        let broken = || GitError::Answer {
            command: "cat-file".to_owned(),
        };
        let ask = child.stdin.take().ok_or_else(broken)?;
        let answer = child.stdout.take().ok_or_else(broken)?;
        Ok(Objects {
            ask: Some(ask),
            answer: BufReader::with_capacity(64 << 10, answer),
            child,
        })
    }
}

/// What became of an object that was asked for.
pub(super) enum Object {
    /// Its content is in the buffer; this is its type.
    Here(String),
    /// It is not in the repository.
    Missing,
    /// It is larger than the limit: its type, and so many bytes.
    TooLarge(String, u64),
}

/// `git cat-file --batch`: objects one after the other, without a process for each.
#[derive(Debug)]
pub(super) struct Objects {
    ask: Option<ChildStdin>,
    answer: BufReader<ChildStdout>,
    child: Child,
}

impl Objects {
    /// Reads the object that `name` stands for into `buffer`.
    pub(super) fn read(
        &mut self,
        name: &str,
        max: u64,
        buffer: &mut Vec<u8>,
    ) -> std::io::Result<Object> {
        buffer.clear();
        let ask = self.ask.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        ask.write_all(format!("{name}\n").as_bytes())?;
        let mut header = String::new();
        self.answer.read_line(&mut header)?;
        let Some((kind, size)) = header_of(&header) else {
            return match header.ends_with('\n') {
                true => Ok(Object::Missing),
                false => Err(std::io::ErrorKind::UnexpectedEof.into()),
            };
        };
        let mut content = (&mut self.answer).take(size);
        let large = size > max;
        let got = match large {
            true => std::io::copy(&mut content, &mut std::io::sink())?,
            false => content.read_to_end(buffer)? as u64,
        };
        let mut newline = [0];
        self.answer.read_exact(&mut newline)?;
        // Of what is damaged git may write too much as well as too little.
        if got != size || newline != *b"\n" {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(match large {
            true => Object::TooLarge(kind, size),
            false => Object::Here(kind),
        })
    }
}

/// The type and size of an object that is there: `<id> <type> <size>`. What is not there is answered
/// with the name that was asked for, which may hold a file's name and so any words at all; but no
/// such name begins as an id ends.
fn header_of(line: &str) -> Option<(String, u64)> {
    let mut words = line.strip_suffix('\n')?.split(' ');
    let (id, kind, size) = (words.next()?, words.next()?, words.next()?);
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_hexdigit());
    let whole = is_id && words.next().is_none();
    whole.then_some((kind.to_owned(), size.parse().ok()?))
}

impl Drop for Objects {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.ask = None;
        drop(self.child.wait());
    }
}
