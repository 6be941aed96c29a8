//! The matcher as the history engine sees it: two steps, so that what a delta copies is looked at
//! once. Matches wait here until it is known where their texts stand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::intake::{Intake, is_binary, is_lfs_pointer, stands_in_binary};
use super::judge::{Judge, Seen, Site};
use super::looks::Looks;
use super::members::{self, Unpacked};
use super::sited::{self, Held, Sites};
use super::{Request, Tools};
use crate::finding::{BlobId, Match, Place, Skip, SourceKind};
use crate::matcher::{Candidate, Context, Matcher, RADIUS, Settled};
use crate::source::archive::Container;
use crate::source::history::{
    self, BlobScanner, Cluster, Layout, Outcome, Sight, Subject, Texts, Timings, Trace, Verdict,
};
use crate::source::{Repository, Root, Sink};

/// A history that is read.
#[derive(Clone, Debug)]
pub struct Past {
    /// The git directory.
    pub git_dir: PathBuf,
    /// Only paths below this one (with `/` at its end), which are reported relative to it; or the
    /// path of one file.
    pub below: Vec<u8>,
    /// What stands before every path: the root's name, where a submodule is, the name of the file.
    pub prefix: Vec<u8>,
}

/// The histories of the repositories at `roots` that are not known already.
pub(super) fn add_nested(roots: Vec<Root>, known: &mut Vec<Past>) {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let mut seen: BTreeSet<PathBuf> = known.iter().map(|past| real(&past.git_dir)).collect();
    for root in roots {
        let found = Repository::around(&root.path);
        // What only looks like a git directory belongs to the repository around it.
        let Some(found) = found.filter(|found| found.prefix.is_empty()) else {
            continue;
        };
        if seen.insert(real(&found.git_dir)) {
            known.push(Past {
                git_dir: found.git_dir,
                below: Vec::new(),
                prefix: root.prefix,
            });
        }
    }
}

/// Reads one history and hands on what is in it.
pub(super) fn read(
    past: &Past,
    request: &Request,
    tools: &Tools<'_>,
    intake: &Intake<'_>,
) -> Timings {
    let layout = match Layout::open(&past.git_dir) {
        Ok(layout) => layout,
        Err(cause) => {
            let name = past.git_dir.display().to_string();
            intake.skip(Skip::Unreadable, name.as_bytes(), &cause.to_string());
            return Timings::default();
        }
    };
    let options = history::Options {
        timings: request.timings,
        cache: request.cache.clone(),
        meter: tools.progress.history(),
        ..history::Options::default()
    };
    let most = usize::try_from(request.max_file_size).unwrap_or(usize::MAX);
    let options = history::Options {
        max_object: options.max_object.min(most),
        max_blob: request.max_file_size,
        ..options
    };
    // Where every place counts, what is found may be asked about before its places are known.
    let at_once = past.below.is_empty() && request.exclude.is_empty();
    let scanner = Scanner {
        past,
        request,
        tools,
        intake,
        at_once,
        texts: Mutex::default(),
        missed: Mutex::default(),
        sites: Mutex::default(),
        seen: Mutex::default(),
    };
    let report = history::scan(&layout, &options, &scanner, tools.stop);
    // What is still open was judged; others need the room.
    drop(scanner.sites);
    intake.add(report.tally);
    let texts = scanner.texts.into_inner();
    let mut texts = texts.unwrap_or_else(PoisonError::into_inner);
    let seen = scanner.seen.into_inner();
    let seen = seen.unwrap_or_else(PoisonError::into_inner);
    for (subject, places) in report.places {
        for place in places {
            let Some(here) = past.place(&place, request) else {
                continue;
            };
            let Subject::Blob(blob) = subject else {
                let found = texts.get_mut(&subject).into_iter().flatten();
                found.for_each(|found| hand_on(intake, found.clone(), &here));
                continue;
            };
            let path = place.path;
            for one in seen.get(&Sight { blob, path }).into_iter().flatten() {
                match one {
                    Seen::Text(all, start) => all
                        .iter()
                        .for_each(|found| hand_on(intake, sited::moved(found, *start), &here)),
                    Seen::Member(path, found) => {
                        let path = path.clone();
                        let here = Place {
                            path,
                            ..here.clone()
                        };
                        hand_on(intake, Match::clone(found), &here);
                    }
                }
            }
        }
    }
    report.timings
}

fn hand_on(intake: &Intake<'_>, found: Match, place: &Place) {
    let span = found.span;
    intake.hand_on(
        found,
        Place {
            span,
            ..place.clone()
        },
    );
}

impl Past {
    /// The place as this run names it; none if it is left out.
    fn place(&self, place: &Place, request: &Request) -> Option<Place> {
        let path = self.path(&place.path, request)?;
        Some(Place {
            path,
            ..place.clone()
        })
    }

    fn path(&self, path: &[u8], request: &Request) -> Option<Vec<u8>> {
        let below = path.strip_prefix(self.below.as_slice())?;
        let left_out = request.exclude.covers(below);
        (!left_out).then(|| [self.prefix.as_slice(), below].concat())
    }
}

struct Scanner<'s> {
    past: &'s Past,
    request: &'s Request,
    tools: &'s Tools<'s>,
    intake: &'s Intake<'s>,
    at_once: bool,
    /// What was found in what is no blob.
    texts: Mutex<BTreeMap<Subject, Vec<Match>>>,
    /// Blobs of which part could not be opened: every run has to count that, so it must read them.
    missed: Mutex<BTreeSet<BlobId>>,
    /// What is open in blobs.
    sites: Mutex<Sites>,
    /// What they turned out to hold.
    seen: Mutex<HashMap<Sight, Vec<Seen>>>,
}

impl Scanner<'_> {
    /// A message or a name, which stands where it stands.
    fn text(&self, subject: &Subject, bytes: &[u8], open: &[Cluster<Candidate>]) -> Outcome {
        let context = Context {
            path: b"",
            source: SourceKind::Message,
        };
        let matcher = self.tools.matcher;
        let candidates = open.iter().flat_map(|cluster| &cluster.candidates);
        let candidates: Vec<Candidate> = candidates.copied().collect();
        let mut found = matcher.decide(bytes, &candidates, &context);
        if !found.is_empty() && is_binary(bytes) {
            found.retain(stands_in_binary);
        }
        if found.is_empty() {
            return Outcome::Clean;
        }
        if self.at_once {
            self.intake.meanwhile(&found);
        }
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.insert(subject.clone(), found);
        Outcome::Found
    }

    /// What a container or a large blob is kept as.
    fn keep_whole(&self, blob: BlobId, read: &Unpacked) -> Outcome {
        if !read.open {
            return match read.missed {
                true => Outcome::Again,
                false => Outcome::Clean,
            };
        }
        if read.missed {
            let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
            missed.insert(blob);
        }
        let whole = Held::Whole(BTreeSet::new());
        self.sites().held.insert(blob, whole);
        Outcome::Found
    }

    fn sites(&self) -> MutexGuard<'_, Sites> {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what it is likely to be, so that asking about it can begin before its place is known.
    fn show(&self, text: &[u8], open: &Cluster<Candidate>) {
        let context = Context {
            path: b"",
            source: SourceKind::History,
        };
        let matcher = self.tools.matcher;
        let text = &text[open.range.clone()];
        let found = matcher.decide(text, &open.candidates, &context);
        self.intake.meanwhile(&found);
    }
}

impl BlobScanner for Scanner<'_> {
    type Candidate = Candidate;

    fn radius(&self) -> usize {
        RADIUS
    }

    fn candidates(&self, bytes: &[u8], range: Range<usize>, out: &mut Vec<Candidate>) {
        self.tools.matcher.candidates(bytes, range, out);
    }

    fn anchor(candidate: &Candidate) -> usize {
        candidate.anchor as usize
    }

    fn shift(candidate: &mut Candidate, by: isize) {
        let moved = (candidate.anchor as usize).saturating_add_signed(by);
        candidate.anchor = u32::try_from(moved).unwrap_or(u32::MAX);
    }

    fn whole(&self, bytes: &[u8]) -> bool {
        is_lfs_pointer(bytes) || Matcher::whole(bytes) || Container::of(bytes).is_some()
    }

    fn settle(&self, bytes: &[u8], candidates: &[Candidate], verdicts: &mut Vec<Verdict>) {
        let mut settled = Vec::with_capacity(candidates.len());
        let matcher = self.tools.matcher;
        matcher.settle(bytes, candidates, &mut settled);
        verdicts.extend(settled.iter().map(|settled| match *settled {
            Settled::Nothing { reach } => Verdict::Nothing { reach },
            Settled::Open { reach, looked } => Verdict::Open { reach, looked },
        }));
    }

    fn decide(&self, subject: &Subject, bytes: &[u8], open: &[Cluster<Candidate>]) -> Outcome {
        let Subject::Blob(blob) = *subject else {
            return self.text(subject, bytes, open);
        };
        if is_lfs_pointer(bytes) {
            let name = blob.to_string();
            self.intake
                .skip(Skip::LfsPointer, name.as_bytes(), "a Git LFS pointer");
            return Outcome::Again;
        }
        if let Some(container) = Container::of(bytes) {
            let matcher = self.tools.matcher;
            let mut read = members::read(matcher, self.intake, blob, (container, bytes));
            read.open |= !read.all && !open.is_empty();
            return self.keep_whole(blob, &read);
        }
        if open.is_empty() {
            return Outcome::Clean;
        }
        let binary = is_binary(bytes);
        let fresh = self.sites().keep(blob, (bytes, binary), open);
        if self.at_once && self.tools.meanwhile.is_some() && !binary {
            fresh.iter().for_each(|nth| self.show(bytes, &open[*nth]));
        }
        Outcome::Found
    }

    fn stream(&self, blob: BlobId, input: &mut dyn Read) -> Outcome {
        let read = members::stream(self.tools.matcher, self.intake, blob, input);
        self.keep_whole(blob, &read)
    }

    fn traces(&self, blobs: &[BlobId]) -> Vec<Option<Trace>> {
        let missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut traces = self.sites().traces(blobs);
        for (blob, trace) in blobs.iter().zip(&mut traces) {
            if missed.contains(blob) {
                *trace = None;
            }
        }
        traces
    }

    fn recall(&self, traces: Vec<(BlobId, Trace)>) -> Vec<BlobId> {
        self.sites().recall(traces)
    }

    fn judge(&self, sights: &[Sight], texts: &dyn Texts) -> Vec<bool> {
        let path = |sight: &Sight| self.past.path(&sight.path, self.request);
        let paths: Vec<Option<Vec<u8>>> = sights.iter().map(path).collect();
        let sites = sights.iter().zip(&paths).enumerate();
        let sites = sites.filter_map(|(number, (sight, path))| {
            Some(Site {
                number,
                blob: sight.blob,
                path: path.as_deref()?,
            })
        });
        let judge = Judge {
            matcher: self.tools.matcher,
            intake: self.intake,
            texts,
            stop: self.tools.stop,
            looks: Looks::new(),
            missed: &self.missed,
        };
        let sites: Vec<Site<'_>> = sites.collect();
        let all = judge.all(&mut self.sites(), &sites);
        let mut said = vec![false; sights.len()];
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, one) in all {
            said[number] = true;
            seen.insert(sights[number].clone(), one);
        }
        said
    }
}
