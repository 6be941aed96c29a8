//! What the path says: the kind of file by its ending, and the folders that hold tests, examples, translations,
//! other people's code. Reads nothing but the path.

use super::features::{F, Sheet};

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

pub(super) fn fill(sheet: &mut Sheet, path: Option<&str>) {
    let Some(path) = path else {
        sheet.set(F::Language, -1);
        return;
    };
    let path = path.to_ascii_lowercase();
    let file = path.rsplit('/').next().unwrap_or_default();
    let ending = file.rsplit_once('.').map_or(file, |(_, e)| e);
    let kind = ENDINGS
        .iter()
        .find(|(_, list)| list.contains(&ending))
        .map_or(0, |(k, _)| *k);
    let kind = if file.starts_with("dockerfile") || file.starts_with("makefile") {
        4
    } else if file.starts_with(".env") {
        7
    } else {
        kind
    };
    sheet.set(F::Language, kind);
    let any = |list: &[&str]| i16::from(list.iter().any(|w| path.contains(w)));
    sheet.set(
        F::PathTest,
        any(&["test", "spec", "e2e", "mock", "/it/", "qa/"]),
    );
    sheet.set(
        F::PathExample,
        any(&[
            "example",
            "sample",
            "demo",
            "tutorial",
            "playground",
            "template",
            "quickstart",
        ]),
    );
    sheet.set(
        F::PathDocs,
        any(&[
            "doc/",
            "docs/",
            "document",
            "readme",
            "changelog",
            "changes",
            "wiki",
            "guide",
            ".md",
        ]),
    );
    sheet.set(
        F::PathLocale,
        any(&[
            "locale",
            "i18n",
            "l10n",
            "lang/",
            "langs/",
            "language",
            "translation",
            "messages",
            "strings",
            "/nls/",
            "/po/",
        ]),
    );
    sheet.set(
        F::PathVendor,
        any(&[
            "vendor",
            "third_party",
            "third-party",
            "node_modules",
            "external/",
            "bower",
            ".min.",
            "dist/",
            "/lib/",
        ]),
    );
    sheet.set(
        F::PathConfig,
        any(&[
            "conf",
            "setting",
            "environment",
            ".env",
            "docker",
            "compose",
            "properties",
            "secret",
            "credential",
            "deploy",
        ]),
    );
    sheet.set(
        F::PathRecorded,
        any(&[
            "fixture",
            "cassette",
            "replaydata",
            "recording",
            "testdata",
            "snapshot",
            "golden",
            ".har",
        ]),
    );
    sheet.set(F::PathDepth, path.matches('/').count());
}
