//! What other tools were told to be silent about, applied to findings. Reading their files belongs to `import`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::import::Import;
use super::super::marker::Lines;
use super::Cover;
use crate::finding::{Finding, Place, Silencer};

/// Foreign entries by the path they are about, so that thousands of them cost little.
pub(super) struct Foreign<'a> {
    by_path: BTreeMap<&'a str, Vec<usize>>,
    all: &'a [Import],
    /// Which of them silenced something.
    pub(super) used: Vec<bool>,
}

impl<'a> Foreign<'a> {
    pub(super) fn of(all: &'a [Import]) -> Foreign<'a> {
        let mut by_path: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, import) in all.iter().enumerate() {
            by_path.entry(&import.path).or_default().push(index);
        }
        let used = vec![false; all.len()];
        Foreign { by_path, all, used }
    }

    pub(super) fn cover(&mut self, finding: &Finding, cover: &mut Cover, lines: &Lines) {
        let mut paths: BTreeMap<Cow<'_, str>, Vec<usize>> = BTreeMap::new();
        if self.all.is_empty() {
            return;
        }
        for (index, place) in finding.places.iter().enumerate() {
            paths.entry(place.path_text()).or_default().push(index);
        }
        for (path, places) in paths {
            for &index in self.by_path.get(&*path).into_iter().flatten() {
                let import = &self.all[index];
                let by_line = |place: &Place| import.by_line(place) && lines.alone(place);
                let vouched = import.by_value(finding)
                    || places.iter().any(|place| by_line(&finding.places[*place]));
                if !vouched {
                    continue;
                }
                self.used[index] = true;
                for &place in &places {
                    cover.add(place, || Silencer {
                        sort: "import",
                        origin: import.origin.clone(),
                        reason: Some(format!("known to {}", import.tool)),
                    });
                }
            }
        }
    }
}
