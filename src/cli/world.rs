//! World: what every command is handed: environment, working directory, terminal, interruption.

use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use unleak::config::{Env, Settings};

use super::Failure;

/// What the process was started with.
pub(crate) struct World {
    /// The variables.
    pub(crate) env: Env,
    /// The working directory.
    pub(crate) cwd: PathBuf,
    stopped: Arc<AtomicBool>,
    litter: Arc<Mutex<Vec<PathBuf>>>,
}

impl World {
    pub(crate) fn new() -> Result<World, Failure> {
        let cwd = std::env::current_dir()
            .map_err(|cause| Failure::new(format!("the working directory: {cause}")))?;
        Ok(World {
            env: Env::of_process(),
            cwd,
            stopped: Arc::default(),
            litter: Arc::default(),
        })
    }

    /// From here on the first interrupt is a request to end the work in hand and say what was found;
    /// the second one ends the process, after what it would leave behind is gone.
    #[cfg(unix)]
    pub(crate) fn catch_interrupts(&self) -> Result<(), Failure> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        use signal_hook::iterator::Signals;
        let all = [SIGINT, SIGTERM, SIGHUP];
        for signal in all {
            signal_hook::flag::register(signal, self.stopped.clone())?;
        }
        let mut signals = Signals::new(all)?;
        let litter = Arc::clone(&self.litter);
        // A thread, because hardly anything may be done where a signal arrives.
        std::thread::spawn(move || {
            if signals.forever().nth(1).is_some() {
                let left = litter.lock().unwrap_or_else(PoisonError::into_inner);
                left.iter().for_each(|directory| gone(directory));
                std::process::exit(i32::from(super::Exit::Interrupted.code()));
            }
        });
        Ok(())
    }

    #[cfg(not(unix))]
    pub(crate) fn catch_interrupts(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// A directory that must not be left behind, even if the process is ended by force.
    pub(crate) fn tidy_away(&self, directory: &Path) {
        let mut litter = self.litter.lock().unwrap_or_else(PoisonError::into_inner);
        litter.push(directory.to_owned());
    }

    /// True once the user asked for an end.
    pub(crate) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// The same, for other threads to look at.
    pub(crate) fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopped)
    }

    /// Colours on standard output: what the settings say, else a terminal's that does not refuse them.
    pub(crate) fn colours(&self, settings: &Settings) -> bool {
        match settings.text("output.colour") {
            Some("always") => true,
            Some("never") => false,
            _ => {
                self.env.get("NO_COLOR").is_none()
                    && self.env.get("TERM") != Some("dumb")
                    && std::io::stdout().is_terminal()
            }
        }
    }

    /// Standard error is a terminal, so somebody watches.
    pub(crate) fn watched(&self) -> bool {
        std::io::stderr().is_terminal() && self.env.get("CI").is_none()
    }

    /// Today's second, since 1970.
    pub(crate) fn now(&self) -> i64 {
        jiff::Timestamp::now().as_second()
    }
}

/// Removes a directory in which another program may still be at work.
#[cfg(unix)]
fn gone(directory: &Path) {
    for _ in 0..20 {
        // What is there no more needs no removal; what is left is tried again.
        let _ = std::fs::remove_dir_all(directory);
        if !directory.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Writes to standard output.
pub(crate) fn print(text: &[u8]) -> Result<(), Failure> {
    printed(|out| out.write_all(text))
}

/// The same piece by piece. A reader that went away (`| head`) wants no more and is no error.
pub(crate) fn printed(
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Says something on standard error.
pub(crate) fn say(text: &str) {
    // If nobody can be told, there is nothing left to try.
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}
