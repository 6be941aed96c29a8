//! Ports that must not be open to the world, and port ranges as providers write them. Pure.

/// Remote log-in and file sharing.
const REMOTE: &[u16] = &[22, 23, 135, 139, 445, 3389, 5900, 5985, 5986];
/// Databases, caches and search engines.
const DATABASE: &[u16] = &[
    1433, 1521, 3306, 5432, 5984, 6379, 7474, 8086, 9042, 9200, 9300, 11211, 27017, 27018,
];
/// Pools and proxies of miners.
const MINING: &[u16] = &[3333, 4444, 5555, 7777, 14433, 14444, 45560, 45700];
/// Interfaces that start programs: Docker, etcd, Kubernetes.
const CONTROL: &[u16] = &[2375, 2376, 2379, 4243, 6443, 10250];

/// Those of the watched sets (`remote`, `database`, `mining`, `control`, or a number) that the ranges cover.
pub(super) fn open(ranges: &[(u16, u16)], watched: &[String]) -> Vec<u16> {
    let mut ports: Vec<u16> = Vec::new();
    for name in watched {
        match name.as_str() {
            "remote" => ports.extend(REMOTE),
            "database" => ports.extend(DATABASE),
            "mining" => ports.extend(MINING),
            "control" => ports.extend(CONTROL),
            number => ports.extend(number.parse::<u16>()),
        }
    }
    let covered = |port: &u16| ranges.iter().any(|(from, to)| from <= port && port <= to);
    ports.retain(covered);
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// Ranges from texts such as `22`, `80-90`, `22/22`, `22,3389`, `ALL`, `-1/-1`.
pub(super) fn ranges(texts: &[String]) -> Vec<(u16, u16)> {
    let words = texts.iter().flat_map(|text| text.split([' ', ',']));
    words.filter_map(range).collect()
}

fn range(word: &str) -> Option<(u16, u16)> {
    let word = word.trim();
    if matches!(word, "ALL" | "all" | "*" | "-1" | "-1/-1") {
        return Some((0, u16::MAX));
    }
    let (from, to) = word.split_once(['-', '/']).unwrap_or((word, word));
    Some((from.parse().ok()?, to.parse().ok()?))
}

/// The range of a first and a last port; negative ones mean all.
pub(super) fn between(texts: &[String]) -> Vec<(u16, u16)> {
    let numbers: Vec<i64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    match numbers[..] {
        [from, to] if from < 0 || to < 0 => vec![(0, u16::MAX)],
        [from, to] => {
            let port = |n: i64| u16::try_from(n).unwrap_or(u16::MAX);
            vec![(port(from), port(to))]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn ranges_are_read_as_providers_write_them() {
        let watched = text(&["remote", "8080"]);
        let open = |words: &[&str]| open(&ranges(&text(words)), &watched);
        assert_eq!(open(&["22/22"]), [22]);
        assert_eq!(open(&["20-25"]), [22, 23]);
        assert_eq!(open(&["22,3389", "8080"]), [22, 3389, 8080]);
        assert_eq!(open(&["ALL"]).len(), REMOTE.len() + 1);
        assert_eq!(open(&["-1/-1"]).len(), REMOTE.len() + 1);
        assert!(open(&["443", "x", "99999"]).is_empty());
    }

    #[test]
    fn first_and_last_port() {
        assert_eq!(between(&text(&["22", "23"])), [(22, 23)]);
        assert_eq!(between(&text(&["-1", "-1"])), [(0, u16::MAX)]);
        assert!(between(&text(&["22"])).is_empty());
    }
}
