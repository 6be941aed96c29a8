//! The pipeline on one page: sources, matcher, one collector, merging. What is asked of providers
//! and in which order findings are shown comes after it; `Request` says what is read.

mod conclude;
mod filter;
mod intake;
mod progress;

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::sync_channel;

use rayon::prelude::*;

use crate::finding::Tally;
use crate::matcher::Matcher;
use crate::source::{Changes, SourceError, Tree, scan_changes, scan_stdin, scan_tree};
use crate::triage::{Kinds, Merged, Merger};

pub use conclude::{Rules, conclude};
pub use filter::Exclude;
pub use progress::Progress;

use intake::Intake;

/// So many matches may wait for the collector.
const WAITING: usize = 1024;

/// What one run reads. Everything stated is read, one source after the other.
#[derive(Default)]
pub struct Request {
    /// Working trees and single files.
    pub tree: Option<Tree>,
    /// Index, work tree against index, ranges and pushes.
    pub changes: Vec<Changes>,
    /// Standard input.
    pub stdin: bool,
    /// Paths that are left out.
    pub exclude: Exclude,
    /// Content larger than this is counted and not read.
    pub max_file_size: u64,
}

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
}

/// What a run brought in.
#[derive(Default)]
pub struct Harvest {
    /// One for each secret of a kind, with all its places.
    pub merged: Vec<Merged>,
    /// What was seen, skipped and failed.
    pub tally: Tally,
}

/// Reads what is asked for and finds what is in it. The same content gives the same harvest,
/// whatever the number of threads.
pub fn scan(request: &Request, tools: &Tools<'_>) -> Result<Harvest, SourceError> {
    let (send, receive) = sync_channel(WAITING);
    let intake = Intake::new(tools, &request.exclude, send);
    let (ended, merger) = std::thread::scope(|scope| {
        let collector = scope.spawn(move || {
            let mut merger = Merger::default();
            for (found, place) in receive {
                merger.add(found, place);
            }
            merger
        });
        let ended = read(request, &intake);
        let tally = intake.close();
        let merger = collector
            .join()
            .expect("the collector only merges, which does not panic");
        (ended.map(|()| tally), merger)
    });
    let drafts = merger.finish(tools.kinds);
    Ok(Harvest {
        tally: ended?,
        merged: drafts.into_par_iter().map(|draft| draft.seal()).collect(),
    })
}

fn read(request: &Request, intake: &Intake<'_>) -> Result<(), SourceError> {
    if let Some(tree) = &request.tree {
        scan_tree(tree, intake);
    }
    for changes in &request.changes {
        scan_changes(changes, intake)?;
    }
    if request.stdin {
        scan_stdin(&mut std::io::stdin().lock(), request.max_file_size, intake);
    }
    Ok(())
}
