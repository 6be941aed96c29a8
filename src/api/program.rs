//! Program: one of the user's own programs run, told something on its standard input, ended if it takes too long. Secrets
//! go in by that door alone, never as arguments.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than this no program is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than this no program needs to say.
const MOST: u64 = 1 << 20;

/// What a program prints, told `input`; if it fails, its last words.
pub(super) fn said(command: &mut Command, input: &str) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |cause: std::io::Error| format!("{name}: {cause}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that wants to hear no more says itself what was wrong.
        let _ = stdin.write_all(input.as_bytes());
    }
    let out = child.stdout.take().map(heard);
    let words = child.stderr.take().map(heard);
    let done = waited(&mut child).map_err(failed)?;
    // After an end by force somebody below it may hold the pipes open; nobody waits for that.
    let success = done.ok_or_else(|| format!("{name} did not end in time"))?;
    let text = |heard: Option<thread::JoinHandle<Vec<u8>>>| {
        let bytes = heard.and_then(|heard| heard.join().ok());
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    };
    if success {
        return Ok(text(out));
    }
    let words = text(words);
    let last = words.lines().rfind(|line| !line.trim().is_empty());
    Err(format!("{name} failed: {}", last.unwrap_or("no words")))
}

fn heard(from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was heard by then is enough.
        let _ = from.take(MOST).read_to_end(&mut bytes);
        bytes
    })
}

/// Whether it ended well; `None` if it had to be ended.
fn waited(child: &mut Child) -> std::io::Result<Option<bool>> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if Instant::now() > until {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_and_heard() {
        let shell = |text: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", text]);
            command
        };
        assert_eq!(said(&mut shell("cat"), "word"), Ok("word".to_owned()));
        let failed = said(&mut shell("echo one >&2; echo two >&2; exit 3"), "");
        assert_eq!(failed, Err("sh failed: two".to_owned()));
        let none = said(&mut Command::new("/nowhere/at-all"), "").unwrap_err();
        assert!(none.starts_with("/nowhere/at-all: "), "{none}");
    }
}
