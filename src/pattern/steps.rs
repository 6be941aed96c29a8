//! Steps: what must follow a keyword for its regex to match, told without running it. Built into
//! `build.rs` with the index.

use std::collections::BTreeMap;

use super::anchor::{Item, Sequence};
use super::index::{Index, Step};

/// So many bytes behind a keyword are looked at: the cheap stage sees no farther.
const BOUND: u32 = 128;

/// A shorter run somewhere behind the keyword says too little.
const LEAST_RUN: u32 = 8;

const ANYTHING: [u8; 32] = [0xff; 32];

/// Numbers sets and rows of steps, so that each is kept once.
#[derive(Default)]
pub(super) struct Steps {
    sets: BTreeMap<[u8; 32], u16>,
    rows: BTreeMap<Vec<Step>, (u32, u16)>,
}

impl Steps {
    /// The checks of a sequence behind item `after`: whole items while their length is fixed, then
    /// the least number of bytes of the first one whose length varies, then the longest run that
    /// must stand somewhere behind that.
    pub(super) fn row(
        &mut self,
        sequence: &Sequence,
        after: usize,
        index: &mut Index,
    ) -> Vec<Step> {
        let items = &sequence[after..];
        let mut row: Vec<Step> = Vec::new();
        let (mut total, mut fixed) = (0, 0);
        for item in items {
            let min = item.min.min(BOUND - total);
            if min > 0 && item.set != ANYTHING {
                let step = self.step(item, min, 0, index);
                match row.last_mut() {
                    Some(last)
                        if Step {
                            min: last.min,
                            ..step
                        } == *last =>
                    {
                        last.min += step.min
                    }
                    _ => row.push(step),
                }
            }
            total += min;
            fixed += 1;
            if item.min != item.max || total >= BOUND || item.set == ANYTHING {
                break;
            }
        }
        if let Some((item, within)) = run_behind(items, fixed) {
            // Counted from the end of the steps that are known to stand side by side.
            let known: u32 = row.iter().map(|step| u32::from(step.min)).sum();
            let gap = within - known.min(within);
            let step = self.step(item, item.min.min(BOUND), gap, index);
            row.push(step);
        }
        row
    }

    /// Tells where the checks of a row are filed in `index`, and how many they are.
    pub(super) fn file(&mut self, row: Vec<Step>, index: &mut Index) -> (u32, u16) {
        if let Some(known) = self.rows.get(&row) {
            return *known;
        }
        let start = u32::try_from(index.steps.len()).unwrap_or(u32::MAX);
        let length = u16::try_from(row.len()).unwrap_or(0);
        index.steps.extend(&row);
        self.rows.insert(row, (start, length));
        (start, length)
    }

    fn step(&mut self, item: &Item, min: u32, gap: u32, index: &mut Index) -> Step {
        let next = u16::try_from(self.sets.len()).unwrap_or(u16::MAX);
        let set = *self.sets.entry(item.set).or_insert_with(|| {
            index.sets.to_mut().extend_from_slice(&item.set);
            next
        });
        let small = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
        Step {
            set,
            min: small(min),
            gap: small(gap),
        }
    }
}

/// Whatever passes the checks of `narrow` passes those of `wide`: these are the first of the same, or
/// they look for the same run farther on. Then a keyword needs but the latter.
pub(super) fn covers(wide: &[Step], narrow: &[Step]) -> bool {
    let Some((last, rest)) = wide.split_last() else {
        return true;
    };
    let asks_more =
        |step: &Step| step.set == last.set && step.min >= last.min && step.gap <= last.gap;
    narrow.starts_with(rest) && narrow.get(rest.len()).is_some_and(asks_more)
}

/// Of the items from number `from` on, the one whose run is longest and near enough to be seen; with
/// the farthest place where that may begin.
fn run_behind(items: &[Item], from: usize) -> Option<(&Item, u32)> {
    let mut best: Option<(&Item, u32)> = None;
    let mut within = 0_u32;
    for (at, item) in items.iter().enumerate() {
        if within.saturating_add(item.min) > BOUND {
            break;
        }
        let longer = item.min >= LEAST_RUN && best.is_none_or(|(known, _)| item.min > known.min);
        if at >= from && longer && item.set != ANYTHING {
            best = Some((item, within));
        }
        within = within.saturating_add(item.max);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::anchor::How;
    use crate::pattern::schema::Provider;

    /// The keywords that a kind with this regex is found by: text, where, how many checks.
    fn keys(keywords: &str, regex: &str) -> Vec<(String, How, u16)> {
        let text = format!(
            "id = \"acme\"\nname = \"Acme\"\ndocs = \"https://acme.example\"\n[[secret]]\nid = \"key\"\nname = \"Key\"\nseverity = \"high\"\n\
             keywords = {keywords}\nregex = '{regex}'\n"
        );
        let provider: Provider = toml::from_str(&text).expect("a pattern file");
        let index = Index::build(&[provider]).expect("can be indexed");
        let told = |key: &crate::pattern::index::Key| (key.text.to_string(), key.how, key.steps);
        index.keys.iter().map(told).collect()
    }

    #[test]
    fn a_keyword_behind_a_run_is_looked_up_there() {
        let uuid =
            r"\b(?<secret>[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}:fx)\b";
        assert_eq!(keys(r#"[":fx"]"#, uuid), [(":fx".into(), How::Behind, 0)]);
        let short = r"\b(?<secret>[a-f0-9]{8}:fx)\b";
        assert_eq!(
            keys(r#"[":fx"]"#, short),
            [(":fx".into(), How::Fallback, 0)]
        );
        let joined = r"\b(?<secret>00D[A-Za-z0-9]{12}![A-Za-z0-9_.]{80,110})";
        assert_eq!(keys(r#"["00D"]"#, joined)[0].1, How::Start);
    }

    #[test]
    fn ways_that_ask_for_more_need_no_key_of_their_own() {
        let one = "acme[a-z]{0,9}(?:token|key|password)[:=] ?(?<secret>[0-9a-f]{40})";
        assert_eq!(
            keys(r#"["acme"]"#, one),
            [("acme".into(), How::Fallback, 1)]
        );
        let start = "(?<secret>acme_[a-z0-9]{20}(?:[a-z0-9]{4})?(?:==)?)";
        assert_eq!(
            keys(r#"["acme_"]"#, start),
            [("acme_".into(), How::Start, 1)]
        );
        let apart = "(?<secret>acme_(?:[0-9]{20}|[a-z]{20}))";
        assert_eq!(keys(r#"["acme_"]"#, apart).len(), 2);
    }

    #[test]
    fn a_keyword_is_not_looked_for_where_it_is_merely_allowed() {
        let both = keys(r#"["AKME", "ABME"]"#, "(?<id>(?:AKME|ABME)[A-Z2-7]{16})");
        let start = |text: &str| (text.to_owned(), How::Start, 1);
        assert_eq!(both, [start("ABME"), start("AKME")]);
        let inside = keys(r#"["ACME"]"#, "(?<id>[A-Z]{16}ACME[A-Z]{8})");
        assert_eq!(inside, [("ACME".into(), How::Fallback, 1)]);
        let longer = keys(r#"["ACME"]"#, "(?<id>[A-Z]{16}ACME[A-Z]{16})");
        assert_eq!(longer, [("ACME".into(), How::Middle, 1)]);
    }

    #[test]
    fn a_row_covers_those_that_ask_for_as_much_or_more() {
        let step = |set, min, gap| Step { set, min, gap };
        let first = step(0, 4, 0);
        assert!(covers(&[], &[first]));
        assert!(covers(&[first], &[first]));
        assert!(covers(&[first], &[step(0, 9, 0), step(1, 1, 0)]));
        assert!(covers(&[first, step(1, 8, 9)], &[first, step(1, 8, 2)]));
        assert!(covers(&[step(1, 8, 9)], &[step(1, 20, 0)]));
        assert!(!covers(&[first], &[]));
        assert!(!covers(&[first], &[step(0, 3, 0)]));
        assert!(!covers(&[first], &[step(0, 4, 1)]));
        assert!(!covers(&[first], &[step(1, 4, 0)]));
        assert!(!covers(&[first, step(1, 8, 0)], &[first]));
    }
}
