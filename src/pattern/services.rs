//! The rows of `services.tsv`: a service of which nothing more is known than the shape of its
//! secret and its name. A row becomes a provider with one `shape` kind.

use super::load::{Loaded, Origin};
use super::problem::Problem;
use super::schema::{Kind, PartRule, Provider, RotateSteps};

/// The first line of the table.
pub(super) const HEADER: &str = "id\tname\twords\tparts\tseverity\tdocs\tconsole";
const COLUMNS: usize = 7;

/// Reads the table; every broken row is named.
pub(super) fn parse(text: &str, file: &str) -> Result<Vec<Loaded>, Vec<Problem>> {
    let mut loaded = Vec::new();
    let mut problems = Vec::new();
    let mut last = String::new();
    let mut at = 0;
    for (number, line) in text.lines().enumerate() {
        let span = at..at + line.len();
        at = span.end + 1;
        if number == 0 {
            if line != HEADER {
                let remedy = format!(
                    "write the columns, tab-separated: {}",
                    HEADER.replace('\t', " ")
                );
                problems.push(Problem::new(file, "wrong heading", remedy).pointing(text, span));
            }
            continue;
        }
        match row(line) {
            Ok(provider) if provider.id <= last => {
                let what = format!("`{}` stands after `{last}`", provider.id);
                let remedy = "sort the rows by id, each id once (LC_ALL=C sort)";
                problems.push(Problem::new(file, what, remedy).pointing(text, span));
            }
            Ok(provider) => {
                last.clone_from(&provider.id);
                let origin = Origin::Row(
                    u32::try_from(number + 1).unwrap_or(u32::MAX),
                    line.to_string(),
                );
                loaded.push(Loaded {
                    file: file.to_string(),
                    provider,
                    origin,
                });
            }
            Err((what, remedy)) => {
                problems.push(Problem::new(file, what, remedy).pointing(text, span));
            }
        }
    }
    if problems.is_empty() {
        Ok(loaded)
    } else {
        Err(problems)
    }
}

fn row(line: &str) -> Result<Provider, (String, &'static str)> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [id, name, words, parts, severity, docs, console] = cells[..] else {
        let what = format!("{} columns instead of {COLUMNS}", cells.len());
        return Err((
            what,
            "put one tab between the columns; an unknown console is empty",
        ));
    };
    let (hosts, words) = words_of(words);
    Ok(Provider {
        id: id.to_string(),
        name: name.to_string(),
        docs: docs.to_string(),
        words,
        hosts,
        secret: vec![kind(id, name, parts, severity)?],
        rotate: rotation(name, console),
        ..Provider::default()
    })
}

/// What may follow an everyday word in a name for it to speak of a service.
const COMPANIONS: [&str; 16] = [
    "access",
    "account",
    "api",
    "apikey",
    "app",
    "auth",
    "bot",
    "client",
    "credential",
    "credentials",
    "key",
    "oauth",
    "pass",
    "password",
    "secret",
    "token",
];

/// The words that a pattern's word stands for. `=front` is an everyday word, which speaks of the
/// service only in company: `FRONT_API_KEY`, `frontToken`, but not `front`.
pub(super) fn in_company(word: &str) -> Vec<String> {
    match word.strip_prefix('=') {
        Some(word) => COMPANIONS
            .iter()
            .map(|companion| format!("{word}{companion}"))
            .collect(),
        None => vec![word.to_string()],
    }
}

/// Domains and words of a row. A word with a dot is a domain, because words have no separators.
fn words_of(list: &str) -> (Vec<String>, Vec<String>) {
    let (mut hosts, mut words) = (Vec::new(), Vec::new());
    for word in list.split(',').filter(|word| !word.is_empty()) {
        if word.contains('.') {
            hosts.push(word.to_string());
        } else {
            words.extend(in_company(word));
        }
    }
    (hosts, words)
}

/// The kind of a row: the part called `secret`, or the first, is the secret; the others belong to
/// it if they stand near under their own name.
fn kind(id: &str, name: &str, parts: &str, severity: &str) -> Result<Kind, (String, &'static str)> {
    let mut pairs = Vec::new();
    for part in parts.split(" ; ") {
        let pair = part.split_once(": ").ok_or_else(|| {
            let what = format!("`{part}` is no part");
            (what, "write `name: shape`, with ` ; ` between two parts")
        })?;
        pairs.push(pair);
    }
    let main = pairs
        .iter()
        .position(|(name, _)| *name == "secret")
        .unwrap_or(0);
    let (part, shape) = pairs.remove(main);
    // Two values of one shape can only be told apart by what they are called.
    let twin = pairs.iter().any(|(_, other)| *other == shape);
    let key_words = match (twin, part) {
        (false, _) => Vec::new(),
        (true, "key") => vec!["key".to_string(), "token".to_string(), "secret".to_string()],
        (true, part) => vec![part.replace('_', "")],
    };
    let rule = |(name, shape): (&str, &str)| PartRule {
        name: name.to_string(),
        shape: shape.to_string(),
        words: vec![name.replace('_', "")],
        needs_word: true,
        within: 500,
        optional: true,
    };
    let kind = Kind {
        id: format!("{id}-{}", part.replace('_', "-")),
        name: format!("{name} {}", part.replace('_', " ")),
        severity: severity.to_string(),
        key_words,
        parts: pairs.into_iter().map(rule).collect(),
        unverifiable: Some("Nothing but the shape of this credential is known.".to_string()),
        ..Kind::default()
    };
    Ok(match shape {
        "jwt" => signed(kind),
        _ => Kind {
            shape: Some(shape.to_string()),
            ..kind
        },
    })
}

/// A signed token begins alike everywhere, so it has a prefix; whose it is, the words say.
fn signed(kind: Kind) -> Kind {
    let regex = r"\b(?<secret>eyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{16,1000})(?:[^A-Za-z0-9_-]|$)";
    Kind {
        keywords: vec!["eyJ".to_string()],
        regex: Some(regex.to_string()),
        needs_word: true,
        checksum: Some("jwt".to_string()),
        facts: Some("jwt".to_string()),
        ..kind
    }
}

fn rotation(name: &str, console: &str) -> RotateSteps {
    RotateSteps {
        console: (!console.is_empty()).then(|| console.to_string()),
        steps: vec![
            format!("Create a new one in the console of {name}."),
            "Put it where the old one was read.".to_string(),
            "Delete the old one.".to_string(),
        ],
        steps_zh: vec![
            format!("在 {name} 的控制台创建新的密钥。"),
            "在所有读取旧密钥的地方换成新密钥。".to_string(),
            "删除旧密钥。".to_string(),
        ],
        contact: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "acme\tAcme\tacme,acmecloud,acme.example\tid: [0-9]{8} ; secret: [a-f0-9]{32}\tmedium\thttps://acme.example/docs\t";

    #[test]
    fn a_row_becomes_a_provider_with_one_kind() {
        let loaded = parse(&format!("{HEADER}\n{ROW}\n"), "services.tsv").unwrap();
        let provider = &loaded[0].provider;
        assert_eq!(provider.words, ["acme", "acmecloud"]);
        assert_eq!(provider.hosts, ["acme.example"]);
        let kind = &provider.secret[0];
        assert_eq!(kind.id, "acme-secret");
        assert_eq!(kind.shape.as_deref(), Some("[a-f0-9]{32}"));
        assert_eq!(kind.parts[0].name, "id");
        assert!(kind.parts[0].optional);
        assert!(provider.rotate.console.is_none());
    }

    #[test]
    fn an_everyday_word_needs_company_and_twins_their_names() {
        let row =
            "front\tFront\t=front,front.example\tkey: [a-z]{20} ; id: [a-z]{20}\tlow\thttps://x\t";
        let loaded = parse(&format!("{HEADER}\n{row}\n"), "services.tsv").unwrap();
        let provider = &loaded[0].provider;
        assert!(provider.words.contains(&"frontapi".to_string()));
        assert!(!provider.words.contains(&"front".to_string()));
        assert_eq!(provider.hosts, ["front.example"]);
        assert_eq!(provider.secret[0].key_words, ["key", "token", "secret"]);
    }

    #[test]
    fn broken_rows_are_named_one_by_one() {
        let text =
            format!("{HEADER}\n{ROW}\n{ROW}\nshort\trow\nbeta\tB\tbeta\t[0-9]{{8}}\tlow\td\tc\n");
        let problems = parse(&text, "services.tsv").unwrap_err();
        let lines: Vec<_> = problems
            .iter()
            .filter_map(|p| p.at)
            .map(|at| at.0)
            .collect();
        assert_eq!(lines, [3, 4, 5]);
        assert!(parse("no\theading\n", "services.tsv").is_err());
    }
}
