//! Echo: which findings of a blob are those of another one but for their place, as in the many versions
//! of one file. A later run then reads only the other one again.

use std::collections::{BTreeMap, HashMap};

use super::members::Inside;
use crate::finding::{BlobId, Match, Secret, Span};
use crate::source::history::{Echo, Subject};

/// The texts in which something was found.
pub(super) type Kept = BTreeMap<Subject, Vec<Inside>>;

/// The same finding, whatever its place in the blob; what is in a container is read again.
fn alike(a: &Inside, b: &Inside) -> bool {
    let place = Span::default();
    let moved = |one: &Inside| Match {
        span: place,
        ..one.found.clone()
    };
    a.member.is_empty() && b.member.is_empty() && moved(a) == moved(b)
}

/// For each of the blobs its findings as those of others; none if it has one that is nowhere else.
pub(super) fn of(blobs: &[BlobId], kept: &Kept) -> Vec<Option<Vec<Echo>>> {
    let mut models: HashMap<(&str, &Secret), Vec<(BlobId, u32)>> = HashMap::new();
    let at = |id: BlobId| kept.get(&Subject::Blob(id)).map_or(&[][..], Vec::as_slice);
    let mut all = Vec::with_capacity(blobs.len());
    for blob in blobs {
        let mine = at(*blob);
        let echo = |one: &Inside| {
            let models = models.get(&(&*one.found.kind, &one.found.secret))?;
            let model = |(of, nth): &&(BlobId, u32)| {
                let model = at(*of).get(*nth as usize);
                model.is_some_and(|model| alike(model, one))
            };
            models.iter().find(model).map(|(of, nth)| Echo {
                of: *of,
                nth: *nth,
                span: one.found.span,
            })
        };
        let echoes: Option<Vec<Echo>> = mine.iter().map(echo).collect();
        if echoes.is_none() {
            for (nth, one) in (0..).zip(mine) {
                let models = models
                    .entry((&*one.found.kind, &one.found.secret))
                    .or_default();
                models.push((*blob, nth));
            }
        }
        all.push(echoes.filter(|echoes| !echoes.is_empty()));
    }
    all
}

/// The findings that these are; none if one of them was not found this time.
pub(super) fn again(echoes: &[Echo], kept: &Kept) -> Option<Vec<Inside>> {
    let one = |echo: &Echo| {
        let model = kept.get(&Subject::Blob(echo.of))?.get(echo.nth as usize)?;
        Some(Inside::not(Match {
            span: echo.span,
            ..model.found.clone()
        }))
    };
    echoes.iter().map(one).collect()
}
