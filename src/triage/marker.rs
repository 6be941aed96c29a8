//! Comments beside a secret that ask for silence: which of them count, and which places they cover.
//! Finding them is the matcher's business.

use std::collections::{BTreeMap, BTreeSet};

use super::merge::Merged;
use super::suppress::{Cover, is_of};
use crate::finding::{BlobId, Finding, Marker, Place, Silencer, SourceKind, Stale, StaleWhy};

/// Our own marker.
const OURS: &str = "unleak:ignore";

/// One line of one content.
type Line = (SourceKind, Vec<u8>, Option<BlobId>, Option<String>, u32);

/// Which findings share the lines that matter, and which markers count.
///
/// A marker speaks for exactly one secret: the only one on its line, or the only one of the kind it
/// names. Where it could mean several, it is refused and listed, so that it never hides a secret
/// that somebody put there later.
pub(super) struct Lines {
    shared: BTreeMap<Line, BTreeSet<usize>>,
    honoured: BTreeMap<usize, Vec<(usize, Marker)>>,
    refused: Vec<(usize, usize, String)>,
}

fn line(place: &Place) -> Line {
    (
        place.source,
        place.path.clone(),
        place.blob,
        place.commit.as_ref().map(|commit| commit.id.clone()),
        place.span.line,
    )
}

impl Lines {
    /// Looks at all findings at once, because what stands beside a secret decides. Lines matter if
    /// there is a marker, or something else that is about lines (`by_line`).
    pub(super) fn of(merged: &[Merged], foreign: bool, by_line: bool) -> Lines {
        let mut lines = Lines {
            shared: BTreeMap::new(),
            honoured: BTreeMap::new(),
            refused: Vec::new(),
        };
        if !by_line && merged.iter().all(|merged| merged.markers.is_empty()) {
            return lines;
        }
        for (index, Merged { finding, .. }) in merged.iter().enumerate() {
            for place in &finding.places {
                lines.shared.entry(line(place)).or_default().insert(index);
            }
        }
        for (index, Merged { finding, markers }) in merged.iter().enumerate() {
            for (place, marker) in markers {
                if !foreign && marker.word != OURS {
                    continue;
                }
                match lines.meant(merged, index, &finding.places[*place], marker) {
                    Ok(true) => {
                        let of_finding = lines.honoured.entry(index).or_default();
                        of_finding.push((*place, marker.clone()));
                    }
                    Ok(false) => {}
                    Err(why) => lines.refused.push((index, *place, why)),
                }
            }
        }
        lines
    }

    /// Whether the marker means this finding; an error if nobody can tell whom it means.
    fn meant(
        &self,
        merged: &[Merged],
        index: usize,
        place: &Place,
        marker: &Marker,
    ) -> Result<bool, String> {
        let here = &self.shared[&line(place)];
        let Some(kind) = &marker.kind else {
            return match here.len() {
                1 => Ok(true),
                n => Err(format!(
                    "{n} secrets stand on this line: name the kind that is meant"
                )),
            };
        };
        let mut named = here.iter().filter(|i| is_of(&merged[**i].finding, kind));
        match (named.next(), named.next()) {
            (Some(only), None) => Ok(*only == index),
            (Some(_), Some(_)) => Err(format!(
                "several secrets of '{kind}' stand on this line: suppress the one by its fingerprint"
            )),
            (None, _) => {
                let found = &merged[index].finding.kind;
                Err(format!(
                    "it names '{kind}', but what stands there is '{found}'"
                ))
            }
        }
    }

    /// The markers that count for a finding.
    pub(super) fn honoured(&self, index: usize) -> &[(usize, Marker)] {
        self.honoured.get(&index).map_or(&[], Vec::as_slice)
    }

    /// No other secret stands on the line of this place.
    pub(super) fn alone(&self, place: &Place) -> bool {
        self.shared
            .get(&line(place))
            .is_none_or(|here| here.len() == 1)
    }

    /// Markers that could not be honoured, in what can still be edited.
    pub(super) fn refused(&self, merged: &[Merged]) -> Vec<Stale> {
        let mut stale = Vec::new();
        for (index, place, why) in &self.refused {
            let place = &merged[*index].finding.places[*place];
            if rank(place).is_none() {
                continue;
            }
            let markers = merged[*index].markers.iter();
            let mut markers =
                markers.filter(|(at, _)| line(&merged[*index].finding.places[*at]) == line(place));
            stale.push(Stale {
                origin: origin(place),
                subject: markers
                    .next()
                    .map_or(OURS, |(_, marker)| marker.word)
                    .to_owned(),
                why: StaleWhy::Refused(why.clone()),
            });
        }
        stale
    }
}

/// Where an editor would go.
fn origin(place: &Place) -> String {
    match place.path.is_empty() {
        true => format!("line {}", place.span.line),
        false => format!("{}:{}", place.path_text(), place.span.line),
    }
}

/// Copies of a file that somebody can still edit, the one nearest to the editor first; `None` for
/// what is written for ever.
fn rank(place: &Place) -> Option<u8> {
    match place.source {
        SourceKind::Tree | SourceKind::Stdin | SourceKind::Archive => Some(0),
        SourceKind::Index => Some(1),
        SourceKind::History if place.in_head => Some(2),
        SourceKind::History | SourceKind::Message => None,
    }
}

/// Covers what the markers of one finding cover.
///
/// A marker vouches for a value, not for a version of a file. So beside the present copy of a value
/// it also covers the copies in earlier versions, which nobody can edit any more; but each present
/// copy at another path needs a marker of its own.
pub(super) fn cover(finding: &Finding, markers: &[(usize, Marker)], cover: &mut Cover) {
    if markers.is_empty() {
        return;
    }
    let by = markers.iter().map(|(index, marker)| Silencer {
        sort: "marker",
        origin: origin(&finding.places[*index]),
        reason: marker.reason.clone(),
    });
    cover.by.extend(by);
    let marked: BTreeSet<usize> = markers.iter().map(|(index, _)| *index).collect();
    for &index in &marked {
        cover.places[index] = true;
    }
    let mut nearest: BTreeMap<&[u8], u8> = BTreeMap::new();
    for place in &finding.places {
        if let Some(rank) = rank(place) {
            let best = nearest.entry(&place.path).or_insert(rank);
            *best = rank.min(*best);
        }
    }
    // A path is vouched for if every copy in its nearest version is.
    let open = finding
        .places
        .iter()
        .zip(&cover.places)
        .filter(|(place, covered)| {
            !**covered && rank(place).is_some_and(|rank| rank == nearest[place.path.as_slice()])
        });
    let open: BTreeSet<&[u8]> = open.map(|(place, _)| place.path.as_slice()).collect();
    for (index, place) in finding.places.iter().enumerate() {
        let vouched = match rank(place) {
            Some(_) => {
                !open.contains(place.path.as_slice()) && path_marked(finding, &marked, place)
            }
            None => open.is_empty(),
        };
        if vouched {
            cover.places[index] = true;
        }
    }
}

fn path_marked(finding: &Finding, marked: &BTreeSet<usize>, place: &Place) -> bool {
    marked
        .iter()
        .any(|index| finding.places[*index].path == place.path)
}
