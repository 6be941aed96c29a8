//! Told: the lines on standard input by which git tells a hook what a push brings.

use std::io::Read;

use unleak::source::Pushed;

use crate::cli::Failure;

/// The lines that git gives to a pre-receive hook.
pub(crate) fn received(input: &mut dyn Read) -> Result<Vec<Pushed>, Failure> {
    told(input, |line| {
        let mut words = line.splitn(3, |b| *b == b' ');
        let (old, new) = (id(words.next()?)?, id(words.next()?)?);
        let name = words.next().unwrap_or_default().to_vec();
        Some(Pushed { name, old, new })
    })
    .map_err(|line| {
        Failure::new(format!("standard input: '{line}' is not `old new ref`"))
            .hint("--pre-receive is meant for git's pre-receive hook")
    })
}

/// `local-ref local-id remote-ref remote-id` a line, as a pre-push hook is told. The first may be any
/// expression (`:/fix it`), with spaces.
pub(crate) fn pushing(input: &mut dyn Read) -> Result<Vec<Pushed>, Failure> {
    told(input, |line| {
        let mut words = line.rsplitn(4, |b| *b == b' ');
        let (old, name) = (id(words.next()?)?, words.next()?.to_vec());
        let new = id(words.next()?)?;
        words.next().map(|_| Pushed { name, old, new })
    })
    .map_err(|line| {
        Failure::new(format!(
            "standard input: '{line}' is not what git tells a pre-push hook"
        ))
    })
}

/// Lines of git for a hook, in which names need not be UTF-8; else the line that is not understood.
fn told(
    input: &mut dyn Read,
    one: impl Fn(&[u8]) -> Option<Pushed>,
) -> Result<Vec<Pushed>, String> {
    let mut text = Vec::new();
    let read = input.take(64 << 20).read_to_end(&mut text);
    read.map_err(|cause| cause.to_string())?;
    let lines = text.split(|b| *b == b'\n');
    lines
        .filter(|line| !line.trim_ascii().is_empty())
        .map(|line| one(line).ok_or_else(|| String::from_utf8_lossy(line).into_owned()))
        .collect()
}

/// A whole object id.
fn id(word: &[u8]) -> Option<String> {
    let whole = matches!(word.len(), 40 | 64) && word.iter().all(u8::is_ascii_hexdigit);
    whole.then(|| String::from_utf8_lossy(word).into_owned())
}
