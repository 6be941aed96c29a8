//! Look: what stands at a candidate, told without where that is. Whoever meets the same bytes around the same
//! candidate again, at the same path, need not look again.

use super::candidate::Candidate;
use super::decide::conclude;
use super::value::Found;
use super::{Context, Matcher};
use crate::finding::Match;

/// What stands at one candidate.
pub struct Look {
    /// As if the candidate stood at the beginning.
    found: Vec<Found>,
    looked: usize,
}

impl Look {
    /// How many bytes to either side of the candidate's anchor were looked at to know.
    pub fn looked(&self) -> usize {
        self.looked
    }

    /// Nothing stands there.
    pub fn is_nothing(&self) -> bool {
        self.found.is_empty()
    }
}

impl Matcher {
    /// The first half of [`Matcher::decide`], of one candidate.
    pub fn look(&self, bytes: &[u8], candidate: &Candidate, ctx: &Context<'_>) -> Look {
        let mut found = Vec::new();
        let work = self.work(bytes, ctx, None);
        let looked = work.look(candidate, &mut found);
        let by = -(candidate.anchor as usize).cast_signed();
        Look {
            found: found.into_iter().map(|found| found.moved(by)).collect(),
            looked,
        }
    }

    /// The second half: `looks` is what stands at each of the candidates, as far as it is something.
    pub fn conclude<'l>(
        &self,
        bytes: &[u8],
        candidates: &[Candidate],
        looks: impl Iterator<Item = (&'l Candidate, &'l Look)>,
        ctx: &Context<'_>,
    ) -> Vec<Match> {
        let found = looks.flat_map(|(candidate, look)| {
            let by = (candidate.anchor as usize).cast_signed();
            look.found.iter().map(move |found| found.clone().moved(by))
        });
        conclude(&self.work(bytes, ctx, None), candidates, found.collect())
    }
}
