//! Candidates of labelled texts, with their truth; the word list; the count of reports on clean trees.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use aho_corasick::{AhoCorasick, MatchKind};
use rayon::prelude::*;
use unleak::finding::Confidence;
use unleak::matcher::generic::{
    Candidate, Form, Lexicon, STEMS, Vector, clues, complete, extract, features, further, learn,
    score, words,
};

use crate::labels::{self, Labelled};

/// Categories that name ids rather than secrets: neither right nor wrong when reported.
pub(crate) const ID_LIKE: &[&str] = &["UUID", "Nonce", "Salt", "AWS S3 Bucket", "Firebase Domain"];

/// A candidate with its features and its truth.
pub(crate) struct Sample {
    pub(crate) text: usize,
    pub(crate) group: usize,
    pub(crate) candidate: Candidate,
    pub(crate) vector: Vector,
    pub(crate) clues: Vec<u32>,
    pub(crate) truth: bool,
    /// The same for the same value.
    pub(crate) value: u64,
    /// Overlaps something that is neither right nor wrong to report.
    pub(crate) ignored: bool,
    pub(crate) weight: f64,
}

/// Everything that is learnt from.
pub(crate) struct Set {
    pub(crate) texts: Vec<Labelled>,
    pub(crate) groups: Vec<String>,
    pub(crate) samples: Vec<Sample>,
}

/// Every candidate of a text, each value once.
pub(crate) fn candidates(stems: &AhoCorasick, bytes: &[u8]) -> Vec<Candidate> {
    let mut found: BTreeMap<usize, Candidate> = BTreeMap::new();
    let mut keep = |c: Candidate| {
        if c.value.is_empty() {
            return;
        }
        match found.get(&c.value.start) {
            // The longer name tells more; a named value tells more than a nameless one.
            Some(old)
                if old.form != Form::Jwt
                    && (c.form == Form::Jwt || old.key.len() >= c.key.len()) => {}
            _ => {
                found.insert(c.value.start, c);
            }
        }
    };
    for m in stems.find_overlapping_iter(bytes) {
        if let Some(c) = extract(bytes, m.start(), m.pattern().as_usize()) {
            let c = complete(bytes, c);
            let (more, _) = further(bytes, &c);
            more.into_iter().for_each(&mut keep);
            keep(c);
        }
    }
    found.into_values().collect()
}

pub(crate) fn automaton() -> Result<AhoCorasick, String> {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(STEMS)
        .map_err(|e| e.to_string())
}

/// Candidates of all labelled texts.
pub(crate) fn load(files: &[PathBuf], lexicon: &Lexicon) -> Result<Set, String> {
    let texts = labels::read(files)?;
    let stems = automaton()?;
    let names: BTreeSet<String> = texts.iter().map(|t| t.group.clone()).collect();
    let groups: Vec<String> = names.into_iter().collect();
    let samples: Vec<Vec<Sample>> = texts
        .par_iter()
        .enumerate()
        .map(|(n, text)| {
            let Ok(bytes) = std::fs::read(&text.file) else {
                return Vec::new();
            };
            let group = groups.binary_search(&text.group).unwrap_or(0);
            candidates(&stems, &bytes)
                .into_iter()
                .map(|c| sample(n, group, text, &bytes, c, lexicon))
                .collect()
        })
        .collect();
    let mut samples: Vec<Sample> = samples.into_iter().flatten().collect();
    samples.sort_by_key(|s| texts[s.text].weight < 1.0);
    spread(&texts, &mut samples);
    merge(&texts, &mut samples);
    Ok(Set {
        texts,
        groups,
        samples,
    })
}

fn sample(
    n: usize,
    group: usize,
    text: &Labelled,
    bytes: &[u8],
    c: Candidate,
    lexicon: &Lexicon,
) -> Sample {
    let touching: Vec<_> = text
        .labels
        .iter()
        .filter(|l| l.span.start < c.value.end && c.value.start < l.span.end)
        .collect();
    let shared = |l: &labels::Label| c.value.end.min(l.span.end) - c.value.start.max(l.span.start);
    // A label without columns covers its line, and a value read too far covers more than its label: both are no lesson.
    let exact =
        |l: &&&labels::Label| shared(l) * 3 >= l.span.len() && shared(l) * 2 >= c.value.len();
    let truth = touching
        .iter()
        .any(|l| l.mark == 'T' && !ID_LIKE.contains(&l.category.as_str()));
    let id = touching
        .iter()
        .any(|l| l.mark == 'T' && ID_LIKE.contains(&l.category.as_str()));
    let loose = truth && !touching.iter().filter(exact).any(|l| l.mark == 'T');
    let unknown = !truth && touching.iter().any(|l| l.mark == '?');
    let denied = touching.iter().any(|l| l.mark != 'T');
    let vector = features(lexicon, bytes, &c, Some(&text.shown));
    let ignored = !truth && id || loose || unknown;
    let weight = if (denied || truth) && !id { 1.0 } else { 0.6 };
    let clues = clues(bytes, &c, Some(&text.shown));
    let value = c.value.clone();
    Sample {
        text: n,
        group,
        candidate: c,
        vector,
        clues,
        truth,
        ignored,
        value: hash(&bytes[value]),
        weight: weight * text.weight,
    }
}

/// FNV-1a.
fn hash(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Texts that share most of their lines, as an original and its obfuscated twin do, give the same candidates twice:
/// the twin's are left out of training, and its weight is added to the first.
fn merge(texts: &[Labelled], samples: &mut [Sample]) {
    let mut first: HashMap<(usize, bool, Vector, Vec<u32>), usize> = HashMap::new();
    for i in 0..samples.len() {
        let s = &samples[i];
        if s.ignored {
            continue;
        }
        match first.get(&(s.group, s.truth, s.vector, s.clues.clone())) {
            Some(one) if texts[s.text].weight < 1.0 => {
                let weight = s.weight;
                samples[*one].weight += weight;
                samples[i].ignored = true;
            }
            Some(_) => {}
            None => {
                first.insert((s.group, s.truth, s.vector, s.clues.clone()), i);
            }
        }
    }
}

/// The same name and value many times in a repository, and a repository with very many, count less than they are.
fn spread(texts: &[Labelled], samples: &mut [Sample]) {
    let mut same: HashMap<(usize, Vec<i16>), u32> = HashMap::new();
    let mut sizes: HashMap<usize, f64> = HashMap::new();
    let brief = |s: &Sample| (s.group, s.vector[..60].to_vec());
    for s in samples.iter() {
        *same.entry(brief(s)).or_default() += 1;
        *sizes.entry(s.group).or_default() += texts[s.text].weight;
    }
    for s in samples.iter_mut() {
        let n = same[&brief(s)];
        s.weight *= f64::from(n).powf(-0.5) * (600.0 / sizes[&s.group].max(600.0)).powf(0.3);
    }
}

/// Words of source trees, each folder below a given one being a source; labels are not looked at.
pub(crate) fn lexicon(dirs: &[PathBuf]) -> Result<Lexicon, String> {
    let mut sources: Vec<PathBuf> = Vec::new();
    for dir in dirs {
        let entries = std::fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
        sources.extend(entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()));
    }
    sources.sort();
    let sets: Vec<BTreeSet<String>> = sources.par_iter().map(|s| source_words(s)).collect();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for w in sets.into_iter().flatten() {
        *counts.entry(w).or_default() += 1;
    }
    let counts: Vec<(String, u32)> = counts.into_iter().filter(|(_, n)| *n >= 4).collect();
    println!(
        "{} sources, {} words that several of them use",
        sources.len(),
        counts.len()
    );
    Ok(learn(&counts, 30_000))
}

fn source_words(dir: &Path) -> BTreeSet<String> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for file in files(dir) {
        let Ok(bytes) = std::fs::read(&file) else {
            continue;
        };
        if bytes.len() > 300_000 || bytes.contains(&0) {
            continue;
        }
        words(&bytes, |w| {
            if (3..=14).contains(&w.len()) {
                *seen
                    .entry(String::from_utf8_lossy(w).to_ascii_lowercase())
                    .or_default() += 1;
            }
        });
    }
    seen.into_iter()
        .filter(|(_, n)| *n >= 3)
        .map(|(w, _)| w)
        .collect()
}

/// Every file below a folder, links and git's own files left out.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(d) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&d) else {
            continue;
        };
        for e in entries.flatten() {
            let Ok(kind) = e.file_type() else { continue };
            if kind.is_dir() && e.file_name() != ".git" {
                open.push(e.path());
            } else if kind.is_file() {
                out.push(e.path());
            }
        }
    }
    out.sort();
    out
}

/// Prints every candidate of the trees as a label still to be given, with its points, its name and its value behind it.
pub(crate) fn print_candidates(dirs: &[String]) -> Result<(), String> {
    let stems = automaton()?;
    for dir in dirs.iter().map(Path::new) {
        let group = dir.file_name().unwrap_or_default().to_string_lossy();
        for file in files(dir) {
            let Ok(bytes) = std::fs::read(&file) else {
                continue;
            };
            if bytes.iter().take(8000).any(|b| *b == 0) || bytes.len() > 2_000_000 {
                continue;
            }
            let shown = file.strip_prefix(dir).unwrap_or(&file).to_string_lossy();
            for c in candidates(&stems, &bytes) {
                let s = score(&bytes, &c, Some(&shown));
                let text = |r: Range<usize>| {
                    String::from_utf8_lossy(&bytes[r.start..r.end.min(r.start + 80)])
                        .replace(['\t', '\n', '\r'], " ")
                };
                println!(
                    "{group}\t{}\t{shown}\t{}\t{}\t?\t{:?}\t{}\t{}\t{}",
                    file.display(),
                    c.value.start,
                    c.value.end,
                    c.form,
                    s.points,
                    text(c.key.clone()),
                    text(c.value.clone())
                );
            }
        }
    }
    Ok(())
}

/// Prints what the embedded weights report in a tree, and how much that is.
pub(crate) fn quiet(dir: &Path) -> Result<(), String> {
    let stems = automaton()?;
    let all = files(dir);
    let found: Vec<(usize, usize, [u64; 3], Vec<String>)> = all
        .par_iter()
        .map(|file| {
            let Ok(bytes) = std::fs::read(file) else {
                return Default::default();
            };
            if bytes.iter().take(8000).any(|b| *b == 0) {
                return Default::default();
            }
            let shown = file
                .strip_prefix(dir)
                .unwrap_or(file)
                .to_string_lossy()
                .to_string();
            let began = std::time::Instant::now();
            let found = candidates(&stems, &bytes);
            let read = began.elapsed().as_micros() as u64;
            let scored: Vec<_> = found
                .iter()
                .map(|c| (c, score(&bytes, c, Some(&shown))))
                .collect();
            let spent = [
                read,
                began.elapsed().as_micros() as u64 - read,
                bytes.len() as u64,
            ];
            let lines = scored
                .iter()
                .filter(|(_, s)| s.confidence != Confidence::Low)
                .map(|(c, s)| report(&bytes, &shown, c, s.points, s.confidence))
                .collect();
            (labels::line_starts(&bytes).len(), found.len(), spent, lines)
        })
        .collect();
    let lines: usize = found.iter().map(|f| f.0).sum();
    let candidates: usize = found.iter().map(|f| f.1).sum();
    let sum = |i: usize| found.iter().map(|f| f.2[i]).sum::<u64>() as f64;
    let (read, scored, megabytes) = (sum(0) / 1000.0, sum(1) / 1000.0, (sum(2) / 1e6).max(1e-6));
    let reports: Vec<&String> = found.iter().flat_map(|f| &f.3).collect();
    let share = reports.len() as f64 * 100_000.0 / lines.max(1) as f64;
    println!(
        "{}\t{lines} lines\t{candidates} candidates\t{} reports\t{share:.1} per 100,000 lines\t{megabytes:.1} MB\t{:.2} ms/MB to find candidates\t{:.2} ms/MB to score them",
        dir.display(),
        reports.len(),
        read / megabytes,
        scored / megabytes
    );
    reports.iter().for_each(|r| println!("  {r}"));
    Ok(())
}

fn report(bytes: &[u8], shown: &str, c: &Candidate, points: i32, level: Confidence) -> String {
    let line = labels::line_starts(&bytes[..c.value.start]).len();
    let key = String::from_utf8_lossy(&bytes[c.key.clone()]);
    let value = String::from_utf8_lossy(&bytes[c.value.start..c.value.end.min(c.value.start + 60)]);
    format!(
        "{level:?} {points} {shown}:{line} {:?} {key} = {value}",
        c.form
    )
}
