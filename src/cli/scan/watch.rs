//! The progress bar: files or objects, rate and remaining time on standard error, if somebody watches.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{BinaryBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use unleak::scan::Progress;
use unleak::source::{Tree, count_tree};

/// How often it is drawn.
const EVERY: Duration = Duration::from_millis(100);

/// Runs `work` with a bar below it.
pub(crate) fn watched<T>(progress: &Progress, tree: Option<&Tree>, work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    let counted = Counted::default();
    let ended = || done.load(Ordering::Relaxed);
    std::thread::scope(|scope| {
        if let Some(tree) = tree {
            scope.spawn(|| {
                count_tree(tree, &counted.files, &ended);
                counted.done.store(true, Ordering::Relaxed);
            });
        }
        let drawer = scope.spawn(|| {
            let target = ProgressDrawTarget::stderr();
            let mut bar = Bar::new(ProgressBar::with_draw_target(None, target));
            while !ended() {
                bar.draw(progress, &counted);
                std::thread::park_timeout(EVERY);
            }
            bar.shown.finish_and_clear();
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        drawer.thread().unpark();
        result
    })
}

/// Files of the trees, counted beside the scan.
#[derive(Default)]
struct Counted {
    files: AtomicU64,
    done: AtomicBool,
}

/// What is being counted: it gives the bar its end and its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Files; nobody knows how many.
    Files,
    /// Files, all of them counted.
    CountedFiles,
    /// Objects of histories.
    Objects,
}

struct Bar {
    shown: ProgressBar,
    stage: Stage,
}

impl Bar {
    fn new(shown: ProgressBar) -> Bar {
        shown.set_style(style(Stage::Files));
        Bar {
            shown,
            stage: Stage::Files,
        }
    }

    fn draw(&mut self, progress: &Progress, counted: &Counted) {
        let objects = progress.history();
        if objects.expected() > 0 {
            self.enter(Stage::Objects);
            self.shown.set_length(objects.expected());
            self.shown
                .set_position(objects.passed().min(objects.expected()));
            let bytes = BinaryBytes(objects.bytes());
            return self.shown.set_message(bytes.to_string());
        }
        if counted.done.load(Ordering::Relaxed) {
            self.enter(Stage::CountedFiles);
            self.shown.set_length(counted.files.load(Ordering::Relaxed));
        }
        self.shown.set_position(progress.files());
        let bytes = BinaryBytes(progress.bytes());
        self.shown.set_message(bytes.to_string());
    }

    fn enter(&mut self, stage: Stage) {
        if self.stage == stage {
            return;
        }
        if stage == Stage::Objects {
            // Another unit has another rate.
            self.shown.reset();
        }
        self.shown.set_style(style(stage));
        self.stage = stage;
    }
}

fn style(stage: Stage) -> ProgressStyle {
    let template = match stage {
        Stage::Files => "{spinner} {pos} files, {msg}, {per_sec}, {elapsed}",
        Stage::CountedFiles => "{bar:30} {pos}/{len} files, {msg}, {per_sec}, {eta} left",
        Stage::Objects => "{bar:30} {pos}/{len} objects, {msg}, {per_sec}, {eta} left",
    };
    ProgressStyle::with_template(template).expect("the templates are constants, drawn by a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_a_style_and_a_watched_run_its_result() {
        let mut bar = Bar::new(ProgressBar::hidden());
        for stage in [Stage::CountedFiles, Stage::Objects] {
            bar.enter(stage);
            assert_eq!(bar.stage, stage);
        }
        assert_eq!(watched(&Progress::default(), None, || 7), 7);
    }
}
