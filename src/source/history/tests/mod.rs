//! The engine against git itself: every blob read in full must give what the engine gives.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::*;

mod cache;
mod hostile;
mod places;
mod storage;

/// What the toy scanner says of one text: all anchors, and those with a value behind them.
type Seen = (Vec<usize>, Vec<usize>);

/// Looks for `key`, and around it for a value that is complete.
struct Toy {
    radius: usize,
    /// Gives verdicts that may be inherited; else every candidate is open for ever.
    settles: bool,
    seen: Mutex<BTreeMap<Subject, Seen>>,
}

impl Toy {
    fn new(radius: usize, settles: bool) -> Toy {
        Toy {
            radius,
            settles,
            seen: Mutex::default(),
        }
    }

    /// A candidate: `key`, unless a digit stands at the very edge of the radius on either side, or the
    /// text ends within it in an odd place. Made to depend on everything it may depend on.
    fn is_candidate(&self, bytes: &[u8], at: usize) -> bool {
        let before = at.checked_sub(self.radius).map(|i| bytes[i]);
        let after = bytes.get(at + self.radius - 1);
        bytes[at..].starts_with(b"key") && before != Some(b'7') && after != Some(&b'3')
    }

    /// How far a decision looks.
    const REACH: usize = 40;

    fn has_value(bytes: &[u8], at: usize) -> bool {
        let end = (at + Toy::REACH).min(bytes.len());
        let behind = &bytes[at..end];
        let value = memchr::memmem::find(behind, b"va=").map(|i| &behind[i + 3..]);
        value.is_some_and(|value| value.iter().take_while(|b| b.is_ascii_digit()).count() >= 3)
    }
}

impl BlobScanner for Toy {
    type Candidate = usize;

    fn radius(&self) -> usize {
        self.radius
    }

    fn candidates(&self, bytes: &[u8], range: Range<usize>, out: &mut Vec<usize>) {
        // Nothing outside the widened window may be read.
        let start = range.start.saturating_sub(self.radius);
        let end = (range.end + self.radius).min(bytes.len());
        let view = [&vec![0xee; start], &bytes[start..end]].concat();
        out.extend(range.filter(|at| self.is_candidate(&view, *at)));
    }

    fn anchor(candidate: &usize) -> usize {
        *candidate
    }

    fn shift(candidate: &mut usize, by: isize) {
        *candidate = candidate.checked_add_signed(by).unwrap();
    }

    fn settle(&self, bytes: &[u8], candidates: &[usize], verdicts: &mut Vec<Verdict>) {
        verdicts.extend(candidates.iter().map(|at| {
            let reach = u32::try_from(Toy::REACH).unwrap();
            match (Toy::has_value(bytes, *at), self.settles) {
                (false, true) => Verdict::Nothing { reach },
                (true, true) => Verdict::Open {
                    reach,
                    looked: reach,
                },
                (_, false) => Verdict::Open {
                    reach: u32::MAX,
                    looked: u32::MAX,
                },
            }
        }));
    }

    fn decide(&self, subject: &Subject, bytes: &[u8], open: &[Cluster<usize>]) -> Outcome {
        let (mut all, mut hits) = (Vec::new(), Vec::new());
        for cluster in open {
            // Nothing outside of a cluster is to be read.
            let text = &bytes[cluster.range.clone()];
            for at in &cluster.candidates {
                all.push(cluster.range.start + at);
                let hit = Toy::has_value(text, *at);
                hits.extend(hit.then_some(cluster.range.start + at));
            }
        }
        let outcome = if hits.is_empty() {
            Outcome::Clean
        } else {
            Outcome::Found
        };
        let before = self
            .seen
            .lock()
            .unwrap()
            .insert(subject.clone(), (all, hits));
        assert_eq!(before, None, "{subject:?} was shown twice");
        outcome
    }

    fn stream(&self, blob: BlobId, input: &mut dyn std::io::Read) -> Outcome {
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).unwrap();
        let mut candidates = Vec::new();
        self.candidates(&bytes, 0..bytes.len(), &mut candidates);
        let all = Cluster {
            range: 0..bytes.len(),
            print: 0,
            candidates,
        };
        self.decide(&Subject::Blob(blob), &bytes, &[all])
    }

    /// The blob with the most hits has clusters of its own, those of all others are like them.
    fn traces(&self, blobs: &[BlobId]) -> Vec<Option<Trace>> {
        let seen = self.seen.lock().unwrap();
        let hits = |blob: &BlobId| seen[&Subject::Blob(*blob)].1.clone();
        let model = blobs.iter().max_by_key(|blob| hits(blob).len());
        let trace = |blob: &BlobId| {
            let one = |(nth, offset): (u32, usize)| {
                let start = Start {
                    offset: u32::try_from(offset).unwrap(),
                    ..Start::default()
                };
                match model.filter(|model| *model != blob) {
                    Some(of) => Traced::Like {
                        of: *of,
                        nth,
                        start,
                    },
                    None => Traced::Own {
                        start,
                        length: nth,
                        anchors: vec![[1, 2], [nth, 3]],
                        quiet: vec![[3; 16]; nth as usize % 3],
                        told: told(*blob, nth),
                    },
                }
            };
            let clusters = (0..).zip(hits(blob)).map(one).collect();
            Some(Trace {
                clusters,
                ..Trace::default()
            })
        };
        blobs.iter().map(trace).collect()
    }

    fn recall(&self, traces: Vec<(BlobId, Trace)>) -> Vec<BlobId> {
        let mut seen = self.seen.lock().unwrap();
        let mut owned = BTreeMap::new();
        for (blob, trace) in &traces {
            for (nth, traced) in (0..).zip(&trace.clusters) {
                if let Traced::Own { told, .. } = traced {
                    assert_eq!(told, &self::told(*blob, nth));
                    owned.insert((*blob, nth), ());
                }
            }
        }
        let mut taken = Vec::new();
        for (blob, trace) in traces {
            let hit = |traced: &Traced| match traced {
                Traced::Own { start, .. } => Some(start.offset as usize),
                Traced::Like { of, nth, start } => {
                    let held = owned.contains_key(&(*of, *nth));
                    held.then_some(start.offset as usize)
                }
            };
            if let Some(hits) = trace.clusters.iter().map(hit).collect() {
                seen.insert(Subject::Blob(blob), (Vec::new(), hits));
                taken.push(blob);
            }
        }
        taken
    }

    /// Nothing is to be seen in a file whose name says so.
    fn judge(&self, sights: &[Sight], _texts: &dyn Texts) -> Vec<bool> {
        let quiet = |sight: &Sight| sight.path.ends_with(b"quiet");
        sights.iter().map(|sight| !quiet(sight)).collect()
    }
}

/// Something for a cluster to be told.
fn told(blob: BlobId, nth: u32) -> Vec<Told> {
    let same = Same {
        of: blob,
        nth,
        path: [4; 16],
        at: 5,
        place: [6, nth, 8, 9, 10, 11],
        why: vec![[12, 13, nth]; nth as usize % 2],
    };
    let one = |count: u32| Told {
        path: [7; 16],
        all: vec![same.clone(); count as usize],
    };
    (0..nth % 3).map(one).collect()
}

/// A git repository for one test.
struct Repo {
    dir: tempfile::TempDir,
}

impl Repo {
    fn new(arguments: &[&str]) -> Repo {
        let repo = Repo {
            dir: tempfile::tempdir().unwrap(),
        };
        let init = [&["init", "-q", "-b", "main"], arguments].concat();
        repo.git(&init);
        repo.git(&["config", "fastimport.unpackLimit", "0"]);
        repo
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.com")
            .env("GIT_COMMITTER_NAME", "C")
            .env("GIT_COMMITTER_EMAIL", "c@example.com")
            .stderr(Stdio::null());
        git
    }

    fn git(&self, arguments: &[&str]) -> Vec<u8> {
        let out = self.command(arguments).output().unwrap();
        assert!(out.status.success(), "git {arguments:?}");
        out.stdout
    }

    fn feed(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut git = self.command(arguments);
        let mut git = git
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = git.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let out = git.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        assert!(out.status.success(), "git {arguments:?}");
        out.stdout
    }

    /// Every object as git itself reads it.
    fn objects(&self) -> Vec<Object> {
        parse_batch(&self.git(&["cat-file", "--batch-all-objects", "--batch", "--unordered"]))
    }

    /// The first file of the pack directory with this extension.
    fn pack_file(&self, extension: &str) -> PathBuf {
        let files = std::fs::read_dir(self.path().join(".git/objects/pack")).unwrap();
        let mut paths = files.map(|file| file.unwrap().path());
        let wanted = |path: &PathBuf| path.extension().is_some_and(|ext| ext == extension);
        paths.find(wanted).unwrap()
    }

    fn scan(&self, toy: &Toy) -> Report {
        self.scan_with(toy, &Options::default())
    }

    fn scan_with(&self, toy: &Toy, options: &Options) -> Report {
        let layout = Layout::open(self.path()).unwrap();
        scan(&layout, options, toy, &AtomicBool::new(false))
    }

    /// The engine's view of all blobs is that of a full scan.
    fn check(&self, radius: usize) -> Report {
        self.check_against(&self.objects(), radius, &Options::default())
    }

    fn check_against(&self, objects: &[Object], radius: usize, options: &Options) -> Report {
        let all = Toy::new(radius, false);
        let report = self.scan_with(&all, options);
        let some = Toy::new(radius, true);
        self.scan_with(&some, options);
        let all = all.seen.into_inner().unwrap();
        let mut some = some.seen.into_inner().unwrap();
        let blobs = objects.iter().filter(|(kind, ..)| kind == "blob");
        for (_, id, content) in blobs.clone() {
            let subject = Subject::Blob(*id);
            let expected = full(radius, content);
            assert_eq!(all.get(&subject), expected.as_ref(), "{subject:?}");
            let hits = expected.map(|(_, hits)| hits).unwrap_or_default();
            let settled = some.remove(&subject).map(|(_, hits)| hits);
            assert_eq!(settled.unwrap_or_default(), hits, "{subject:?}");
        }
        assert_eq!(report.tally.blobs, blobs.count() as u64);
        assert!(report.tally.skipped.is_empty(), "{:?}", report.tally);
        report
    }
}

/// What a full scan of one text gives.
fn full(radius: usize, content: &[u8]) -> Option<Seen> {
    let toy = Toy::new(radius, false);
    let mut candidates = Vec::new();
    toy.candidates(content, 0..content.len(), &mut candidates);
    let hits = candidates.iter().copied();
    let hits = hits.filter(|at| Toy::has_value(content, *at)).collect();
    (!candidates.is_empty()).then_some((candidates, hits))
}

/// What `git cat-file --batch` prints.
fn parse_batch(mut rest: &[u8]) -> Vec<Object> {
    let mut objects = Vec::new();
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap();
        let line = std::str::from_utf8(&rest[..end]).unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let size: usize = words[2].parse().unwrap();
        let content = rest[end + 1..end + 1 + size].to_vec();
        let id = BlobId::from_hex(words[0]).unwrap();
        objects.push((words[1].to_owned(), id, content));
        rest = &rest[end + 2 + size..];
    }
    objects
}

/// Kind, id and content.
type Object = (String, BlobId, Vec<u8>);

/// A small generator of numbers, the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn line(&mut self) -> Vec<u8> {
        const WORDS: [&str; 14] = [
            "key",
            "va=",
            "va=12",
            "key va=123",
            "3",
            "7",
            "12",
            "lorem ",
            "ipsum dolor ",
            "\n",
            "ke",
            "y",
            "kex va=999",
            "sit amet consectetur ",
        ];
        let mut line = Vec::new();
        for _ in 0..1 + self.below(9) {
            line.extend_from_slice(WORDS[self.below(WORDS.len())].as_bytes());
        }
        line.push(b'\n');
        line
    }

    /// One edit of the kinds people make.
    fn edit(&mut self, text: &mut Vec<u8>) {
        let len = text.len();
        let (a, b) = (self.below(len + 1), self.below(len + 1));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 400));
        match self.below(9) {
            0 => drop(text.splice(0..0, self.line())),
            1 => text.extend(self.line()),
            2 => drop(text.splice(from..from, self.line())),
            3 => drop(text.drain(from..to)),
            4 => {
                let block: Vec<u8> = text.drain(from..to).collect();
                let at = self.below(text.len() + 1);
                text.splice(at..at, block);
            }
            5 => {
                let block = text[from..to].to_vec();
                let at = self.below(len + 1);
                text.splice(at..at, block);
            }
            6 => text.truncate(len - self.below(len.min(60) + 1)),
            // One byte changes: a secret is completed, or broken.
            _ if len > 0 => text[a.min(len - 1)] = b"key va=1237"[self.below(11)],
            _ => {}
        }
    }

    /// A history as `git fast-import` reads it.
    fn history(&mut self, commits: usize) -> Vec<u8> {
        let mut stream = Vec::new();
        let mut files: Vec<Vec<u8>> = (0..6)
            .map(|_| (0..self.below(120)).flat_map(|_| self.line()).collect())
            .collect();
        for commit in 0..commits {
            let head = format!(
                "commit refs/heads/main\ncommitter C <c@example.com> {} +0000\ndata 2\nm\n",
                1_700_000_000 + commit
            );
            stream.extend(head.bytes());
            for (number, file) in files.iter_mut().enumerate() {
                if commit > 0 && self.below(3) > 0 {
                    continue;
                }
                for _ in 0..1 + self.below(3) {
                    self.edit(file);
                }
                let head = format!(
                    "M 100644 inline d{}/f{number}\ndata {}\n",
                    number % 3,
                    file.len()
                );
                stream.extend(head.bytes());
                stream.extend_from_slice(file);
                stream.push(b'\n');
            }
        }
        stream
    }
}

fn generated(seed: u64, commits: usize, arguments: &[&str]) -> Repo {
    let repo = Repo::new(arguments);
    let history = Random(seed).history(commits);
    repo.feed(&["fast-import", "--quiet"], &history);
    repo
}

const REPACK: [&str; 7] = [
    "repack",
    "-q",
    "-a",
    "-d",
    "-f",
    "--depth=50",
    "--window=50",
];

#[test]
fn deltas_give_what_a_full_scan_gives() {
    for seed in 0..4 {
        let repo = generated(seed, 60, &[]);
        repo.git(&REPACK);
        for radius in [4, 17, 60] {
            repo.check(radius);
        }
    }
}

#[test]
fn loose_objects_and_several_packs() {
    let repo = generated(11, 40, &[]);
    repo.git(&REPACK);
    let more = Random(12).history(25);
    repo.feed(&["fast-import", "--quiet", "--force"], &more);
    repo.check(17);
    let pack = repo.path().join(".git/objects/pack");
    let out = repo.path().join("out");
    std::fs::rename(&pack, &out).unwrap();
    std::fs::create_dir(&pack).unwrap();
    for file in std::fs::read_dir(&out).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_some_and(|ext| ext == "pack") {
            repo.feed(&["unpack-objects", "-q"], &std::fs::read(file).unwrap());
        }
    }
    repo.check(17);
}

#[test]
fn old_and_odd_forms_of_packs() {
    let repo = generated(21, 40, &[]);
    repo.git(&["config", "pack.indexVersion", "1"]);
    repo.git(&["config", "repack.useDeltaBaseOffset", "false"]);
    repo.git(&REPACK);
    let index = repo.pack_file("idx");
    assert!(!std::fs::read(index).unwrap().starts_with(b"\xfftOc"));
    repo.check(17);
}

#[test]
fn sha_256() {
    let repo = generated(31, 40, &["--object-format=sha256"]);
    repo.git(&REPACK);
    repo.check(17);
}
