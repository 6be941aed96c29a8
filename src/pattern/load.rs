//! Reading pattern files: strict TOML, every error with its place and remedy. What the words in
//! them mean is checked by `lint`. `build.rs` compiles this too, so that a broken file of ours
//! fails the build.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::schema::Provider;
use super::services;

/// Our largest file has 40 KB; a scanned repository may bring its own.
const MOST_BYTES: u64 = 1 << 20;
const MOST_FILES: usize = 20_000;

/// A provider with the file it came from; the text is kept for messages.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The file, as the user named it.
    pub file: String,
    /// What it says.
    pub provider: Provider,
    /// Where it stands in the file.
    pub origin: Origin,
}

/// The text a provider was read from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// The whole TOML file.
    File(String),
    /// A row of `services.tsv`: its line number and text.
    Row(u32, String),
}

/// Reads every `*.toml` and `services.tsv` of a directory, ordered by provider id. All problems
/// are collected before giving up.
pub fn directory(dir: &Path) -> Result<Vec<Loaded>, Vec<Problem>> {
    let files = listing(dir).map_err(|problem| vec![problem])?;
    let mut loaded = Vec::new();
    let mut problems = Vec::new();
    for path in files {
        match path_of(&path) {
            Ok(providers) => loaded.extend(providers),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    loaded.sort_by(|a, b| a.provider.id.cmp(&b.provider.id));
    Ok(loaded)
}

/// Reads one file: a row table if it ends in `.tsv`, a provider otherwise.
pub fn path_of(path: &Path) -> Result<Vec<Loaded>, Vec<Problem>> {
    let file = path.display().to_string();
    let text = text_of(path, &file).map_err(|problem| vec![problem])?;
    if path.extension().is_some_and(|ext| ext == "tsv") {
        return services::parse(&text, &file);
    }
    let provider = parse(&text, &file).map_err(|problem| vec![problem])?;
    let origin = Origin::File(text);
    Ok(vec![Loaded {
        file,
        provider,
        origin,
    }])
}

/// Reads the text of one provider file.
pub fn parse(text: &str, file: &str) -> Result<Provider, Problem> {
    let parsed = toml::from_str(text).map_err(|error| {
        let message = error.message().trim_end().to_string();
        let remedy = remedy(&message);
        let problem = Problem::new(file, message, remedy);
        match error.span() {
            Some(span) => problem.pointing(text, span),
            None => problem,
        }
    });
    parsed.map(tidy)
}

/// Words are compared without separators, so `client_id` and `client-id` are `clientid`; `=front` stands
/// for the word in company.
fn tidy(mut provider: Provider) -> Provider {
    let words = provider.words.iter();
    provider.words = words.flat_map(|word| services::in_company(word)).collect();
    let mut lists = vec![&mut provider.words];
    for kind in &mut provider.secret {
        lists.extend([&mut kind.words, &mut kind.key_words]);
        lists.extend(kind.parts.iter_mut().map(|part| &mut part.words));
    }
    for list in lists {
        list.iter_mut()
            .for_each(|word| word.retain(|c| !"_-. ".contains(c)));
        let mut seen = BTreeSet::new();
        list.retain(|word| seen.insert(word.clone()));
    }
    provider
}

fn remedy(message: &str) -> &'static str {
    if message.starts_with("unknown field") {
        "remove it or correct its name; patterns/README.md explains every field"
    } else if message.starts_with("missing field") {
        "add it to this table; patterns/README.md explains every field"
    } else if message.starts_with("invalid type") || message.starts_with("invalid value") {
        "give the field the type that patterns/README.md shows"
    } else {
        "correct the TOML here; text with backslashes goes between '''three quotes'''"
    }
}

fn listing(dir: &Path) -> Result<Vec<PathBuf>, Problem> {
    let shown = dir.display().to_string();
    let unreadable = |error: std::io::Error| {
        let what = format!("cannot be read: {error}");
        Problem::new(
            &shown,
            what,
            "name a directory that holds pattern files (*.toml)",
        )
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let provider = path.extension().is_some_and(|ext| ext == "toml");
        let table = path.file_name().is_some_and(|name| name == "services.tsv");
        if (provider || table) && path.is_file() {
            files.push(path);
        }
    }
    if files.len() > MOST_FILES {
        let what = format!(
            "holds {} pattern files, more than {MOST_FILES}",
            files.len()
        );
        return Err(Problem::new(
            &shown,
            what,
            "split them over several directories",
        ));
    }
    files.sort();
    Ok(files)
}

fn text_of(path: &Path, file: &str) -> Result<String, Problem> {
    let unreadable = |error: std::io::Error| {
        let what = format!("cannot be read: {error}");
        Problem::new(
            file,
            what,
            "check that it exists, is readable, and is UTF-8",
        )
    };
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > MOST_BYTES {
        let what = format!("has {size} bytes, more than the {MOST_BYTES} a pattern file may have");
        return Err(Problem::new(file, what, "split it: one provider, one file"));
    }
    fs::read_to_string(path).map_err(unreadable)
}

/// Reads files and directories; every one that cannot be read is a problem of its own.
pub fn all(paths: &[PathBuf]) -> (Vec<Loaded>, Vec<Problem>) {
    let mut loaded = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        let read = if path.is_dir() {
            directory(path)
        } else {
            path_of(path)
        };
        match read {
            Ok(more) => loaded.extend(more),
            Err(found) => problems.extend(found),
        }
    }
    (loaded, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        parse(text, "acme.toml")
            .map(|_| ())
            .unwrap_err()
            .to_string()
    }

    const HEAD: &str = "id = \"acme\"\nname = \"Acme\"\ndocs = \"https://acme.example\"\n";

    #[test]
    fn an_unknown_field_is_shown_with_line_column_and_caret() {
        let text =
            format!("{HEAD}[[secret]]\nid = \"acme-key\"\nname = \"Key\"\nseverty = \"high\"\n");
        let shown = shown(&text);
        assert!(
            shown.starts_with("acme.toml:7:1: error: unknown field `severty`, expected"),
            "{shown}"
        );
        assert!(
            shown.contains("\n7 | severty = \"high\"\n  | ^^^^^^^\n"),
            "{shown}"
        );
        assert!(
            shown.ends_with(
                "= remove it or correct its name; patterns/README.md explains every field"
            )
        );
    }

    #[test]
    fn a_missing_field_a_wrong_type_and_broken_syntax_are_told_apart() {
        let missing = shown(&format!(
            "{HEAD}[[secret]]\nid = \"acme-key\"\nname = \"Key\"\n"
        ));
        assert!(missing.contains("missing field `severity`"), "{missing}");
        assert!(missing.contains("acme.toml:4:1"), "{missing}");
        let kind = shown(&format!("{HEAD}words = \"acme\"\n"));
        assert!(
            kind.contains("acme.toml:4:9: error: invalid type: string"),
            "{kind}"
        );
        let syntax = shown(&format!("{HEAD}words = [\"acme\"\n"));
        assert!(syntax.contains("acme.toml:"), "{syntax}");
        let twice = shown(&format!("{HEAD}id = \"acme\"\n"));
        assert!(twice.contains("acme.toml:4:1"), "{twice}");
    }

    #[test]
    fn a_signer_without_its_name_is_refused_where_it_stands() {
        let text = format!("{HEAD}[call.x]\nurl = \"u\"\nsign = {{ key = \"k\" }}\n");
        let shown = shown(&text);
        assert!(shown.starts_with("acme.toml:6:8: error: "), "{shown}");
        assert!(shown.contains("`with`"), "{shown}");
    }

    #[test]
    fn hostile_files_are_refused_without_harm() {
        let deep = format!("{HEAD}words = {}", "[".repeat(200_000));
        assert!(parse(&deep, "x").is_err());
        let tables = format!("{HEAD}[{}a]", "a.".repeat(100_000));
        assert!(parse(&tables, "x").is_err());
        let dir = tempfile::tempdir().unwrap();
        let large = dir.path().join("large.toml");
        fs::write(&large, " ".repeat(2 << 20)).unwrap();
        assert!(path_of(&large).unwrap_err()[0].what.contains("more than"));
    }

    #[test]
    fn words_lose_their_separators_and_their_doubles() {
        let text = format!("{HEAD}words = [\"acme_cloud\", \"acmecloud\", \"acme\"]\n");
        assert_eq!(
            parse(&text, "acme.toml").unwrap().words,
            ["acmecloud", "acme"]
        );
    }

    #[test]
    fn an_everyday_word_stands_for_its_company() {
        let text = format!("{HEAD}words = [\"=acme\"]\n");
        let words = parse(&text, "acme.toml").unwrap().words;
        assert!(words.contains(&"acmekey".to_string()), "{words:?}");
        assert!(!words.contains(&"acme".to_string()), "{words:?}");
    }

    #[test]
    fn every_broken_file_of_a_directory_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), "x = 1").unwrap();
        fs::write(dir.path().join("b.toml"), HEAD).unwrap();
        fs::write(dir.path().join("c.toml"), [0xff, 0xfe]).unwrap();
        fs::write(dir.path().join("notes.txt"), "not a pattern").unwrap();
        let problems = directory(dir.path()).unwrap_err();
        let files: Vec<_> = problems
            .iter()
            .map(|p| &p.file[p.file.len() - 6..])
            .collect();
        assert_eq!(files, ["a.toml", "c.toml"]);
        assert!(directory(&dir.path().join("gone")).is_err());
    }
}
