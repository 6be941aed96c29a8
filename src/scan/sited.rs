//! Sited: the blobs of a history are judged before it is known where they stand. Here what was found in
//! them is judged again with each of its paths, as a scan of the tree would. Findings that are alike
//! but for their place share a model, so that a file of a thousand versions is looked at once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::finding::{BlobId, Match, Secret, SourceKind, Span};
use crate::matcher::{Context, Matcher};

/// So many models are kept. Of more, those are kept whose kinds and values come first, so that threads
/// change nothing.
const MOST: usize = 4096;

/// How much of a blob a model keeps to either side of its finding: more than a verdict looks at.
const AROUND: usize = 2560;

/// How far from a finding that stands by itself what announces it is.
const NEAR: usize = 320;

/// Kind and value.
type Key = (Arc<str>, Secret);

/// One of several findings that are alike: that of the first blob.
pub(super) struct Model {
    found: Match,
    /// In which blob, and where in it.
    of: (BlobId, usize),
    text: Box<[u8]>,
    /// The finding, in `text`.
    span: Range<usize>,
    /// What was said of it with a path, and without one.
    said: BTreeMap<Vec<u8>, Option<Match>>,
}

/// All models of one history.
#[derive(Default)]
pub(super) struct Sites {
    models: BTreeMap<Key, Vec<Model>>,
    count: usize,
    /// The first key that was dropped; no later one is kept.
    limit: Option<Key>,
}

/// The same, were it at the beginning of its blob.
fn bare(found: &Match) -> Match {
    Match {
        span: Span::default(),
        ..found.clone()
    }
}

impl Model {
    fn new(blob: BlobId, bytes: &[u8], found: &Match) -> Model {
        let Span { start, end, .. } = found.span;
        let low = start.saturating_sub(AROUND);
        let high = bytes.len().min(end.saturating_add(AROUND));
        Model {
            found: bare(found),
            of: (blob, start),
            text: bytes[low..high].into(),
            span: start - low..end - low,
            said: BTreeMap::new(),
        }
    }

    /// What the matcher says of it in a file of this name.
    fn ask(&mut self, matcher: &Matcher, path: &[u8]) -> Option<&Match> {
        if !self.said.contains_key(path) {
            let context = Context {
                path,
                source: SourceKind::History,
            };
            let from = self.span.start.saturating_sub(NEAR);
            let mut candidates = Vec::new();
            matcher.candidates(&self.text, from..self.span.end + NEAR, &mut candidates);
            let mut all = matcher
                .decide(&self.text, &candidates, &context)
                .into_iter();
            let is = |one: &Match| {
                (one.span.start..one.span.end) == self.span && one.decoded == self.found.decoded
            };
            let said = all.find(is).map(|one| bare(&one));
            self.said.insert(path.to_vec(), said);
        }
        self.said.get(path)?.as_ref()
    }
}

impl Sites {
    /// Notes what was found in a blob.
    pub(super) fn note(&mut self, blob: BlobId, bytes: &[u8], all: &[Match]) {
        for found in all {
            self.note_one(blob, bytes, found);
        }
    }

    fn note_one(&mut self, blob: BlobId, bytes: &[u8], found: &Match) {
        let key = (found.kind.clone(), found.secret.clone());
        if self.limit.as_ref().is_some_and(|limit| key >= *limit) {
            return;
        }
        let like = bare(found);
        let models = self.models.entry(key).or_default();
        match models.iter_mut().find(|model| model.found == like) {
            Some(model) if model.of <= (blob, found.span.start) => {}
            Some(model) => *model = Model::new(blob, bytes, found),
            None => {
                models.push(Model::new(blob, bytes, found));
                self.count += 1;
            }
        }
        while self.count > MOST
            && let Some((key, dropped)) = self.models.pop_last()
        {
            self.count -= dropped.len();
            self.limit = Some(key);
        }
    }

    /// What stands for a finding; none if the text around it does not show it by itself, so that a path
    /// says nothing more.
    pub(super) fn model(&mut self, matcher: &Matcher, found: &Match) -> Option<&mut Model> {
        let key = (found.kind.clone(), found.secret.clone());
        let like = bare(found);
        let mut models = self.models.get_mut(&key)?.iter_mut();
        let model = models.find(|model| model.found == like)?;
        (model.ask(matcher, b"") == Some(&like)).then_some(model)
    }
}

impl Model {
    /// The finding as it is at a path; none if it is nothing there.
    pub(super) fn at(&mut self, matcher: &Matcher, path: &[u8], found: &Match) -> Option<Match> {
        let said = self.ask(matcher, path)?;
        Some(Match {
            span: found.span,
            ..said.clone()
        })
    }
}
