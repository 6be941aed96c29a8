//! Looks: what stands at a candidate at a path is the same wherever the same bytes stand around it there.
//! Versions of a file differ in a few lines, and what is open in them is judged for each.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::finding::Match;
use crate::matcher::{Candidate, Context, Look, Matcher};
use crate::source::history::{Keyed, Keys, PathHash, Print};

/// So far around a candidate bytes are compared: a little further than most looks go.
const AROUND: usize = 2048;

/// So many looks are remembered, and so many of them that gave something.
const MOST: [usize; 2] = [1 << 17, 1 << 13];

/// What was looked at; none if nothing stands there.
#[derive(Default)]
struct Known {
    looks: HashMap<Print, Option<Arc<Look>>, Keyed>,
    somethings: usize,
}

/// What all threads looked at.
pub(super) struct Looks {
    keys: Keys,
    keyed: Keyed,
    known: Mutex<Known>,
}

impl Looks {
    pub(super) fn new() -> Looks {
        Looks {
            keys: Keys::new(),
            keyed: Keyed::default(),
            known: Mutex::default(),
        }
    }

    /// What stands around each candidate of a text, and which candidate it is.
    pub(super) fn prints(&self, text: &[u8], candidates: &[Candidate]) -> Vec<Print> {
        let print = |candidate: &Candidate| {
            let anchor = candidate.anchor as usize;
            let mut what = *candidate;
            what.anchor = 0;
            let what = self.keyed.hash_one(what);
            self.keys.standing(text, (anchor, AROUND), what)
        };
        candidates.iter().map(print).collect()
    }

    /// As the matcher decides, but looking only where nobody did.
    pub(super) fn decide(
        &self,
        matcher: &Matcher,
        text: &[u8],
        (candidates, prints): (&[Candidate], &[Print]),
        (context, path): (&Context<'_>, &PathHash),
    ) -> Vec<Match> {
        let path = Print::from_le_bytes(*path);
        let look = |(candidate, print): (&Candidate, &Print)| {
            let print = print ^ path;
            let known = self.known().looks.get(&print).cloned();
            known.unwrap_or_else(|| {
                let look = matcher.look(text, candidate, context);
                self.keep(print, look)
            })
        };
        let looks: Vec<_> = candidates.iter().zip(prints).map(look).collect();
        let looks = candidates.iter().zip(&looks);
        let looks = looks.filter_map(|(candidate, look)| Some((candidate, look.as_deref()?)));
        matcher.conclude(text, candidates, looks, context)
    }

    fn keep(&self, print: Print, look: Look) -> Option<Arc<Look>> {
        let near = look.looked() < AROUND;
        let look = (!look.is_nothing()).then(|| Arc::new(look));
        let known = &mut *self.known();
        let [most, somethings] = MOST;
        let room = match look {
            Some(_) => known.somethings < somethings,
            None => known.looks.len() < most,
        };
        if near && room {
            known.somethings += usize::from(look.is_some());
            known.looks.insert(print, look.clone());
        }
        look
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sited::path_hash;
    use super::*;
    use crate::finding::SourceKind;
    use crate::matcher::Options;
    use crate::pattern::Patterns;

    const LINES: [&str; 10] = [
        "[stripe]",
        "password = \"wZ8#kQ2p!vLm\"",
        "stripe:",
        "  key: sk_live_9Kd2mQxV4tRb7ZnW1cLsYp3HVb8Qm6Xk",
        "  token: \"q8Zr2LmX9Tt4Rb8Vn1Kc5Wy3Ph7d\"",
        "users = [\"alice\", \"hunter2hunter2\", \"Tr0ub4dor&3xyz\"]",
        "passwords = [\"correct horse\", \"wZ8#kQ2p!vLm\"]",
        "blob = \"cGFzc3dvcmQgPSAid1o4I2tRMnAhdkxtIg==\"",
        "url = postgres://app:Vn1Kc5Wy3Ph7d@db.internal/app",
        "a line about nothing at all, as most of them are",
    ];

    #[test]
    fn what_was_seen_before_is_told_as_if_it_were_looked_at() {
        let matcher = Matcher::new(Patterns::builtin().index().into(), Options::default());
        let looks = Looks::new();
        let mut seed = 7_u64;
        let mut random = |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let mut line = || LINES.get(random(48)).unwrap_or(&LINES[9]).to_string();
        let mut text: Vec<String> = (0..400).map(|_| line()).collect();
        let (mut something, mut known) = (0, 0);
        for version in 0..5 {
            text[(version * 7919) % 400] = format!("{} {version}", line());
            let whole = text.join("\n").into_bytes();
            let mut candidates = Vec::new();
            matcher.candidates(&whole, 0..whole.len(), &mut candidates);
            let prints = looks.prints(&whole, &candidates);
            for path in ["", "config/prod.env", "test/fixtures/users.rb"] {
                let context = Context {
                    path: path.as_bytes(),
                    source: SourceKind::History,
                };
                let hash = path_hash(path.as_bytes());
                let before = looks.known().looks.len();
                let told =
                    looks.decide(&matcher, &whole, (&candidates, &prints), (&context, &hash));
                let fresh = looks.known().looks.len() - before;
                known += usize::from(version > 0 && fresh * 2 < candidates.len());
                let looked = matcher.decide(&whole, &candidates, &context);
                assert_eq!(told, looked, "{path} {version}");
                something += looked.len();
            }
        }
        assert!(something > 50, "{something}");
        assert!(known > 8, "{known}");
    }
}
