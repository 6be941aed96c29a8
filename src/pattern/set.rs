//! Patterns: every provider there is in one run, the built-in ones and the user's. Opening it reads
//! a table; a provider is decoded when it is first asked for.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::index::Index;
use super::kind_ref::{KindIx, KindRef};
use super::lint;
use super::load::{self, Loaded};
use super::pack::Packed;
use super::problem::{Problem, Weight};
use super::schema::Provider;

static BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/patterns.bin"));
static BUILT_IN_INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/index.bin"));

/// Every provider of a run, ordered: the built-in ones by id, then the user's.
pub struct Patterns {
    slots: Vec<Slot>,
    /// Provider and position in it, by the number of the kind.
    kinds: Vec<(u32, u32)>,
    /// Ordered by id.
    ids: Vec<Id>,
    digest: [u8; 32],
}

/// A provider, decoded or not yet.
struct Slot {
    id: Cow<'static, str>,
    record: &'static [u8],
    decoded: OnceLock<Box<Provider>>,
}

struct Id {
    id: Cow<'static, str>,
    kind: u32,
    alone: bool,
}

impl Patterns {
    /// The patterns of this build.
    pub fn builtin() -> Patterns {
        let packed: Packed<'static> =
            postcard::from_bytes(BUILT_IN).expect("the build script packed it with the same types");
        let mut slots = Vec::with_capacity(packed.providers.len());
        let mut kinds = Vec::with_capacity(packed.ids.len());
        for (number, row) in (0..).zip(&packed.providers) {
            slots.push(Slot {
                id: Cow::Borrowed(row.id),
                record: &packed.records[row.start as usize..row.end as usize],
                decoded: OnceLock::new(),
            });
            kinds.extend((0..row.kinds).map(|nth| (number, nth)));
        }
        let id = |row: &super::pack::IdRow<'static>| Id {
            id: Cow::Borrowed(row.id),
            kind: row.kind,
            alone: row.alone,
        };
        Patterns {
            slots,
            kinds,
            ids: packed.ids.iter().map(id).collect(),
            digest: packed.digest,
        }
    }

    /// The patterns of this build and those of the user's directories and files. Nothing is
    /// overridden: an id that is taken already is a problem that names both files. Problems that
    /// make no difference to a scan (a missing sample) are left to `unleak patterns lint`.
    pub fn with_user(paths: &[PathBuf]) -> Result<Patterns, Vec<Problem>> {
        let loaded = read_user(paths)?;
        let mut patterns = Patterns::builtin();
        let mut problems: Vec<Problem> = lint::all(&loaded);
        problems.extend(patterns.taken(&loaded));
        problems.retain(|problem| problem.weight == Weight::Broken);
        if !problems.is_empty() {
            return Err(problems);
        }
        loaded
            .into_iter()
            .for_each(|one| patterns.add(one.provider));
        patterns.ids.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(patterns)
    }

    /// Ids of the user's files that this build has already.
    fn taken(&self, loaded: &[Loaded]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for one in loaded {
            let provider = &one.provider;
            let alone = provider
                .secret
                .iter()
                .filter_map(|kind| kind.alone.as_ref());
            let ids = provider
                .secret
                .iter()
                .map(|kind| &kind.id)
                .chain(alone.map(|alone| &alone.id));
            let by_kind = ids.filter_map(|id| Some((id, &self.find(id)?.provider.id)));
            let same = |slot: &&Slot| slot.id == provider.id;
            let by_file = self
                .slots
                .iter()
                .find(same)
                .map(|_| (&provider.id, &provider.id));
            for (id, owner) in by_file.into_iter().chain(by_kind) {
                let what = format!("the id `{id}` is taken by the built-in patterns/{owner}.toml");
                problems.push(Problem::new(&one.file, what, "choose an id of your own").about(id));
            }
        }
        problems
    }

    fn add(&mut self, provider: Provider) {
        // A few kilobytes of user patterns are far below 2^32 kinds.
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let number = count(self.slots.len());
        for (nth, kind) in provider.secret.iter().enumerate() {
            let ix = count(self.kinds.len());
            self.kinds.push((number, count(nth)));
            self.ids.push(Id {
                id: kind.id.clone().into(),
                kind: ix,
                alone: false,
            });
            if let Some(alone) = &kind.alone {
                self.ids.push(Id {
                    id: alone.id.clone().into(),
                    kind: ix,
                    alone: true,
                });
            }
        }
        let mut digest = Sha256::new_with_prefix(self.digest);
        digest.update(postcard::to_allocvec(&provider).unwrap_or_default());
        self.digest = digest.finalize().into();
        let id = Cow::Owned(provider.id.clone());
        self.slots.push(Slot {
            id,
            record: &[],
            decoded: OnceLock::from(Box::new(provider)),
        });
    }

    /// How many kinds there are; their numbers are 0 to this.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Every kind, in order of its number.
    pub fn kinds(&self) -> impl Iterator<Item = KindRef<'_>> {
        (0..)
            .take(self.kinds.len())
            .filter_map(|ix| self.get(KindIx(ix)))
    }

    /// Every provider, in order.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.slots.iter().map(Slot::provider)
    }

    /// A kind by its number.
    pub fn get(&self, ix: KindIx) -> Option<KindRef<'_>> {
        let (provider, nth) = *self.kinds.get(ix.0 as usize)?;
        let provider = self.slots.get(provider as usize)?.provider();
        let kind = provider.secret.get(nth as usize)?;
        Some(KindRef {
            ix,
            provider,
            kind,
            alone: None,
        })
    }

    /// A kind by its id, or by the id it is reported under when parts are missing.
    pub fn find(&self, id: &str) -> Option<KindRef<'_>> {
        let at = self
            .ids
            .binary_search_by(|row| row.id.as_ref().cmp(id))
            .ok()?;
        let row = &self.ids[at];
        let found = self.get(KindIx(row.kind))?;
        let alone = if row.alone {
            found.kind.alone.as_ref()
        } else {
            None
        };
        Some(KindRef { alone, ..found })
    }

    /// A provider by its id.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.slots
            .iter()
            .find(|slot| slot.id == id)
            .map(Slot::provider)
    }

    /// What the matcher needs of all kinds, by their numbers: prepared at build time for the
    /// built-in ones.
    pub fn index(&self) -> Index {
        let mut index: Index = postcard::from_bytes(BUILT_IN_INDEX)
            .expect("the build script packed it with the same types");
        let user = &self.slots[index.providers.len()..];
        let user: Vec<Provider> = user.iter().map(|slot| slot.provider().clone()).collect();
        if !user.is_empty() {
            index.append(Index::build(&user).expect("lint refuses what cannot be indexed"));
        }
        index
    }

    /// Every id of a kind, ordered, those of kinds that miss parts among them.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(|row| row.id.as_ref())
    }

    /// SHA-256 over the whole set, for reports.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

fn read_user(paths: &[PathBuf]) -> Result<Vec<Loaded>, Vec<Problem>> {
    let (loaded, problems) = load::all(paths);
    if problems.is_empty() {
        Ok(loaded)
    } else {
        Err(problems)
    }
}

impl Slot {
    fn provider(&self) -> &Provider {
        self.decoded.get_or_init(|| {
            let provider = postcard::from_bytes(self.record)
                .expect("the build script packed it with the same types");
            Box::new(provider)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::finding::Severity;
    use crate::pattern::Lang;

    const USER: &str = r#"
id = "zz-mine"
name = "Mine"
docs = "https://mine.example"
[[secret]]
id = "zz-mine-token"
name = "Token"
severity = "high"
keywords = ["zzmine_"]
regex = '(?<secret>zzmine_[a-z]{20})'
parts = [{ name = "user", shape = "[a-z]{8}" }]
alone = { id = "zz-mine-token-alone", name = "Token alone", severity = "low" }
unverifiable = "no service"
[secret.rotate]
steps = ["Make a new one."]
contact = "call us"
"#;

    fn with(text: &str) -> Result<Patterns, Vec<Problem>> {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("zz-mine.toml"), text).unwrap();
        Patterns::with_user(&[dir.path().to_path_buf()])
    }

    #[test]
    fn every_number_and_id_leads_to_its_kind() {
        let patterns = with(USER).unwrap();
        assert_eq!(patterns.kinds().count(), patterns.len());
        for kind in patterns.kinds() {
            assert_eq!(
                patterns.find(kind.id()).map(|found| found.ix),
                Some(kind.ix)
            );
            assert!(Severity::ALL.contains(&kind.severity()));
        }
        assert!(patterns.ids().is_sorted());
        assert!(patterns.find("no-such-kind").is_none());
        assert!(patterns.get(KindIx(u32::MAX)).is_none());
    }

    #[test]
    fn a_users_kind_and_its_lesser_one_are_found() {
        let patterns = with(USER).unwrap();
        let alone = patterns.find("zz-mine-token-alone").unwrap();
        assert_eq!(
            (alone.name(), alone.severity()),
            ("Token alone", Severity::Low)
        );
        let whole = patterns.find("zz-mine-token").unwrap();
        assert_eq!((whole.ix, whole.severity()), (alone.ix, Severity::High));
        let rotate = whole.rotate(Lang::Zh);
        assert_eq!(
            rotate.steps,
            ["Make a new one.", "无法登录控制台时：call us"]
        );
        assert_ne!(patterns.digest(), Patterns::builtin().digest());
        assert_eq!(patterns.digest(), with(USER).unwrap().digest());
    }

    #[test]
    fn a_users_file_overrides_nothing_and_must_work() {
        let builtin = Patterns::builtin();
        if let Some(first) = builtin.ids().next() {
            let problems = with(&USER.replace("zz-mine-token-alone", first))
                .err()
                .unwrap();
            assert!(
                problems[0]
                    .what
                    .contains("is taken by the built-in patterns/")
            );
        }
        let broken = with(&USER.replace("{20}", "{20,}")).err().unwrap();
        assert!(broken[0].what.contains("without bound"));
        assert!(Patterns::with_user(&[PathBuf::from("/no/such/dir")]).is_err());
    }
}
