//! The progress bar: files, rate and remaining time on standard error, if somebody watches.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use unleak::scan::Progress;
use unleak::source::{Tree, count_tree};

/// How often it is drawn.
const EVERY: Duration = Duration::from_millis(100);

/// Runs `work` with a bar below it.
pub(crate) fn watched<T>(progress: &Progress, tree: Option<&Tree>, work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    let expected = AtomicU64::new(0);
    let counted = AtomicBool::new(false);
    let ended = || done.load(Ordering::Relaxed);
    std::thread::scope(|scope| {
        if let Some(tree) = tree {
            scope.spawn(|| {
                count_tree(tree, &expected, &ended);
                counted.store(true, Ordering::Relaxed);
            });
        }
        let drawer = scope.spawn(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(without_end());
            while !ended() {
                if counted.swap(false, Ordering::Relaxed) {
                    bar.set_length(expected.load(Ordering::Relaxed));
                    bar.set_style(with_end());
                }
                bar.set_position(progress.files());
                bar.set_message(indicatif::BinaryBytes(progress.bytes()).to_string());
                std::thread::park_timeout(EVERY);
            }
            bar.finish_and_clear();
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        drawer.thread().unpark();
        result
    })
}

fn without_end() -> ProgressStyle {
    style("{spinner} {pos} files, {msg}, {per_sec}, {elapsed}")
}

fn with_end() -> ProgressStyle {
    style("{bar:30} {pos}/{len} files, {msg}, {per_sec}, {eta} left")
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are constants, drawn by a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_valid() {
        let bar = ProgressBar::hidden();
        bar.set_style(without_end());
        bar.set_style(with_end());
        assert_eq!(watched(&Progress::default(), None, || 7), 7);
    }
}
