//! The trail followed to its end: what the leaked credential did, whom it made, what those did, and so on. Bounded; a
//! call that failed at the provider did not happen, so it is recorded and not followed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::rows::{Lists, Row};
use crate::pattern::incident::{Follow, Text};

/// Most identities that are followed.
const MOST_NODES: usize = 100;
/// Most events that are kept.
const MOST_EVENTS: usize = 5000;

/// The taken value that says from where.
const ADDRESS: &str = "address";

/// An address that others are not behind as well: providers also write words there, and addresses of inner networks.
fn tells_somebody(address: &str) -> bool {
    match address.parse() {
        Ok(IpAddr::V4(one)) => !(one.is_private() || one.is_loopback() || one.is_link_local()),
        Ok(IpAddr::V6(one)) => !(one.is_loopback() || one.is_unique_local()),
        Err(_) => false,
    }
}

/// Somebody whose events were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Node {
    /// `key`, `user`, …
    pub(super) sort: String,
    /// Its id or name.
    pub(super) value: String,
    /// Who made it: position in the list; the leaked one has nobody.
    pub(super) by: Option<usize>,
    /// When.
    pub(super) at: String,
    /// From which address.
    pub(super) address: String,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Event {
    /// When, as the trail says it.
    pub(super) at: String,
    /// What.
    pub(super) event: String,
    /// Who: position in the list of nodes.
    pub(super) node: usize,
    /// Address, region, target, error, …
    pub(super) row: Row,
}

impl Event {
    /// The provider refused it, so it did not happen.
    pub(super) fn failed(&self) -> bool {
        let error = self.row.get("error");
        error.is_some_and(|error| !error.is_empty() && error != "0")
    }
}

/// Everything that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trail {
    /// The leaked credential first, then in order of discovery.
    pub(super) nodes: Vec<Node>,
    /// In order of time.
    pub(super) events: Vec<Event>,
    /// What could not be read, or was too much.
    pub(super) gaps: Vec<Text>,
}

/// `A`, `B`, …, `Z`, `A1`, …: how an identity is called in the report.
pub(super) fn letter(at: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
    match at / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}

/// The rows of one node's events, and what could not be read.
pub(super) type Asked = (Vec<Row>, Vec<Text>);

impl Trail {
    /// Follows the trail from `start`; `ask` reads the events of one identity.
    pub(super) fn follow(
        how: &Follow,
        start: &str,
        ask: &mut dyn FnMut(&str, &Node) -> Result<Asked, Text>,
    ) -> Result<Trail, Text> {
        let mut trail = Trail::default();
        trail.nodes.push(Node {
            sort: how.sort.clone(),
            value: start.to_owned(),
            by: None,
            at: String::new(),
            address: String::new(),
        });
        let mut at = 0;
        while at < trail.nodes.len() {
            let node = trail.nodes[at].clone();
            let call = how.by.get(&node.sort);
            match call.map(|call| ask(call, &node)) {
                None => {}
                Some(Ok((rows, gaps))) => {
                    trail.gaps.extend(gaps);
                    trail.add(how, at, rows);
                }
                // Without the first answer there is no trail; a later one is a gap.
                Some(Err(why)) if at == 0 => return Err(why),
                Some(Err(why)) => trail.gaps.push(why),
            }
            at += 1;
        }
        trail.events.sort();
        trail.events.dedup();
        Ok(trail)
    }

    fn add(&mut self, how: &Follow, node: usize, rows: Vec<Row>) {
        for row in rows {
            // Asked about by key and by address, an event comes twice.
            if self.events.iter().any(|known| known.row == row) {
                continue;
            }
            let text = |name: &str| row.get(name).cloned().unwrap_or_default();
            let event = Event {
                at: text("at"),
                event: text("event"),
                node,
                row,
            };
            if !event.failed() {
                self.branch(how, &event);
            }
            if self.events.len() < MOST_EVENTS {
                self.events.push(event);
            } else if self.events.len() == MOST_EVENTS {
                self.gap(
                    "more than 5000 events; the rest is not shown",
                    "事件超过 5000 条，其余未列出",
                );
            }
        }
    }

    /// Opens a branch for whom the event made.
    fn branch(&mut self, how: &Follow, event: &Event) {
        for open in how
            .opens
            .iter()
            .filter(|open| open.events.contains(&event.event))
        {
            let Some(value) = event.row.get(&open.at) else {
                continue;
            };
            if open.at == ADDRESS && !tells_somebody(value) {
                continue;
            }
            let known = |node: &Node| node.sort == open.sort && node.value == *value;
            if self.nodes.iter().any(known) {
                continue;
            }
            if self.nodes.len() >= MOST_NODES {
                self.gap(
                    "more than 100 identities; the rest is not followed",
                    "涉及的身份超过 100 个，其余未继续追踪",
                );
                continue;
            }
            self.nodes.push(Node {
                sort: open.sort.clone(),
                value: value.clone(),
                by: Some(event.node),
                at: event.at.clone(),
                address: event.row.get("address").cloned().unwrap_or_default(),
            });
        }
    }

    fn gap(&mut self, en: &str, zh: &str) {
        let gap = Text {
            en: en.to_owned(),
            zh: zh.to_owned(),
        };
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// Made by the leaked credential or by one of those it made, and not merely from the thief's address: somebody else
    /// may sit behind that as well.
    pub(super) fn is_certain(&self, how: &Follow, at: usize) -> bool {
        let by_address = |node: &Node| {
            let mut opens = how.opens.iter();
            opens.any(|open| open.at == ADDRESS && open.sort == node.sort)
        };
        let mut next = self.nodes.get(at).and_then(|node| node.by);
        let mut left = self.nodes.len();
        while let Some(node) = next.and_then(|at| self.nodes.get(at)) {
            if by_address(node) || left == 0 {
                return false;
            }
            left -= 1;
            next = node.by;
        }
        true
    }

    /// The lists that later steps use: whom it made, and from where the thief came for sure: the addresses of those he
    /// made, and of those who made them.
    pub(super) fn keep(&self, how: &Follow, lists: &mut Lists) {
        for (sort, list) in &how.made {
            let made = self.nodes.iter().enumerate().skip(1);
            let certain = |at: usize| self.is_certain(how, at);
            let made = made.filter(|(at, node)| node.sort == *sort && certain(*at));
            let rows = made.map(|(at, node)| self.row(how, at, node));
            lists.insert(list.clone(), rows.collect());
        }
        if let Some(list) = &how.addresses {
            let makers = self.nodes.iter().skip(1).map(|node| node.address.as_str());
            let made = self.events.iter().filter(|event| event.node > 0);
            let made = made.filter_map(|event| event.row.get("address"));
            let all: BTreeSet<&str> = makers.chain(made.map(String::as_str)).collect();
            let rows = all.into_iter().filter(|address| !address.is_empty());
            let row = |address: &str| Row::from([("node".to_owned(), address.to_owned())]);
            lists.insert(list.clone(), rows.map(row).collect());
        }
    }

    /// One of those it made, with what the event that made it said.
    fn row(&self, how: &Follow, at: usize, node: &Node) -> Row {
        let opened = self.events.iter().find(|event| {
            Some(event.node) == node.by && event.at == node.at && {
                let mut opens = how.opens.iter();
                opens.any(|open| event.row.get(&open.at) == Some(&node.value))
            }
        });
        let mut row = opened.map(|event| event.row.clone()).unwrap_or_default();
        row.insert("node".into(), node.value.clone());
        row.insert("letter".into(), letter(at));
        row.insert("by".into(), node.by.map(letter).unwrap_or_default());
        row
    }

    /// How often each kind of event that matters was made by whom, with first and last time and the addresses.
    pub(super) fn counted(&self, names: &[String]) -> BTreeMap<(String, usize), Vec<&Event>> {
        let mut all: BTreeMap<(String, usize), Vec<&Event>> = BTreeMap::new();
        let told = self
            .events
            .iter()
            .filter(|event| names.contains(&event.event));
        for event in told {
            let key = (event.event.clone(), event.node);
            all.entry(key).or_default().push(event);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pairs: &[(&str, &str)]) -> Row {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
    }

    fn how() -> Follow {
        toml::from_str(
            r#"
            sort = "key"
            start = "id"
            by = { key = "of-key", user = "of-user" }
            opens = [
              { events = ["CreateUser"], sort = "user", at = "user" },
              { events = ["CreateAccessKey"], sort = "key", at = "key" },
            ]
            made = { user = "users", key = "keys" }
            addresses = "addresses"
            "#,
        )
        .unwrap()
    }

    #[test]
    fn the_chain_is_followed_to_its_end_and_cycles_end() {
        let mut asked = Vec::new();
        let mut ask = |call: &str, node: &Node| -> Result<Asked, Text> {
            asked.push(format!("{call} {}", node.value));
            let made = |event, field, value, at, address| {
                row(&[
                    ("event", event),
                    (field, value),
                    ("at", at),
                    ("address", address),
                ])
            };
            let rows = match node.value.as_str() {
                "K1" => vec![
                    made("CreateUser", "user", "mallory", "1", "9.9.9.9"),
                    row(&[
                        ("event", "CreateUser"),
                        ("user", "failed"),
                        ("at", "0"),
                        ("error", "Denied"),
                    ]),
                ],
                "mallory" => vec![made("CreateAccessKey", "key", "K2", "2", "8.8.8.8")],
                "K2" => vec![made("CreateAccessKey", "key", "K1", "3", "7.7.7.7")],
                _ => return Err(Text::default()),
            };
            Ok((rows, Vec::new()))
        };
        let trail = Trail::follow(&how(), "K1", &mut ask).unwrap();
        assert_eq!(asked, ["of-key K1", "of-user mallory", "of-key K2"]);
        let times: Vec<&str> = trail.events.iter().map(|event| event.at.as_str()).collect();
        assert_eq!(times, ["0", "1", "2", "3"]);
        let mut lists = Lists::new();
        trail.keep(&how(), &mut lists);
        assert_eq!(lists["users"][0]["node"], "mallory");
        assert_eq!(
            (
                lists["keys"][0]["node"].as_str(),
                lists["keys"][0]["by"].as_str()
            ),
            ("K2", "B")
        );
        let addresses: Vec<&str> = lists["addresses"]
            .iter()
            .map(|row| row["node"].as_str())
            .collect();
        assert_eq!(addresses, ["7.7.7.7", "8.8.8.8", "9.9.9.9"]);
        assert_eq!(trail.counted(&["CreateUser".into()]).len(), 1);
    }

    #[test]
    fn a_trail_that_cannot_be_read_is_no_empty_trail() {
        let mut ask = |_: &str, _: &Node| Err(Text::default());
        assert!(Trail::follow(&how(), "K1", &mut ask).is_err());
        assert_eq!((letter(0), letter(27)), ("A".into(), "B1".into()));
    }

    #[test]
    fn it_is_bounded() {
        let mut asked = 0;
        let mut ask = |_: &str, _: &Node| -> Result<Asked, Text> {
            asked += 1;
            let user = format!("u{asked}");
            Ok((
                vec![row(&[
                    ("event", "CreateUser"),
                    ("user", &user),
                    ("at", &user),
                ])],
                Vec::new(),
            ))
        };
        let trail = Trail::follow(&how(), "K1", &mut ask).unwrap();
        assert_eq!((trail.nodes.len(), trail.gaps.len()), (MOST_NODES, 1));
    }

    #[test]
    fn who_is_made_from_the_same_address_is_not_the_thiefs_for_sure() {
        let mut how = how();
        how.by.insert("address".into(), "of-address".into());
        how.opens.push(crate::pattern::incident::Open {
            events: vec!["CreateUser".into()],
            sort: "address".into(),
            at: "address".into(),
        });
        let made = |user: &str, address: &str| {
            row(&[
                ("event", "CreateUser"),
                ("user", user),
                ("at", user),
                ("address", address),
            ])
        };
        let mut asked = Vec::new();
        let mut ask = |_: &str, node: &Node| -> Result<Asked, Text> {
            asked.push(node.value.clone());
            let rows = match node.value.as_str() {
                "K1" => vec![made("mallory", "9.9.9.9"), made("m2", "gce-internal-ip")],
                "9.9.9.9" => vec![made("mallory", "9.9.9.9"), made("alice", "9.9.9.9")],
                "m2" => vec![made("m3", "10.0.0.7")],
                _ => Vec::new(),
            };
            Ok((rows, Vec::new()))
        };
        let trail = Trail::follow(&how, "K1", &mut ask).unwrap();
        assert!(asked.contains(&"9.9.9.9".to_owned()) && asked.contains(&"alice".to_owned()));
        assert!(
            !asked.contains(&"gce-internal-ip".to_owned())
                && !asked.contains(&"10.0.0.7".to_owned())
        );
        let mut lists = Lists::new();
        trail.keep(&how, &mut lists);
        let users: Vec<&str> = lists["users"]
            .iter()
            .map(|row| row["node"].as_str())
            .collect();
        assert_eq!(users, ["mallory", "m2", "m3"]);
    }
}
