//! Large: blobs that are larger than the engine holds in memory. Git itself is asked to write them out,
//! which it does piece by piece where they are stored whole.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::Ordering;

use crate::finding::BlobId;

use super::bulk::{BlobPass, Pass};
use super::fault::Fault;
use super::repo::Layout;
use super::scanner::{BlobScanner, Outcome};

/// From this size on git writes out what is stored whole without holding it.
const PIECEWISE: &str = "core.bigFileThreshold=16m";

impl BlobPass {
    /// Has those read piece by piece that are too large to be held, up to a limit.
    pub(crate) fn large<S: BlobScanner>(
        &mut self,
        pass: &Pass<'_>,
        scanner: &S,
        (layout, limit): (&Layout, u64),
    ) {
        let mut large = std::mem::take(&mut self.large);
        large.sort_unstable();
        large.dedup();
        for id in large {
            let read = match pass.cancel.load(Ordering::Relaxed) {
                true => Err(Fault::Cancelled),
                false if pass.limits.object as u64 >= limit => Err(Fault::TooLarge),
                false => Large::open(layout, &id, limit),
            };
            let done = read.and_then(|mut input| {
                let outcome = scanner.stream(id, &mut input);
                self.tally.blobs += 1;
                self.tally.bytes += input.size;
                let whole = input.is_whole();
                match (outcome, pass.store.find(id.as_bytes())) {
                    (Outcome::Found, _) => self.found.push(id),
                    (Outcome::Clean, Some(number)) if whole => self.clean.push(number),
                    _ => {}
                }
                match whole {
                    true => Ok(()),
                    false if pass.cancel.load(Ordering::Relaxed) => Err(Fault::Cancelled),
                    false => Err(Fault::Corrupt("git wrote only a part of it")),
                }
            });
            if let Err(fault) = done {
                self.tally
                    .fail(fault.skip(), id.to_string(), fault.to_string());
            }
        }
        self.found.sort_unstable();
        self.found.dedup();
    }
}

/// One blob as git writes it out.
pub(crate) struct Large {
    child: Child,
    output: BufReader<ChildStdout>,
    /// How long it is.
    size: u64,
    left: u64,
}

impl Large {
    /// Asks for a blob of up to `limit` bytes.
    pub(crate) fn open(layout: &Layout, id: &BlobId, limit: u64) -> Result<Large, Fault> {
        let none = |_| Fault::TooLarge;
        let mut child = ask(layout).spawn().map_err(none)?;
        let asked = child.stdin.take();
        let asked = asked.map(|mut stdin| writeln!(stdin, "{id}"));
        let output = child.stdout.take().map(BufReader::new);
        let (Some(Ok(())), Some(output)) = (asked, output) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Fault::TooLarge);
        };
        let mut large = Large {
            child,
            output,
            size: 0,
            left: 0,
        };
        large.size = large.header()?;
        if large.size > limit {
            return Err(Fault::TooLarge);
        }
        large.left = large.size;
        Ok(large)
    }

    /// Reads `ID blob SIZE`.
    fn header(&mut self) -> Result<u64, Fault> {
        const BAD: Fault = Fault::Corrupt("git cannot read it either");
        let mut line = Vec::new();
        let mut head = (&mut self.output).take(128);
        head.read_until(b'\n', &mut line).map_err(|_| BAD)?;
        let line = std::str::from_utf8(&line).map_err(|_| BAD)?;
        let mut words = line.split_whitespace().skip(1);
        match (words.next(), words.next().map(str::parse)) {
            (Some("blob"), Some(Ok(size))) => Ok(size),
            _ => Err(BAD),
        }
    }

    /// All of it was read, and git meant it: in place of what is damaged it may write anything, even more
    /// than it should, before it gives up.
    pub(crate) fn is_whole(&mut self) -> bool {
        let mut rest = Vec::new();
        self.left == 0
            && (&mut self.output).take(2).read_to_end(&mut rest).is_ok()
            && rest == b"\n"
            && self.child.wait().is_ok_and(|ended| ended.success())
    }
}

impl Read for Large {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let room = usize::try_from(self.left).map_or(to.len(), |left| left.min(to.len()));
        let got = self.output.read(&mut to[..room])?;
        self.left -= got as u64;
        Ok(got)
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        // It may be in the middle of writing; that it is gone already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(layout: &Layout) -> Command {
    let mut git = Command::new("git");
    git.args(["-c", PIECEWISE, "--git-dir"])
        .arg(&layout.git_dir)
        .args(["cat-file", "--batch"])
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    // A quarantine and whatever else was added to the repository's own directory.
    if let Ok(others) = std::env::join_paths(layout.objects.iter().skip(1)) {
        git.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", others);
    }
    git
}
