//! Home: one with Acme's pattern file, keys that leaked there, a report of them, and the provider.

use serde_json::Value;
use tempfile::TempDir;

use super::server::Server;
use super::tool::{Ran, Tool};

pub(crate) struct Home {
    pub(crate) dir: TempDir,
    pub(crate) server: Server,
    findings: Vec<Value>,
}

impl Home {
    /// Writes the pattern file and the leaks, and a report with their values: `report.jsonl`.
    pub(crate) fn new(acme: &str, leaks: &str, server: Server) -> Home {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("acme.toml"), acme).unwrap();
        std::fs::create_dir(dir.path().join("tree")).unwrap();
        std::fs::write(dir.path().join("tree/settings.env"), leaks).unwrap();
        let mut home = Home {
            dir,
            server,
            findings: Vec::new(),
        };
        let report = home.run("scan tree --format jsonl --show-secrets");
        home.findings = report.report().0;
        std::fs::write(home.dir.path().join("report.jsonl"), &report.out).unwrap();
        home
    }

    /// The fingerprint of the finding with this value.
    pub(crate) fn id_of(&self, value: &str) -> String {
        let mut all = self.findings.iter();
        let one = all.find(|one| one["secret"]["value"] == value).unwrap();
        one["fingerprint"].as_str().unwrap().to_owned()
    }

    pub(crate) fn tool(&self, arguments: &str) -> Tool {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        Tool::new(self.dir.path())
            .args(&arguments)
            .env("UNLEAK_ENDPOINT_ACME", &self.server.url())
            .env("UNLEAK_PATTERNS_DIRS", "acme.toml")
            .env("UNLEAK_NETWORK_PACE", "0")
    }

    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.tool(arguments).run()
    }
}
