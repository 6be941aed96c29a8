//! Programs of the providers that hand a token to whoever is signed in with them: run without a terminal, for a bounded
//! time, what they print taken as it is. Which and when is the table's and the user's business.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::finding::Secret;

/// A program that takes longer waits for somebody.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than this is no token.
const MOST: u64 = 1 << 15;

/// The one word that the program prints.
pub(super) fn token(program: &str, arguments: &[&str]) -> Result<Secret, String> {
    let said = run(program, arguments)?;
    match said.split_ascii_whitespace().collect::<Vec<_>>().as_slice() {
        [token] => Ok(Secret::from(*token)),
        _ => Err(format!(
            "`{program} {}` printed no token",
            arguments.join(" ")
        )),
    }
}

/// The keys of an AWS profile whose owner is signed in through a portal or takes a role.
pub(super) fn aws_profile(profile: &str) -> Result<BTreeMap<String, Secret>, String> {
    let arguments = [
        "configure",
        "export-credentials",
        "--format",
        "process",
        "--profile",
        profile,
    ];
    let said = run("aws", &arguments)?;
    let keys: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
    let fields = [
        ("id", "AccessKeyId"),
        ("secret", "SecretAccessKey"),
        ("session_token", "SessionToken"),
    ];
    let value =
        |(name, key): (&str, &str)| Some((name.to_owned(), Secret::from(keys[key].as_str()?)));
    Ok(fields.into_iter().filter_map(value).collect())
}

/// What a program prints. It is never told a secret, and asks nobody.
fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let line = format!("`{program} {}`", arguments.join(" "));
    let failed = |cause: std::io::Error| format!("{line}: {cause}");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let until = Instant::now() + PATIENCE;
    let ended = loop {
        match child.try_wait().map_err(failed)? {
            Some(ended) => break ended,
            None if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
            None => {
                // It may have ended this very moment; then there is nothing to stop.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "{line} did not end within {} s",
                    PATIENCE.as_secs()
                ));
            }
        }
    };
    if !ended.success() {
        return Err(format!("{line} failed: sign in with it first"));
    }
    let mut said = String::new();
    let out = child.stdout.take();
    out.map_or(Ok(0), |out| out.take(MOST).read_to_string(&mut said))
        .map_err(failed)?;
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_is_a_token() {
        assert_eq!(token("printf", &["abc\\n"]), Ok(Secret::from("abc")));
        assert!(token("printf", &["a b"]).is_err());
        assert!(token("false", &[]).is_err_and(|why| why.contains("sign in")));
        assert!(token("no-such-program-here", &[]).is_err());
    }
}
