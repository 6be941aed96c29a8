//! The pipeline on one page: sources, matcher, one merger. What is asked of providers
//! and in which order findings are shown comes after it; `Request` says what is read.

mod conclude;
mod filter;
mod history;
mod intake;
mod judge;
mod looks;
mod members;
mod progress;
mod retold;
mod sited;

use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use crate::finding::{Confidence, Match, Tally};
use crate::matcher::Matcher;
use crate::source::history::{Cache, Timings};
use crate::source::{
    Changes, Root, SourceError, Tree, scan_archive, scan_changes, scan_stdin, scan_tree,
};
use crate::triage::{Draft, Kinds, Merged};

pub use conclude::{Ask, Rules, conclude};
pub use filter::Exclude;
pub use history::Past;
pub use progress::Progress;

use intake::Intake;

/// What one run reads. Everything stated is read, one source after the other.
#[derive(Default)]
pub struct Request {
    /// Working trees and single files.
    pub tree: Option<Tree>,
    /// Archives that were named as such.
    pub archives: Vec<Root>,
    /// Histories.
    pub past: Vec<Past>,
    /// Those too of the repositories that the trees hold.
    pub nested: bool,
    /// Index, work tree against index, ranges and pushes.
    pub changes: Vec<Changes>,
    /// Standard input.
    pub stdin: bool,
    /// Paths that are left out.
    pub exclude: Exclude,
    /// Content larger than this is counted and not read.
    pub max_file_size: u64,
    /// How many threads work.
    pub jobs: usize,
    /// Measure where the time of a history goes.
    pub timings: bool,
    /// Findings below it, with no marker beside them, are counted and not worked out: nothing but
    /// their number is asked for, and a fingerprint takes most of a millisecond.
    pub least: Option<Confidence>,
    /// Where it is remembered which objects were clean.
    pub cache: Option<Cache>,
}

/// Is shown matches as they are found.
pub type Meanwhile<'m> = dyn Fn(&[Match]) + Sync + 'm;

/// What a run is handed besides.
pub struct Tools<'t> {
    /// Finds secrets in content.
    pub matcher: &'t Matcher,
    /// Says what the pattern files know of a kind.
    pub kinds: &'t Kinds<'t>,
    /// Set when the run shall end early.
    pub stop: &'t AtomicBool,
    /// Counts what is done, for whoever watches.
    pub progress: &'t Progress,
    /// Is shown the matches of each content as it is read, so that asking about them can begin.
    pub meanwhile: Option<&'t Meanwhile<'t>>,
}

/// What a run brought in.
#[derive(Default)]
pub struct Harvest {
    /// One for each secret of a kind, with all its places.
    pub merged: Vec<Merged>,
    /// How many more there were below `Request::least`.
    pub unsure: u64,
    /// What was seen, skipped and failed.
    pub tally: Tally,
    /// Where the time of each history went.
    pub timings: Vec<Timings>,
}

/// Reads what is asked for and finds what is in it. The same content gives the same harvest,
/// whatever the number of threads.
pub fn scan(request: &Request, tools: &Tools<'_>) -> Result<Harvest, SourceError> {
    // A pool takes longer to start than standard input or what is staged takes to scan.
    if request.tree.is_none() && request.past.is_empty() {
        return scan_here(request, tools);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.jobs);
    match pool.build() {
        Ok(pool) => pool.install(|| scan_here(request, tools)),
        // No threads to be had; the one there is does it.
        Err(_) => scan_here(request, tools),
    }
}

fn scan_here(request: &Request, tools: &Tools<'_>) -> Result<Harvest, SourceError> {
    let intake = Intake::new(tools, &request.exclude);
    let timings = read(request, tools, &intake)?;
    let (merger, tally) = intake.close();
    let drafts = merger.finish(tools.kinds);
    let (drafts, unsure): (Vec<Draft>, Vec<Draft>) = drafts.into_iter().partition(|draft| {
        let least = request.least.unwrap_or(Confidence::Low);
        draft.confidence() >= least || draft.has_marker()
    });
    Ok(Harvest {
        merged: match rayon::current_thread_index() {
            Some(_) => drafts.into_par_iter().map(|draft| draft.seal()).collect(),
            None => drafts.into_iter().map(|draft| draft.seal()).collect(),
        },
        unsure: unsure.len() as u64,
        tally,
        timings,
    })
}

fn read(
    request: &Request,
    tools: &Tools<'_>,
    intake: &Intake<'_>,
) -> Result<Vec<Timings>, SourceError> {
    let mut past = request.past.clone();
    if let Some(tree) = &request.tree {
        let nested = scan_tree(tree, intake);
        if request.nested {
            history::add_nested(nested, &mut past);
        }
    }
    for archive in &request.archives {
        scan_archive(archive, request.max_file_size, intake);
    }
    let timings = past
        .iter()
        .map(|past| history::read(past, request, tools, intake));
    let timings = timings.collect();
    for changes in &request.changes {
        scan_changes(changes, intake)?;
    }
    if request.stdin {
        scan_stdin(std::io::stdin(), request.max_file_size, intake);
    }
    Ok(timings)
}
