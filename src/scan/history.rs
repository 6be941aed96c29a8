//! The matcher as the history engine sees it: two steps, so that what a delta copies is looked at
//! once. Matches wait here until it is known where their texts stand.

use std::collections::BTreeSet;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::echo::{self, Kept};
use super::intake::{Intake, is_binary, is_lfs_pointer, stands_in_binary};
use super::members::{self, Inside, Unpacked};
use super::sited::Sites;
use super::{Request, Tools};
use crate::finding::{BlobId, Match, Place, Skip, SourceKind};
use crate::matcher::{Candidate, Context, Matcher, RADIUS};
use crate::source::archive::Container;
use crate::source::history::{self, BlobScanner, Echo, Layout, Outcome, Subject, Timings, Verdict};
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
        tools,
        intake,
        at_once,
        found: Mutex::default(),
        missed: Mutex::default(),
        sites: Mutex::default(),
    };
    let report = history::scan(&layout, &options, &scanner, tools.stop);
    intake.add(report.tally);
    let sites = scanner.sites.into_inner();
    let mut sites = sites.unwrap_or_else(PoisonError::into_inner);
    let found = scanner.found.into_inner();
    for (subject, matches) in found.unwrap_or_else(PoisonError::into_inner) {
        let places = report.places.get(&subject).map_or(&[][..], Vec::as_slice);
        let places: Vec<Place> = places
            .iter()
            .filter_map(|place| past.place(place, request))
            .collect();
        if !places.is_empty() && !at_once {
            intake.meanwhile(&bare(&matches));
        }
        for Inside { member, found } in matches {
            let matcher = tools.matcher;
            let mut model = match member.is_empty() {
                true => sites.model(matcher, &found),
                false => None,
            };
            for place in &places {
                let here = match &mut model {
                    Some(model) => model.at(matcher, &place.path, &found),
                    None => Some(found.clone()),
                };
                let place = Place {
                    path: [&place.path, member.as_slice()].concat(),
                    span: found.span,
                    ..place.clone()
                };
                if let Some(here) = here {
                    intake.hand_on(here, place);
                }
            }
        }
    }
    report.timings
}

impl Past {
    /// The place as this run names it; none if it is left out.
    fn place(&self, place: &Place, request: &Request) -> Option<Place> {
        let below = place.path.strip_prefix(self.below.as_slice())?;
        if request.exclude.covers(below) {
            return None;
        }
        let path = [self.prefix.as_slice(), below].concat();
        Some(Place {
            path,
            ..place.clone()
        })
    }
}

/// The matches without where in an archive they are, together, so that rivals are told.
fn bare(matches: &[Inside]) -> Vec<Match> {
    matches.iter().map(|inside| inside.found.clone()).collect()
}

struct Scanner<'s> {
    tools: &'s Tools<'s>,
    intake: &'s Intake<'s>,
    at_once: bool,
    found: Mutex<Kept>,
    /// Blobs of which part could not be opened: every run has to count that, so it must read them.
    missed: Mutex<BTreeSet<BlobId>>,
    /// What is needed to judge again with a path.
    sites: Mutex<Sites>,
}

impl Scanner<'_> {
    /// Keeps what was found in a text.
    fn keep(&self, subject: &Subject, read: Unpacked) -> Outcome {
        if read.found.is_empty() {
            return match read.missed {
                true => Outcome::Again,
                false => Outcome::Clean,
            };
        }
        if let (Subject::Blob(id), true) = (subject, read.missed) {
            let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
            missed.insert(*id);
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.insert(subject.clone(), read.found);
        Outcome::Found
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

    fn decide(
        &self,
        subject: &Subject,
        bytes: &[u8],
        candidates: &[Candidate],
        verdicts: &mut Vec<Verdict>,
    ) -> Outcome {
        let source = match subject {
            Subject::Blob(_) => SourceKind::History,
            _ => SourceKind::Message,
        };
        if source == SourceKind::History && is_lfs_pointer(bytes) {
            let name = match subject {
                Subject::Blob(id) => id.to_string(),
                _ => String::new(),
            };
            self.intake
                .skip(Skip::LfsPointer, name.as_bytes(), "a Git LFS pointer");
            return Outcome::Again;
        }
        let matcher = self.tools.matcher;
        let packed = match (source, Container::of(bytes)) {
            (SourceKind::History, Some(container)) => {
                members::read(matcher, self.intake, subject, (container, bytes))
            }
            _ => Unpacked::default(),
        };
        let candidates = if packed.all { &[] } else { candidates };
        let context = Context { path: b"", source };
        let mut settled = Vec::with_capacity(candidates.len());
        let mut matches = matcher.decide_settling(bytes, candidates, &context, &mut settled);
        verdicts.extend(settled.iter().map(|settled| match settled {
            Some(reach) => Verdict::Nothing { reach: *reach },
            None => Verdict::Open,
        }));
        let binary = !matches.is_empty() && is_binary(bytes);
        if binary {
            matches.retain(stands_in_binary);
        } else if let (Subject::Blob(id), false) = (subject, matches.is_empty()) {
            let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
            sites.note(*id, bytes, &matches);
        }
        let Unpacked { found, all, missed } = packed;
        let own = matches.into_iter().map(Inside::not);
        let found: Vec<Inside> = own.chain(found).collect();
        if self.at_once && !found.is_empty() {
            self.intake.meanwhile(&bare(&found));
        }
        self.keep(subject, Unpacked { found, all, missed })
    }

    fn stream(&self, blob: BlobId, input: &mut dyn Read) -> Outcome {
        let read = members::stream(self.tools.matcher, self.intake, blob, input);
        self.keep(&Subject::Blob(blob), read)
    }

    fn echoes(&self, blobs: &[BlobId]) -> Vec<Option<Vec<Echo>>> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut echoes = echo::of(blobs, &found);
        for (blob, echo) in blobs.iter().zip(&mut echoes) {
            echo.take_if(|_| missed.contains(blob));
        }
        echoes
    }

    fn echo(&self, blob: BlobId, echoes: &[Echo]) -> bool {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let again = echo::again(echoes, &found);
        let is_there = again.is_some();
        found.extend(again.map(|matches| (Subject::Blob(blob), matches)));
        is_there
    }
}
