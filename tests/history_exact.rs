//! The history engine with the real matcher: what it finds is what a scan of every blob in full
//! finds, over generated histories and, on demand, over a real repository.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use unleak::finding::{BlobId, SourceKind};
use unleak::matcher::{Candidate, Context, Matcher, Options, RADIUS, Settled};
use unleak::pattern::Patterns;
use unleak::source::history::{self, BlobScanner, Cluster, Layout, Outcome, Subject, Verdict};

/// What of a match is compared: where the text stands, kind, span, value, and everything said of it.
type Seen = Vec<(&'static str, String, Range<usize>, Vec<u8>, String)>;

/// Where texts are judged to stand: paths that lift a value, that lower it, that name a provider.
const PATHS: [&str; 3] = ["", "config/appveyor/prod.env", "docs/locale/algolia.md"];

/// What is in a text at each of the paths, by candidates; positions are counted from `offset` before it.
fn seen(matcher: &Matcher, text: &[u8], candidates: &[Candidate], offset: usize) -> Seen {
    let mut all = Vec::new();
    for path in PATHS {
        let context = Context {
            path: path.as_bytes(),
            source: SourceKind::History,
        };
        all.extend(matcher.decide(text, candidates, &context).iter().map(|m| {
            let value = m.secret.reveal().to_vec();
            let said = format!(
                "{:?} {:?} {:?} {:?} {:?} {:?}",
                m.confidence,
                m.parts.len(),
                m.reasons,
                m.excerpt,
                m.marker,
                m.provider
            );
            let span = m.span.start + offset..m.span.end + offset;
            (path, m.kind.to_string(), span, value, said)
        }));
    }
    all
}

struct Scanner<'m> {
    matcher: &'m Matcher,
    found: Mutex<BTreeMap<Subject, Seen>>,
}

impl BlobScanner for Scanner<'_> {
    type Candidate = Candidate;

    fn radius(&self) -> usize {
        RADIUS
    }

    fn candidates(&self, bytes: &[u8], range: Range<usize>, out: &mut Vec<Candidate>) {
        self.matcher.candidates(bytes, range, out);
    }

    fn anchor(candidate: &Candidate) -> usize {
        candidate.anchor as usize
    }

    fn shift(candidate: &mut Candidate, by: isize) {
        let moved = (candidate.anchor as usize).saturating_add_signed(by);
        candidate.anchor = u32::try_from(moved).unwrap_or(u32::MAX);
    }

    fn whole(&self, bytes: &[u8]) -> bool {
        Matcher::whole(bytes)
    }

    fn settle(&self, bytes: &[u8], candidates: &[Candidate], verdicts: &mut Vec<Verdict>) {
        let mut settled = Vec::new();
        self.matcher.settle(bytes, candidates, &mut settled);
        verdicts.extend(settled.iter().map(|settled| match *settled {
            Settled::Nothing { reach } => Verdict::Nothing { reach },
            Settled::Open { reach, looked } => Verdict::Open { reach, looked },
        }));
    }

    fn decide(&self, subject: &Subject, bytes: &[u8], open: &[Cluster<Candidate>]) -> Outcome {
        let mut all = Vec::new();
        for cluster in open {
            let text = &bytes[cluster.range.clone()];
            let start = cluster.range.start;
            all.extend(seen(self.matcher, text, &cluster.candidates, start));
        }
        let mut found = self.found.lock().unwrap();
        found.insert(subject.clone(), all);
        Outcome::Found
    }
}

/// Compares engine and full scan over all blobs of a repository; tells in how many something is, and in
/// how many only at some path.
fn compare(git_dir: &Path, matcher: &Matcher) -> (usize, usize) {
    let scanner = Scanner {
        matcher,
        found: Mutex::default(),
    };
    let layout = Layout::open(git_dir).unwrap();
    let options = history::Options::default();
    let report = history::scan(&layout, &options, &scanner, &AtomicBool::new(false));
    let mut found = scanner.found.into_inner().unwrap();
    let mut cat = Command::new("git")
        .args(["cat-file", "--batch-all-objects", "--unordered", "--batch"])
        .current_dir(git_dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut all = BufReader::new(cat.stdout.take().unwrap());
    let (mut line, mut content, mut count) = (String::new(), Vec::new(), (0, 0));
    while all.read_line(&mut line).unwrap() > 0 {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (id, is_blob) = (BlobId::from_hex(words[0]).unwrap(), words[1] == "blob");
        content.resize(words[2].parse::<usize>().unwrap() + 1, 0);
        all.read_exact(&mut content).unwrap();
        content.pop();
        if is_blob && content.len() <= options.max_object {
            let mut candidates = Vec::new();
            matcher.candidates(&content, 0..content.len(), &mut candidates);
            let mut full = seen(matcher, &content, &candidates, 0);
            let mut ours = found.remove(&Subject::Blob(id)).unwrap_or_default();
            [&mut ours, &mut full]
                .into_iter()
                .for_each(|all| all.sort_by_key(|one| format!("{one:?}")));
            assert_eq!(ours, full, "{id}");
            count.0 += usize::from(!full.is_empty());
            let plain: Vec<_> = full.iter().filter(|one| one.0.is_empty()).collect();
            let known = |span: &Range<usize>| plain.iter().any(|one| one.2 == *span);
            count.1 += usize::from(full.iter().any(|one| !known(&one.2)));
        }
        line.clear();
    }
    assert!(cat.wait().unwrap().success());
    assert!(
        found
            .keys()
            .all(|subject| !matches!(subject, Subject::Blob(_)))
    );
    assert!(report.tally.skipped.is_empty(), "{:?}", report.tally);
    count
}

fn matcher() -> Matcher {
    Matcher::new(Arc::new(Patterns::builtin().index()), Options::default())
}

/// A small generator of numbers, the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        let mixed = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = mixed.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn value(&mut self, len: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789";
        let one = |_| char::from(ALPHABET[self.below(ALPHABET.len())]);
        (0..len).map(one).collect()
    }

    /// A line of code: words, or a place where a secret may stand.
    fn line(&mut self) -> String {
        let value = self.value(20);
        match self.below(15) {
            0 => format!("password = \"{}\"\n", &value[..12]),
            1 => format!("aws_access_key_id = AKIA{}\n", value[..16].to_uppercase()),
            2 => format!("aws_secret_access_key = {}{value}\n", self.value(20)),
            3 => format!("db: postgres://app:{}@db.internal:5432/x\n", &value[..14]),
            4 => format!("  token: '{}{value}'\n", self.value(20)),
            5 => format!("# stripe\nkey := \"sk_live_{value}{}\"\n", &value[..4]),
            6 => "-----BEGIN RSA PRIVATE KEY-----\n".to_owned(),
            7 => format!("{}{}{}\n", self.value(24), self.value(20), self.value(20)),
            8 => "-----END RSA PRIVATE KEY-----\n".to_owned(),
            9 => "secret_key:\n".to_owned(),
            // What is below the lowest threshold but in a file whose name speaks for it.
            12 => format!("x: v2.{}\n", value.to_lowercase()),
            10 => format!("  \"{}\" +\n", self.value(10)),
            _ => "    let total = items.iter().map(|item| item.price).sum();\n".to_owned(),
        }
    }

    fn edit(&mut self, text: &mut String) {
        let at = |random: &mut Random, text: &str| random.below(text.len() + 1);
        let (a, b) = (at(self, text), at(self, text));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 300));
        match self.below(7) {
            0 => text.insert_str(0, &self.line()),
            1 => text.push_str(&self.line()),
            2 | 3 => text.insert_str(from, &self.line()),
            4 => drop(text.drain(from..to)),
            5 => {
                let block = text[from..to].to_owned();
                let to = at(self, text);
                text.insert_str(to, &block);
            }
            _ => text.insert(from, char::from(b"aK7=\"\n :"[self.below(8)])),
        }
    }
}

#[test]
fn generated_histories() {
    let matcher = matcher();
    let dir = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str], input: &[u8]| {
        let mut git = Command::new("git")
            .args(arguments)
            .current_dir(dir.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        git.stdin.take().unwrap().write_all(input).unwrap();
        assert!(git.wait().unwrap().success());
    };
    git(&["init", "-q", "--bare"], b"");
    let mut random = Random(17);
    let mut files: Vec<String> = (0..5)
        .map(|_| (0..100).map(|_| random.line()).collect())
        .collect();
    let mut stream = String::new();
    for commit in 0..40 {
        stream += &format!(
            "commit refs/heads/main\ncommitter C <c@example.com> {commit} +0000\ndata 2\nm\n"
        );
        let number = random.below(files.len());
        for _ in 0..1 + random.below(3) {
            random.edit(&mut files[number]);
        }
        let file = &files[number];
        stream += &format!("M 100644 inline f{number}\ndata {}\n{file}\n", file.len());
    }
    git(&["fast-import", "--quiet"], stream.as_bytes());
    git(&["repack", "-q", "-a", "-d", "-f", "--depth=50"], b"");
    let (some, lifted) = compare(dir.path(), &matcher);
    assert!(some >= 30 && lifted > 0, "{some} {lifted}");
}

/// `UNLEAK_TEST_REPOSITORY=/path/to/repo.git cargo test --release history_exact -- --ignored`
#[test]
#[ignore = "needs a real repository"]
fn a_real_repository() {
    #[expect(clippy::disallowed_methods, reason = "a test's own setting")]
    let path = std::env::var("UNLEAK_TEST_REPOSITORY").unwrap();
    let (some, lifted) = compare(Path::new(&path), &matcher());
    assert!(some >= lifted);
}
