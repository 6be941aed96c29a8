//! Tally: what was seen, skipped (and why) and failed. Nothing disappears in silence.

use std::collections::BTreeMap;

/// Why something that was asked for was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// Looked like binary data and no decoder knows it.
    Binary,
    /// Larger than the limit.
    TooLarge,
    /// The file or directory could not be read.
    Unreadable,
    /// The object is not in this repository (a partial clone, a missing pack).
    Missing,
    /// History ends at a shallow boundary.
    Shallow,
    /// A Git LFS pointer; the content is elsewhere.
    LfsPointer,
    /// The object or pack entry is damaged.
    Corrupt,
    /// A time limit ended it.
    Timeout,
    /// A symbolic link that leaves the root, or a special file.
    Special,
    /// A submodule that is not checked out.
    Submodule,
    /// The run was interrupted before it was reached.
    Interrupted,
    /// Excluded by the user's settings.
    Excluded,
    /// An archive, or a member of one, that cannot be opened: encrypted, damaged, of an unknown
    /// sort, too deep or too much.
    Archive,
}

impl Skip {
    /// Every reason, in the order reports list them.
    pub const ALL: [Skip; 13] = [
        Skip::Binary,
        Skip::TooLarge,
        Skip::Unreadable,
        Skip::Missing,
        Skip::Shallow,
        Skip::LfsPointer,
        Skip::Corrupt,
        Skip::Timeout,
        Skip::Special,
        Skip::Submodule,
        Skip::Interrupted,
        Skip::Excluded,
        Skip::Archive,
    ];

    /// The contract's word.
    pub fn word(self) -> &'static str {
        match self {
            Skip::Binary => "binary",
            Skip::TooLarge => "too_large",
            Skip::Unreadable => "unreadable",
            Skip::Missing => "missing",
            Skip::Shallow => "shallow",
            Skip::LfsPointer => "lfs_pointer",
            Skip::Corrupt => "corrupt",
            Skip::Timeout => "timeout",
            Skip::Special => "special",
            Skip::Submodule => "submodule",
            Skip::Interrupted => "interrupted",
            Skip::Excluded => "excluded",
            Skip::Archive => "archive",
        }
    }

    /// True if the user asked for this and did not get it: the answer is incomplete and the exit
    /// code says so. What is binary, special or excluded was looked at and put aside on purpose, and
    /// an archive that cannot be opened was read as the bytes it is.
    pub fn incomplete(self) -> bool {
        !matches!(
            self,
            Skip::Binary | Skip::Special | Skip::Excluded | Skip::Archive
        )
    }

    /// What the user can do about it.
    pub fn remedy(self) -> Option<&'static str> {
        match self {
            Skip::TooLarge => Some("raise --max-file-size"),
            Skip::Unreadable => {
                Some("what stands in the way is named below: permissions, damage, a password")
            }
            Skip::Missing => Some(
                "fetch the missing objects: git fetch --refetch --no-filter, or clone without --filter",
            ),
            Skip::Shallow => Some("git fetch --unshallow"),
            Skip::LfsPointer => Some("git lfs pull"),
            Skip::Corrupt => Some("git fsck --full, then clone anew what is damaged"),
            Skip::Timeout => Some("raise --timeout"),
            Skip::Submodule => Some("git submodule update --init --recursive"),
            Skip::Interrupted => Some("run it again to the end"),
            Skip::Archive => Some("unpack them and scan what was inside"),
            Skip::Binary | Skip::Special | Skip::Excluded => None,
        }
    }
}

/// One thing that failed, for the list of failures.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// Why.
    pub reason: Skip,
    /// Which file, object or host.
    pub subject: String,
    /// What the system said.
    pub detail: String,
}

/// At most this many failures are kept one by one; the counts are always whole.
const KEPT: usize = 200;

/// Counts of one run; two tallies add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files of the tree, the index or an archive that were scanned.
    pub files: u64,
    /// Distinct blobs of the history that were scanned.
    pub blobs: u64,
    /// Bytes of content those files and blobs hold.
    pub bytes: u64,
    /// Commits whose messages were read.
    pub commits: u64,
    /// How many were skipped, by reason.
    pub skipped: BTreeMap<Skip, u64>,
    /// The first failures, one by one.
    pub failed: Vec<Failure>,
}

impl Tally {
    /// Counts one skipped thing.
    pub fn skip(&mut self, reason: Skip) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Counts one skipped thing and keeps what it was.
    pub fn fail(&mut self, reason: Skip, subject: impl Into<String>, detail: impl Into<String>) {
        self.skip(reason);
        if self.failed.len() < KEPT {
            self.failed.push(Failure {
                reason,
                subject: subject.into(),
                detail: detail.into(),
            });
        }
    }

    /// Adds another tally to this one.
    pub fn add(&mut self, other: Tally) {
        self.files += other.files;
        self.blobs += other.blobs;
        self.bytes += other.bytes;
        self.commits += other.commits;
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        self.failed.extend(other.failed);
        self.failed.sort();
        self.failed.truncate(KEPT);
    }

    /// The reasons for which part of what was asked for was not read.
    pub fn incomplete(&self) -> Vec<(Skip, u64)> {
        let wanted = |(reason, count): (&Skip, &u64)| {
            (reason.incomplete() && *count > 0).then_some((*reason, *count))
        };
        self.skipped.iter().filter_map(wanted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_word() {
        let mut words: Vec<_> = Skip::ALL.iter().map(|s| s.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Skip::ALL.len());
    }

    #[test]
    fn what_was_put_aside_on_purpose_is_not_incomplete() {
        let mut tally = Tally::default();
        tally.skip(Skip::Binary);
        assert!(tally.incomplete().is_empty());
        tally.fail(Skip::Corrupt, "pack-1", "bad zlib header");
        assert_eq!(tally.incomplete(), [(Skip::Corrupt, 1)]);
    }
}
