//! Buffers that are used again: rebuilding 160,000 blobs must not ask the allocator 160,000 times,
//! nor clear memory that is overwritten at once.

/// A byte buffer whose used length is smaller than what it owns.
#[derive(Default)]
pub(crate) struct Buffer {
    room: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// The used bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.room[..self.len]
    }

    /// The used bytes, to be overwritten.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.room[..self.len]
    }

    /// Makes `len` bytes usable; what is in them is left over from earlier uses.
    pub(crate) fn reset(&mut self, len: usize) {
        if self.room.len() < len {
            self.room = vec![0; len.next_multiple_of(1 << 15)];
        }
        self.len = len;
    }

    /// How much memory it owns.
    pub(crate) fn owned(&self) -> usize {
        self.room.len()
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(room: Vec<u8>) -> Buffer {
        Buffer {
            len: room.len(),
            room,
        }
    }
}

/// Buffers of one thread that are not in use.
pub(crate) struct Pool {
    free: Vec<Buffer>,
    owned: usize,
    limit: usize,
}

impl Pool {
    /// A pool that keeps at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Pool {
        Pool {
            free: Vec::new(),
            owned: 0,
            limit,
        }
    }

    /// A buffer of `len` bytes: the one used last that has the room, because it is still in the cache.
    pub(crate) fn take(&mut self, len: usize) -> Buffer {
        const LOOK: usize = 16;
        let fits = |buffer: &Buffer| buffer.owned() >= len;
        let found = self.free.iter().rev().take(LOOK).position(fits);
        let mut buffer = match found {
            Some(back) => self.free.remove(self.free.len() - 1 - back),
            None => self.free.pop().unwrap_or_default(),
        };
        self.owned -= buffer.owned();
        buffer.reset(len);
        buffer
    }

    /// Takes a buffer back.
    pub(crate) fn give(&mut self, buffer: Buffer) {
        if buffer.owned() > 0 && self.owned + buffer.owned() <= self.limit {
            self.owned += buffer.owned();
            self.free.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_keeps_no_more_than_its_limit() {
        let mut pool = Pool::new(1 << 16);
        let first = pool.take(10);
        let second = pool.take(40_000);
        assert_eq!((first.bytes().len(), second.bytes().len()), (10, 40_000));
        pool.give(first);
        pool.give(second);
        assert!(pool.owned <= 1 << 16);
        let again = pool.take(20_000);
        assert_eq!(again.bytes().len(), 20_000);
        assert_eq!(again.owned(), 1 << 15);
    }
}
