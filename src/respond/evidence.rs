//! Evidence: what was planned, sent, answered and seen, one JSON line each, chained by SHA-256. Holds no secret: who
//! writes a record hands in words, hosts, numbers and digests only.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::api::encode::hex;

/// What stands before the first record.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// What closes a line after the record itself.
const SEAL: &str = ",\"sha256\":\"";

/// The end of a chain: how many records, and the digest of the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Number of records.
    pub records: u64,
    /// SHA-256 of the last record, which holds that of the one before it, and so on.
    pub head: String,
    /// The last record says that a run came to its end.
    pub ended: bool,
}

impl Default for Chain {
    fn default() -> Self {
        Chain {
            records: 0,
            head: START.to_owned(),
            ended: true,
        }
    }
}

/// Why a chain is not whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Broken {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Reads a record of what was done and follows its chain.
pub fn check(text: &str) -> Result<Chain, Broken> {
    let mut chain = Chain::default();
    for (number, line) in (1..).zip(text.lines()) {
        let broken = |what| Broken { line: number, what };
        let (body, seal) = line
            .rsplit_once(SEAL)
            .ok_or_else(|| broken("it has no seal"))?;
        let seal = seal.strip_suffix("\"}");
        let seal = seal.ok_or_else(|| broken("it has no seal"))?;
        let body = format!("{body}}}");
        if digest(&body) != seal {
            return Err(broken("it was changed"));
        }
        let record: Map<String, Value> =
            serde_json::from_str(&body).map_err(|_| broken("it is no JSON"))?;
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        if text("prev") != Some(&chain.head) {
            return Err(broken("a line before it is missing or was moved"));
        }
        if record.get("seq").and_then(Value::as_u64) != Some(chain.records) {
            return Err(broken("its number is not the next one"));
        }
        chain = Chain {
            records: chain.records + 1,
            head: seal.to_owned(),
            ended: text("event") == Some("end"),
        };
    }
    Ok(chain)
}

fn digest(text: &str) -> String {
    hex(Sha256::digest(text.as_bytes()))
}

/// Writes records, each at once, so that a run that breaks off leaves what it did.
pub struct Recorder(Mutex<Open>);

struct Open {
    out: Box<dyn Write + Send>,
    chain: Chain,
}

impl Recorder {
    /// Goes on where `chain` ended.
    pub fn new(out: Box<dyn Write + Send>, chain: Chain) -> Recorder {
        Recorder(Mutex::new(Open { out, chain }))
    }

    /// Writes one record.
    pub fn record(&self, event: &str, fields: &[(&str, Value)]) -> io::Result<()> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut record = Map::new();
        record.insert("seq".into(), open.chain.records.into());
        record.insert("at".into(), jiff::Timestamp::now().to_string().into());
        record.insert("event".into(), event.into());
        for (name, value) in fields {
            record.insert((*name).to_owned(), value.clone());
        }
        record.insert("prev".into(), open.chain.head.clone().into());
        let body = Value::Object(record).to_string();
        let seal = digest(&body);
        let inside = body.strip_suffix('}').unwrap_or(&body);
        writeln!(open.out, "{inside}{SEAL}{seal}\"}}")?;
        open.out.flush()?;
        open.chain = Chain {
            records: open.chain.records + 1,
            head: seal,
            ended: event == "end",
        };
        Ok(())
    }

    /// Where the chain ends now.
    pub fn chain(&self) -> Chain {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.chain.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("one thread").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(chain: Chain, events: &[&str]) -> (String, Chain) {
        let out = Shared::default();
        let recorder = Recorder::new(Box::new(out.clone()), chain);
        for event in events {
            let fields = [("host", Value::from("a.example,\"sha256\":\"x"))];
            recorder.record(event, &fields).expect("memory");
        }
        let text = String::from_utf8(out.0.lock().expect("one thread").clone());
        (text.expect("UTF-8"), recorder.chain())
    }

    #[test]
    fn a_whole_chain_is_told_from_a_changed_one() {
        let (text, end) = written(Chain::default(), &["plan", "sent", "end"]);
        assert_eq!(check(&text), Ok(end.clone()));
        assert!(end.ended && end.records == 3);
        let changed = text.replacen("sent", "seen", 1);
        let said = check(&changed).map_err(|broken| broken.to_string());
        assert_eq!(said, Err("line 2: it was changed".into()));
        let lines: Vec<&str> = text.lines().collect();
        let without = format!("{}\n{}\n", lines[0], lines[2]);
        assert_eq!(check(&without).map_err(|broken| broken.line), Err(2));
        let swapped = format!("{}\n{}\n{}\n", lines[1], lines[0], lines[2]);
        assert_eq!(check(&swapped).map_err(|broken| broken.line), Err(1));
        let cut = format!("{}\n", lines[0]);
        assert_eq!(check(&cut).map(|chain| chain.ended), Ok(false));
        assert!(check("{}\n").is_err() && check("x").is_err());
    }

    #[test]
    fn a_second_run_goes_on_with_the_chain() {
        let (first, end) = written(Chain::default(), &["plan", "end"]);
        let (second, _) = written(end, &["plan", "end"]);
        let whole = check(&format!("{first}{second}")).map(|chain| chain.records);
        assert_eq!(whole, Ok(4));
        assert!(check(&format!("{first}{first}")).is_err());
    }
}
