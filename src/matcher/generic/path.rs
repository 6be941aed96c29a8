//! What the path says: the kind of file by its ending, and the folders that hold tests, examples, translations,
//! other people's code. Reads nothing but the path.

use std::cell::RefCell;
use std::sync::LazyLock;

use super::features::{F, Sheet};
use super::lexicon::words;
use super::wordset::WordSet;

/// Endings and the kind of file; kinds are ordered from code with types to prose.
const ENDINGS: &[(i16, &[&str])] = &[
    (
        1,
        &[
            "java", "go", "c", "h", "cc", "cpp", "hpp", "cs", "rs", "kt", "kts", "scala", "swift",
            "m", "mm", "dart", "vb", "hs", "erl", "ml", "fs", "pas", "groovy", "idl",
        ],
    ),
    (
        2,
        &[
            "js", "jsx", "ts", "tsx", "mjs", "cjs", "vue", "coffee", "svelte",
        ],
    ),
    (
        3,
        &[
            "py", "rb", "php", "pl", "pm", "lua", "ex", "exs", "r", "jl", "rake", "ipynb", "clj",
            "feature", "gemspec", "tcl",
        ],
    ),
    (
        4,
        &[
            "sh",
            "bash",
            "zsh",
            "ps1",
            "psm1",
            "bat",
            "cmd",
            "fish",
            "dockerfile",
            "makefile",
            "mk",
        ],
    ),
    (5, &["yml", "yaml"]),
    (6, &["json", "json5", "ipynb", "har", "map"]),
    (
        7,
        &[
            "toml",
            "ini",
            "conf",
            "cfg",
            "properties",
            "env",
            "config",
            "cnf",
            "tf",
            "tfvars",
            "hcl",
            "plist",
            "dist",
            "local",
            "gradle",
            "netrc",
            "npmrc",
            "service",
            "tpl",
        ],
    ),
    (
        8,
        &[
            "xml", "html", "htm", "erb", "haml", "j2", "hbs", "tmpl", "jsp", "cshtml", "xaml",
            "ejs", "twig", "csproj", "ftl", "mustache", "svg",
        ],
    ),
    (9, &["sql", "csv", "tsv", "dump", "psql"]),
    (
        10,
        &[
            "md", "rst", "txt", "adoc", "markdown", "asciidoc", "mdx", "tex", "org",
        ],
    ),
    (11, &["log", "out"]),
    (
        12,
        &[
            "po", "pot", "resx", "strings", "arb", "xlf", "xliff", "lang",
        ],
    ),
    (
        13,
        &[
            "lock", "sum", "min.js", "snap", "svg", "css", "scss", "less",
        ],
    ),
    (14, &["pem", "key", "crt", "cer", "pub", "asc"]),
];

/// What the words of [`FOLDERS`] speak for, by their bits.
const FEATURES: [F; 7] = [
    F::PathTest,
    F::PathExample,
    F::PathDocs,
    F::PathLocale,
    F::PathVendor,
    F::PathConfig,
    F::PathRecorded,
];

/// Words in a path.
static FOLDERS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(&[
        (
            1 << 0,
            &[b"test", b"spec", b"e2e", b"mock", b"/it/", b"qa/"],
        ),
        (
            1 << 1,
            &[
                b"example",
                b"sample",
                b"demo",
                b"tutorial",
                b"playground",
                b"template",
                b"quickstart",
            ],
        ),
        (
            1 << 2,
            &[
                b"doc/",
                b"docs/",
                b"document",
                b"readme",
                b"changelog",
                b"changes",
                b"wiki",
                b"guide",
                b".md",
            ],
        ),
        (
            1 << 3,
            &[
                b"locale",
                b".lproj",
                b"localiz",
                b"i18n",
                b"l10n",
                b"lang/",
                b"langs/",
                b"language",
                b"translation",
                b"messages",
                b"strings",
                b"/nls/",
                b"/po/",
            ],
        ),
        (
            1 << 4,
            &[
                b"vendor",
                b"third_party",
                b"third-party",
                b"node_modules",
                b"external/",
                b"bower",
                b".min.",
                b"dist/",
                b"/lib/",
            ],
        ),
        (
            1 << 5,
            &[
                b"conf",
                b"setting",
                b"environment",
                b".env",
                b"docker",
                b"compose",
                b"properties",
                b"secret",
                b"credential",
                b"deploy",
            ],
        ),
        (
            1 << 6,
            &[
                b"fixture",
                b"cassette",
                b"replaydata",
                b"recording",
                b"testdata",
                b"snapshot",
                b"golden",
                b".har",
            ],
        ),
    ])
});

/// What a path says, whatever value stands in the file.
#[derive(Default)]
struct Said {
    path: String,
    /// The same in small letters.
    lower: String,
    language: i16,
    folders: u32,
    depth: usize,
    of_language: bool,
}

thread_local! {
    /// The path that was asked for last: a file has many candidates.
    static LAST: RefCell<Said> = RefCell::default();
}

pub(super) fn fill(sheet: &mut Sheet, path: Option<&str>, value: &[u8]) {
    let Some(path) = path else {
        sheet.set(F::Language, -1);
        return;
    };
    LAST.with_borrow_mut(|said| {
        if said.path != path {
            *said = Said::of(path);
        }
        said.fill(sheet, value);
    });
}

/// No text of any language: long, without a blank, its letters and digits mixed.
fn is_drawn(value: &[u8]) -> bool {
    let sorts = |pair: &&[u8]| {
        pair[0].is_ascii_alphanumeric()
            && pair[1].is_ascii_alphanumeric()
            && pair[0].is_ascii_digit() != pair[1].is_ascii_digit()
    };
    value.len() >= 16
        && value.iter().all(u8::is_ascii_graphic)
        && value.windows(2).filter(sorts).take(4).count() == 4
}

impl Said {
    fn of(path: &str) -> Said {
        let lower = path.to_ascii_lowercase();
        let file = lower.rsplit('/').next().unwrap_or_default();
        let ending = file.rsplit_once('.').map_or(file, |(_, e)| e);
        let kind = ENDINGS.iter().find(|(_, list)| list.contains(&ending));
        let language = if file.starts_with("dockerfile") || file.starts_with("makefile") {
            4
        } else if file.starts_with(".env") {
            7
        } else {
            kind.map_or(0, |(k, _)| *k)
        };
        Said {
            path: path.to_owned(),
            language,
            folders: FOLDERS.held(lower.as_bytes()),
            depth: lower.matches('/').count(),
            of_language: lower.split('/').any(self::language),
            lower,
        }
    }

    fn fill(&self, sheet: &mut Sheet, value: &[u8]) {
        sheet.set(F::Language, self.language);
        for (bit, feature) in FEATURES.into_iter().enumerate() {
            sheet.set(feature, i16::from(self.folders >> bit & 1 == 1));
        }
        sheet.set(F::PathDepth, self.depth);
        sheet.set(F::PathLanguage, i16::from(self.of_language));
        if is_drawn(value) {
            // Keys stand among translated texts too (Android's `strings.xml`), and are none.
            sheet.set(F::PathLocale, 0);
            sheet.set(F::PathLanguage, 0);
        }
        let path = self.lower.as_bytes();
        let mut shared = 0i16;
        words(&value[..value.len().min(64)], |word| {
            let held = || memchr::memmem::find(path, &word.to_ascii_lowercase()).is_some();
            shared += i16::from(word.len() > 2 && held());
        });
        sheet.set(F::PathWords, shared);
    }
}

/// `fi`, `pt-br.json`, `locale_cs-cz.ini`, `values-zh-rcn`, `messages_pl.properties`: named after a language.
fn language(part: &str) -> bool {
    const CODES: &[u8] = b"ar be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka \
        kk km ko lt lv mk ml mn mr ms my nb ne nl nn no pl pt ro ru sk sl sq sr sv ta te th tr uk ur uz vi zh ";
    let stem = part.split('.').next().unwrap_or_default();
    let named = |code: &str| code.len() == 2 && CODES.chunks(3).any(|c| c[..2] == *code.as_bytes());
    if stem.len() == 2 {
        return named(stem);
    }
    let mut words = stem.split(['-', '_']).rev();
    let last = words.next().unwrap_or_default();
    let before = words.next().unwrap_or_default();
    // `ml`, `my`, `id` and the like are words too: a whole name, or the end of one that speaks of texts.
    let texts = [
        "message",
        "locale",
        "lang",
        "translation",
        "string",
        "values",
        "texts",
        "i18n",
    ];
    let about = || texts.iter().any(|text| stem.contains(text));
    let land = last.len() == 2 || (last.len() == 3 && last.starts_with('r'));
    let country = (land || matches!(last, "hans" | "hant")) && named(before);
    (country && (stem.len() <= 7 || about())) || (named(last) && about())
}

#[cfg(test)]
mod tests {
    use super::language;

    #[test]
    fn names_of_languages_are_known() {
        for part in [
            "fi",
            "pt-br.json",
            "locale_cs-cz.ini",
            "values-zh-rcn",
            "messages_pl.properties",
            "zh_hans",
        ] {
            assert!(language(part), "{part}");
        }
        for part in [
            "src",
            "is_valid",
            "my_app",
            "main.rs",
            "user-id.json",
            "config",
            "",
        ] {
            assert!(!language(part), "{part}");
        }
    }
}
