//! Budget: how often one credential may be tried in a day where trying counts as an attempt, remembered across
//! runs. The file holds salted hashes and counts, never an id.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::encode::hex;
use super::values::random_bytes;

const FILE: &str = "attempts";
const LONGEST_FILE: u64 = 4 << 20;
const DAY: i64 = 86_400;

/// Attempts of the last 24 hours.
pub struct Budget {
    most: u32,
    home: Option<PathBuf>,
    salt: String,
    spent: Mutex<HashMap<String, Vec<i64>>>,
}

impl Budget {
    /// At most `most` attempts a day; remembered below `home` if there is one.
    pub fn open(most: u32, home: Option<PathBuf>, now: i64) -> Budget {
        let text = home.as_ref().and_then(|home| {
            let file = home.join(FILE);
            let small = fs::metadata(&file).is_ok_and(|meta| meta.len() <= LONGEST_FILE);
            small.then(|| fs::read_to_string(file).ok()).flatten()
        });
        let text = text.unwrap_or_default();
        let mut lines = text.lines();
        let salt = lines.next().filter(|salt| salt.len() == 32);
        let salt = salt.map_or_else(|| hex(random_bytes(16)), str::to_owned);
        let mut spent: HashMap<String, Vec<i64>> = HashMap::new();
        for line in lines {
            if let Some((id, at)) = line.split_once(' ')
                && let Ok(at) = at.parse::<i64>()
                && at > now - DAY
                && at <= now + DAY
            {
                spent.entry(id.to_owned()).or_default().push(at);
            }
        }
        Budget {
            most,
            home,
            salt,
            spent: Mutex::new(spent),
        }
    }

    /// Takes one attempt for the credential that `id` names; false if there is none left.
    pub fn take(&self, kind: &str, id: &[u8], now: i64) -> bool {
        let mut hash = Sha256::new();
        hash.update(&self.salt);
        hash.update(kind);
        hash.update([0]);
        hash.update(id);
        let key = hex(&hash.finalize()[..16]);
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let times = spent.entry(key).or_default();
        let recent = times.iter().filter(|at| **at > now - DAY).count();
        if recent >= usize::try_from(self.most).unwrap_or(usize::MAX) {
            return false;
        }
        times.push(now);
        true
    }

    /// Writes what was spent; a file that cannot be written costs memory of it, nothing else.
    pub fn save(&self) -> std::io::Result<()> {
        let Some(home) = &self.home else {
            return Ok(());
        };
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.is_empty() {
            return Ok(());
        }
        let mut lines: Vec<_> = spent
            .iter()
            .flat_map(|(id, times)| times.iter().map(move |at| format!("{id} {at}\n")))
            .collect();
        lines.sort();
        fs::create_dir_all(home)?;
        let mut file = tempfile::NamedTempFile::new_in(home)?;
        writeln!(file, "{}", self.salt)?;
        file.write_all(lines.concat().as_bytes())?;
        file.persist(home.join(FILE)).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_remembered_for_a_day_and_name_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let home = Some(dir.path().to_path_buf());
        let budget = Budget::open(2, home.clone(), 1000);
        assert!(budget.take("k", b"AKIAFAKE", 1000));
        assert!(budget.take("k", b"AKIAFAKE", 1000));
        assert!(!budget.take("k", b"AKIAFAKE", 1000));
        assert!(budget.take("k", b"AKIAELSE", 1000));
        budget.save().unwrap();
        let text = fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(!text.contains("AKIA") && text.lines().count() == 4);
        let again = Budget::open(2, home.clone(), 2000);
        assert!(!again.take("k", b"AKIAFAKE", 2000));
        let tomorrow = Budget::open(2, home, 1001 + DAY);
        assert!(tomorrow.take("k", b"AKIAFAKE", 1001 + DAY));
    }

    #[test]
    fn a_broken_file_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), b"junk\n x\n\xff").unwrap();
        let budget = Budget::open(1, Some(dir.path().to_path_buf()), 5);
        assert!(budget.take("k", b"id", 5));
        assert!(budget.save().is_ok());
    }
}
