//! Every setting that exists: its name, its type, its default, and who may set it.

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Any text.
    Text,
    /// A path; in a file it is relative to the file's directory.
    Path,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Texts.
    List,
    /// Paths.
    Paths,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// A number of bytes, with `KiB`, `MiB` or `GiB` if wanted.
    Size,
}

/// May the `.unleak.toml` of a scanned repository set it? Somebody else may have written that file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repo {
    /// At worst it silences something, which is shown.
    May,
    /// It could send, write or load something.
    MayNot,
}

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// `section.name`, as in a file.
    pub name: &'static str,
    /// Type.
    pub sort: Sort,
    /// Default, as text; empty means none.
    pub default: &'static str,
    /// Who may set it.
    pub repo: Repo,
    /// One sentence for people.
    pub about: &'static str,
}

const CONFIDENCES: Sort = Sort::Word(&["low", "medium", "high"]);
const URGENCIES: Sort = Sort::Word(&["done", "review", "soon", "now"]);

macro_rules! keys {
    ($($name:literal: $sort:expr, $default:literal, $repo:ident, $about:literal;)+) => {
        /// The table.
        pub static KEYS: &[Key] = &[$(Key {
            name: $name, sort: $sort, default: $default, repo: Repo::$repo, about: $about,
        }),+];
    };
}

keys! {
    "scan.format": Sort::Text, "", May, "report format; without it human on a terminal or to a pipe";
    "scan.min-confidence": CONFIDENCES, "medium", May, "findings below it are counted, not listed";
    "scan.min-urgency": URGENCIES, "review", May, "findings below it are counted, not listed";
    "scan.kinds": Sort::List, "", May, "only these kinds or providers; `-name` leaves one out";
    "scan.exclude": Sort::List, "", May, "paths that are not read, as gitignore globs";
    "scan.no-ignore": Sort::Flag, "false", May, "read what git ignores";
    "scan.max-file-size": Sort::Size, "1GiB", May, "larger content is counted and not read";
    "scan.baseline": Sort::Path, "", May, "file of known findings";
    "scan.import": Sort::Paths, "", MayNot, "`.gitleaksignore` files and detect-secrets baselines that count too";
    "scan.markers": Sort::Word(&["all", "own", "none"]), "all", May, "which comments silence: other tools' too, only `unleak:ignore`, none";
    "scan.strict-suppressions": Sort::Flag, "false", May, "an unused, expired or refused suppression is a finding for the exit code";
    "scan.allow-incomplete": Sort::Flag, "false", MayNot, "exit 0 although something could not be read";
    "scan.jobs": Sort::Number, "0", MayNot, "threads; 0 is one for each processor";
    "scan.cache": Sort::Flag, "true", MayNot, "remember which objects were clean";
    "scan.verify": Sort::Flag, "false", MayNot, "ask providers whether findings are alive";
    "patterns.dirs": Sort::Paths, "", MayNot, "directories of further pattern files";
    "network.allow-host": Sort::List, "", MayNot, "hosts from scanned text that may be asked (`.example.org` for all below)";
    "network.allow-private": Sort::Flag, "false", MayNot, "private, loopback and link-local addresses may be asked";
    "network.deadline": Sort::Number, "300", MayNot, "seconds after which nobody is asked any more; 0 is no limit";
    "network.pace": Sort::Number, "100", MayNot, "milliseconds between two calls to one host";
    "network.threads": Sort::Number, "32", MayNot, "providers are asked by so many threads";
    "network.attempts": Sort::Number, "2", MayNot, "tries of one credential in 24 hours where trying counts as an attempt";
    "network.privileges": Sort::Flag, "false", MayNot, "look at what a live credential may do, with reading calls";
    "network.ca-file": Sort::Path, "", MayNot, "further certificate authorities, PEM";
    "responder.aws": Sort::Text, "", MayNot, "who acts at AWS: `env`, `profile NAME` or `file PATH`";
    "responder.alibaba": Sort::Text, "", MayNot, "who acts at Alibaba Cloud: `env`, `profile NAME` or `file PATH`";
    "responder.tencent": Sort::Text, "", MayNot, "who acts at Tencent Cloud: `env`";
    "responder.huawei": Sort::Text, "", MayNot, "who acts at Huawei Cloud: `env`";
    "responder.volcengine": Sort::Text, "", MayNot, "who acts at Volcengine: `env`";
    "responder.google": Sort::Text, "", MayNot, "who acts at Google Cloud: `gcloud`, `application-default` or `env`";
    "responder.github": Sort::Text, "", MayNot, "who acts at GitHub: `gh` or `env`";
    "responder.gitlab": Sort::Text, "", MayNot, "who acts at GitLab: `env`";
    "responder.vault": Sort::Text, "", MayNot, "who acts at Vault or OpenBao: `env`";
    "responder.cloudflare": Sort::Text, "", MayNot, "who acts at Cloudflare: `env`";
    "responder.anthropic": Sort::Text, "", MayNot, "who acts at Anthropic (an admin key): `env`";
    "responder.kubernetes": Sort::Text, "", MayNot, "who acts in a Kubernetes cluster (a token): `env` or `file PATH`";
    "responder.openai": Sort::Text, "", MayNot, "who acts at OpenAI (an admin key): `env` or `file PATH`";
    "responder.algolia": Sort::Text, "", MayNot, "who acts at Algolia (the admin key): `env`";
    "responder.dockerhub": Sort::Text, "", MayNot, "who acts at Docker Hub (user and password): `env` or `file PATH`";
    "responder.grafana": Sort::Text, "", MayNot, "who acts at a Grafana server: `env` or `file PATH`";
    "responder.dynatrace": Sort::Text, "", MayNot, "who acts at Dynatrace: `env`";
    "responder.tailscale": Sort::Text, "", MayNot, "who acts at Tailscale: `env`";
    "responder.ibm": Sort::Text, "", MayNot, "who acts at IBM Cloud (an API key): `env`";
    "responder.openrouter": Sort::Text, "", MayNot, "who acts at OpenRouter (a management key): `env`";
    "responder.confluent": Sort::Text, "", MayNot, "who acts at Confluent Cloud (a cloud key): `env`";
    "responder.azure": Sort::Text, "", MayNot, "who acts at Microsoft Entra and Azure: `az` or `env`";
    "responder.datadog": Sort::Text, "", MayNot, "who acts at Datadog (API and application key): `env`";
    "responder.newrelic": Sort::Text, "", MayNot, "who acts at New Relic (a user key): `env`";
    "responder.scaleway": Sort::Text, "", MayNot, "who acts at Scaleway (a secret key): `env`";
    "responder.backblaze": Sort::Text, "", MayNot, "who acts at Backblaze B2 (key id and key): `env`";
    "responder.cockroachdb": Sort::Text, "", MayNot, "who acts at CockroachDB Cloud (an API key): `env`";
    "responder.clickhouse": Sort::Text, "", MayNot, "who acts at ClickHouse Cloud (key id and secret): `env`";
    "responder.honeycomb": Sort::Text, "", MayNot, "who acts at Honeycomb (a management key): `env`";
    "responder.planetscale": Sort::Text, "", MayNot, "who acts at PlanetScale (a service token): `env`";
    "responder.supabase": Sort::Text, "", MayNot, "who acts at Supabase (a personal access token): `env`";
    "responder.ably": Sort::Text, "", MayNot, "who acts at Ably (an account's control token): `env`";
    "responder.langfuse": Sort::Text, "", MayNot, "who acts at Langfuse (an organisation's key pair): `env`";
    "responder.mixpanel": Sort::Text, "", MayNot, "who acts at Mixpanel (a service account and the organisation's id): `env`";
    "responder.quay": Sort::Text, "", MayNot, "who acts at Quay.io (an OAuth token): `env`";
    "responder.cloudinary": Sort::Text, "", MayNot, "who acts at Cloudinary (account id and provisioning key): `env`";
    "responder.splunk": Sort::Text, "", MayNot, "who acts at Splunk Observability (an administrator's session token): `env`";
    "responder.statsig": Sort::Text, "", MayNot, "who acts at Statsig (a console key): `env`";
    "responder.notion": Sort::Text, "", MayNot, "who acts at Notion (an integration's OAuth client): `env`";
    "responder.square": Sort::Text, "", MayNot, "who acts at Square (an application's id and secret): `env`";
    "responder.twitter": Sort::Text, "", MayNot, "who acts at X (an app's key and secret, its owner's token): `env`";
    "responder.postgres": Sort::Text, "", MayNot, "who acts at PostgreSQL servers: `env` or `file PATH`";
    "responder.mysql": Sort::Text, "", MayNot, "who acts at MySQL and MariaDB servers: `env` or `file PATH`";
    "responder.redis": Sort::Text, "", MayNot, "who acts at Redis servers: `env` or `file PATH`";
    "responder.ldap": Sort::Text, "", MayNot, "who acts at LDAP servers (a DN): `env` or `file PATH`";
    "responder.kerberos": Sort::Text, "", MayNot, "who acts in a Kerberos realm by kadmin: `env` or `file PATH`";
    "responder.rabbitmq": Sort::Text, "", MayNot, "who acts at RabbitMQ's management API: `env` or `file PATH`";
    "hook.block": CONFIDENCES, "high", May, "findings of this confidence and above stop a commit";
    "hook.warn": CONFIDENCES, "medium", May, "findings of this confidence and above are shown";
    "output.lang": Sort::Word(&["en", "zh"]), "", MayNot, "language of guided steps; from the locale without it";
    "output.colour": Sort::Word(&["auto", "always", "never"]), "auto", MayNot, "colours and links";
}

/// The setting of that name.
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

impl Key {
    /// The environment variable that sets it: `UNLEAK_MIN_CONFIDENCE` for `scan.min-confidence`.
    pub fn variable(&self) -> String {
        let (section, name) = self.name.split_once('.').unwrap_or(("", self.name));
        let name = match section {
            "scan" => name.to_owned(),
            _ => format!("{section}-{name}"),
        };
        format!("UNLEAK_{}", name.to_uppercase().replace('-', "_"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_variables_are_unique() {
        let mut names: Vec<_> = KEYS.iter().map(|k| k.name.to_owned()).collect();
        names.extend(KEYS.iter().map(Key::variable));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 2 * KEYS.len());
    }
}
