//! What is asked of a prefilter keyword: long enough, no everyday word, and certain to stand in
//! every match of its regex. The last is proved on the parsed expression, not tried on samples.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::{Check, Spot};
use crate::pattern::schema::Kind;

/// Words so common in code and prose that looking closer at each of them costs more than it finds.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "about", "access", "account", "action", "active", "add", "address", "admin", "after", "all", "and", "any", "api",
    "apikey", "app", "application", "apps", "are", "array", "async", "auth", "author", "authorization", "back", "base",
    "base64", "bearer", "because", "been", "before", "begin", "body", "bool", "boolean", "both", "box", "break", "build",
    "but", "button", "byte", "call", "can", "case", "catch", "cert", "certificate", "change", "char", "check", "class",
    "cli", "client", "close", "cloud", "code", "color", "com", "command", "comment", "commit", "common", "company",
    "config", "connect", "connection", "const", "container", "content", "context", "control", "cookie", "copy", "core",
    "count", "create", "credential", "credentials", "current", "custom", "data", "database", "date", "day", "debug",
    "default", "define", "delete", "description", "dev", "device", "did", "dir", "document", "does", "domain", "down",
    "each", "edit", "else", "email", "empty", "enable", "end", "endpoint", "env", "environment", "error", "event",
    "example", "exec", "export", "extends", "false", "field", "file", "files", "final", "find", "first", "float", "for",
    "form", "format", "from", "front", "function", "get", "global", "good", "group", "had", "has", "hash", "have",
    "header", "headers", "help", "her", "here", "hex", "high", "his", "home", "host", "hostname", "hour", "how", "href",
    "html", "http", "https", "icon", "id", "identity", "image", "import", "include", "index", "info", "init", "input",
    "install", "instance", "int", "integer", "interface", "internal", "into", "its", "item", "items", "java", "job",
    "json", "just", "key", "keys", "label", "last", "length", "let", "level", "lib", "library", "license", "like",
    "line", "linear", "link", "list", "load", "local", "localhost", "location", "log", "login", "long", "main", "make",
    "map", "master", "max", "may", "message", "meta", "method", "min", "mode", "model", "module", "more", "most",
    "name", "names", "net", "network", "new", "next", "node", "none", "not", "note", "notion", "now", "null", "number",
    "object", "off", "old", "one", "only", "open", "option", "options", "org", "other", "our", "out", "output", "over",
    "package", "page", "param", "params", "parse", "part", "pass", "passwd", "password", "path", "pattern", "people",
    "php", "plugin", "point", "port", "post", "print", "private", "process", "product", "prod", "production", "profile",
    "program", "project", "property", "proxy", "public", "pull", "push", "put", "query", "read", "ref", "region",
    "remote", "remove", "replace", "report", "repository", "request", "require", "resource", "response", "result",
    "return", "role", "root", "route", "rule", "run", "same", "save", "schema", "scope", "script", "search", "secret",
    "secrets", "section", "security", "see", "select", "self", "send", "server", "service", "session", "set", "setting",
    "settings", "she", "should", "show", "sign", "signature", "simple", "site", "size", "some", "source", "spec",
    "src", "ssh", "stage", "standard", "start", "state", "static", "status", "step", "storage", "store", "stream",
    "string", "struct", "style", "such", "super", "support", "system", "table", "tag", "target", "task", "team",
    "template", "test", "tests", "text", "than", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "time", "title", "token", "tokens", "tool", "true", "try", "two", "type", "types", "undefined", "under",
    "unit", "update", "url", "use", "user", "username", "users", "using", "util", "value", "values", "var", "version",
    "view", "void", "want", "was", "way", "web", "were", "what", "when", "where", "which", "while", "who", "will",
    "window", "with", "word", "work", "world", "would", "write", "www", "xml", "yaml", "year", "you", "your",
];

const SHORTEST: usize = 3;

/// Every rule about the keywords of a kind; `hir` is its regex.
pub(super) fn keywords(check: &mut Check<'_>, spot: &Spot<'_>, kind: &Kind, hir: &Hir) {
    let spot = spot.field("keywords");
    if kind.keywords.is_empty() {
        check.broken(
            &spot,
            "a regex without keywords".into(),
            "name a literal that every match holds",
        );
        return;
    }
    for (n, keyword) in kind.keywords.iter().enumerate() {
        if keyword.len() < SHORTEST {
            let what = format!("the keyword `{keyword}` is shorter than {SHORTEST} bytes");
            check.broken(
                &spot.item(n),
                what,
                "take a longer literal of the regex, or use `shape`",
            );
        }
        let word = keyword.to_ascii_lowercase();
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        if COMMON.contains(&word) && word.len() == keyword.len() && kind.keyword_note.is_none() {
            let what = format!("the keyword `{keyword}` is an everyday word");
            let remedy =
                "take a rarer literal, use `shape` with `words`, or justify it in `keyword_note`";
            check.broken(&spot.item(n), what, remedy);
        }
        if kind.ignore_case && !keyword.is_ascii() {
            let what = format!("`{keyword}` is not ASCII, and case is ignored in ASCII only");
            check.broken(&spot.item(n), what, "remove `ignore_case` or the keyword");
        }
    }
    let needles = Needles::of(kind);
    if !needles.in_every_match(hir) {
        let what = "a match of the regex need not hold one of the keywords".to_string();
        let remedy = "every alternative holds a keyword literally (same case unless `ignore_case`)";
        check.broken(&spot, what, remedy);
    }
}

struct Needles {
    keywords: Vec<Vec<u8>>,
    ignore_case: bool,
}

/// All texts of a finite part of an expression.
type Texts = Vec<Vec<u8>>;
const MOST_TEXTS: usize = 512;
const LONGEST_TEXT: usize = 256;

impl Needles {
    fn of(kind: &Kind) -> Needles {
        let ignore_case = kind.ignore_case;
        let fold = |word: &String| {
            if ignore_case {
                word.to_ascii_lowercase()
            } else {
                word.clone()
            }
        };
        let keywords = kind
            .keywords
            .iter()
            .map(|word| fold(word).into_bytes())
            .collect();
        Needles {
            keywords,
            ignore_case,
        }
    }

    fn in_text(&self, text: &[u8]) -> bool {
        self.keywords
            .iter()
            .any(|word| text.windows(word.len().max(1)).any(|part| part == word))
    }

    fn in_every_match(&self, hir: &Hir) -> bool {
        if self
            .texts(hir)
            .is_some_and(|texts| texts.iter().all(|text| self.in_text(text)))
        {
            return true;
        }
        match hir.kind() {
            HirKind::Capture(capture) => self.in_every_match(&capture.sub),
            HirKind::Repetition(it) => it.min > 0 && self.in_every_match(&it.sub),
            HirKind::Alternation(list) => list.iter().all(|hir| self.in_every_match(hir)),
            HirKind::Concat(list) => self.in_some_run(list),
            HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
        }
    }

    /// One of the neighbours holds a keyword, or a run of finite neighbours does when joined.
    fn in_some_run(&self, list: &[Hir]) -> bool {
        let mut flat = Vec::new();
        list.iter().for_each(|hir| flatten(hir, &mut flat));
        let mut run: Texts = vec![Vec::new()];
        for hir in flat {
            if self.in_every_match(hir) {
                return true;
            }
            // Of a long repetition the first round still belongs to the run.
            let (next, whole) = match (self.texts(hir), hir.kind()) {
                (Some(texts), _) => (texts, true),
                (None, HirKind::Repetition(it)) if it.min > 0 => {
                    (self.texts(&it.sub).unwrap_or_default(), false)
                }
                (None, _) => (Texts::new(), false),
            };
            run = match join(&run, &next) {
                Some(joined) if !joined.is_empty() => joined,
                _ if whole => next,
                _ => vec![Vec::new()],
            };
            if run.iter().all(|text| self.in_text(text)) {
                return true;
            }
            if !whole {
                run = vec![Vec::new()];
            }
        }
        false
    }

    /// Every text the expression matches, if these are few.
    fn texts(&self, hir: &Hir) -> Option<Texts> {
        let mut texts = match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => vec![Vec::new()],
            HirKind::Literal(literal) => vec![self.fold(&literal.0)],
            HirKind::Class(Class::Bytes(class)) => {
                let bytes = class
                    .ranges()
                    .iter()
                    .flat_map(|range| range.start()..=range.end());
                bytes
                    .take(MOST_TEXTS + 1)
                    .map(|byte| self.fold(&[byte]))
                    .collect()
            }
            HirKind::Class(Class::Unicode(_)) => return None,
            HirKind::Capture(capture) => self.texts(&capture.sub)?,
            HirKind::Alternation(list) => {
                let each = list
                    .iter()
                    .map(|hir| self.texts(hir))
                    .collect::<Option<Vec<_>>>()?;
                each.concat()
            }
            HirKind::Concat(list) => {
                let mut texts = vec![Vec::new()];
                for hir in list {
                    texts = join(&texts, &self.texts(hir)?)?;
                }
                texts
            }
            HirKind::Repetition(it) => self.repeated(&it.sub, it.min, it.max?)?,
        };
        texts.sort();
        texts.dedup();
        (texts.len() <= 64).then_some(texts)
    }

    fn repeated(&self, hir: &Hir, min: u32, max: u32) -> Option<Texts> {
        if usize::try_from(max).map_or(true, |max| max > LONGEST_TEXT) {
            return None;
        }
        let once = self.texts(hir)?;
        let mut power = vec![Vec::new()];
        let mut all = Vec::new();
        for count in 0..=max {
            if count >= min {
                all.extend(power.iter().cloned());
            }
            if count < max {
                power = join(&power, &once)?;
            }
        }
        (all.len() <= MOST_TEXTS).then_some(all)
    }

    fn fold(&self, text: &[u8]) -> Vec<u8> {
        if self.ignore_case {
            text.to_ascii_lowercase()
        } else {
            text.to_vec()
        }
    }
}

fn flatten<'h>(hir: &'h Hir, out: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Concat(list) => list.iter().for_each(|hir| flatten(hir, out)),
        HirKind::Capture(capture) => flatten(&capture.sub, out),
        _ => out.push(hir),
    }
}

fn join(left: &Texts, right: &Texts) -> Option<Texts> {
    let longest = |texts: &Texts| texts.iter().map(Vec::len).max().unwrap_or(0);
    if left.len() * right.len() > MOST_TEXTS || longest(left) + longest(right) > LONGEST_TEXT {
        return None;
    }
    let pair = |a: &Vec<u8>, b: &Vec<u8>| [a.as_slice(), b.as_slice()].concat();
    Some(
        left.iter()
            .flat_map(|a| right.iter().map(move |b| pair(a, b)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::expression::parse;
    use super::*;

    fn certain(regex: &str, keywords: &[&str], ignore_case: bool) -> bool {
        let keywords = keywords.iter().map(ToString::to_string).collect();
        let kind = Kind {
            keywords,
            ignore_case,
            ..Kind::default()
        };
        Needles::of(&kind).in_every_match(&parse(regex).unwrap())
    }

    #[test]
    fn a_keyword_is_proved_to_stand_in_every_match() {
        assert!(certain(
            r"\b(?<secret>acme_pat_[A-Za-z0-9]{24})\b",
            &["acme_pat_"],
            false
        ));
        assert!(certain(
            r"\b(?<secret>(?:sk|rk)_live_[a-z]{9})",
            &["sk_live_", "rk_live_"],
            false
        ));
        assert!(certain(
            r"(?<secret>[sr]k_(?:live|test)_[a-z]{9})",
            &["k_live_", "k_test_"],
            false
        ));
        assert!(certain(
            r"a[0-9]{9}(?:T3BlbkFJ)[a-z]{3}",
            &["T3BlbkFJ"],
            false
        ));
        assert!(certain(
            r"(?i)acme[_-]?key.{0,9}x",
            &["acmekey", "acme_key", "acme-key"],
            true
        ));
        assert!(certain(
            r"(?:acme_[a-z]{9}|beta_[0-9]{9})x",
            &["acme_", "beta_"],
            false
        ));
        assert!(certain("tt[01]{16}", &["tt0", "tt1"], false));
        assert!(certain("密钥[0-9]{9}", &["密钥"], false));
    }

    #[test]
    fn a_keyword_that_may_be_missing_is_seen() {
        assert!(!certain(r"(?:acme_|beta_)[a-z]{9}", &["acme_"], false));
        assert!(!certain(r"(?:acme_)?[a-z]{9}", &["acme_"], false));
        assert!(!certain(r"(?i)acme_[a-z]{9}", &["acme_"], false));
        assert!(!certain(r"acme[a-z]{9}_", &["acme_"], false));
        assert!(!certain("tt[01]{0,16}", &["tt0", "tt1"], false));
        assert!(!certain(r"[a-z]{3,9}", &["abc"], false));
    }
}
