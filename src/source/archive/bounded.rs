//! Bounded: a reader that ends when the container has brought enough, or when it is damaged, and
//! says so afterwards, so that what came before is looked at all the same.

use std::cell::Cell;
use std::io::{self, Read};

pub(super) struct Bounded<'r> {
    input: &'r mut dyn Read,
    left: &'r Cell<u64>,
    trouble: Option<String>,
}

impl<'r> Bounded<'r> {
    pub(super) fn new(input: &'r mut dyn Read, left: &'r Cell<u64>) -> Bounded<'r> {
        Bounded {
            input,
            left,
            trouble: None,
        }
    }

    /// Why it ended early, if it did.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.trouble.is_some() {
            return Ok(0);
        }
        let left = usize::try_from(self.left.get()).unwrap_or(usize::MAX);
        if left == 0 {
            self.trouble = Some("it unpacks to more than is looked at".to_owned());
            return Ok(0);
        }
        let room = to.len().min(left);
        match self.input.read(&mut to[..room]) {
            Ok(got) => {
                self.left.set(self.left.get() - got as u64);
                Ok(got)
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => Err(cause),
            Err(cause) => {
                self.trouble = Some(format!("damaged: {cause}"));
                Ok(0)
            }
        }
    }
}
