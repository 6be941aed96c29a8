//! Places: where each responder identity stands in the environment, and which program hands one out. Only a table.

/// A value of an identity, and the variables that may hold it, the first that is set.
pub(super) type Field = (&'static str, &'static [&'static str]);

/// Where each identity stands in the environment. The first field is what it cannot do without.
pub(super) static PLACES: &[(&str, &[Field])] = &[
    (
        "aws",
        &[
            ("id", &["AWS_ACCESS_KEY_ID"]),
            ("secret", &["AWS_SECRET_ACCESS_KEY"]),
            ("session_token", &["AWS_SESSION_TOKEN"]),
        ],
    ),
    (
        "alibaba",
        &[
            (
                "id",
                &["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY"],
            ),
            (
                "secret",
                &["ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY"],
            ),
            (
                "session_token",
                &["ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_SECURITY_TOKEN"],
            ),
        ],
    ),
    (
        "tencent",
        &[
            ("id", &["TENCENTCLOUD_SECRET_ID"]),
            ("secret", &["TENCENTCLOUD_SECRET_KEY"]),
            ("session_token", &["TENCENTCLOUD_SECURITY_TOKEN"]),
        ],
    ),
    (
        "huawei",
        &[
            ("id", &["HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["HUAWEICLOUD_SDK_SK", "HW_SECRET_KEY"]),
        ],
    ),
    (
        "volcengine",
        &[
            ("id", &["VOLC_ACCESSKEY", "VOLCENGINE_ACCESS_KEY"]),
            ("secret", &["VOLC_SECRETKEY", "VOLCENGINE_SECRET_KEY"]),
        ],
    ),
    (
        "google",
        &[(
            "access_token",
            &["CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN"],
        )],
    ),
    ("github", &[("secret", &["GITHUB_TOKEN", "GH_TOKEN"])]),
    ("gitlab", &[("secret", &["GITLAB_TOKEN"])]),
    ("vault", &[("secret", &["VAULT_TOKEN", "BAO_TOKEN"])]),
    ("cloudflare", &[("secret", &["CLOUDFLARE_API_TOKEN"])]),
    ("anthropic", &[("secret", &["ANTHROPIC_ADMIN_KEY"])]),
    ("kubernetes", &[("secret", &["KUBE_TOKEN"])]),
    ("openai", &[("secret", &["OPENAI_ADMIN_KEY"])]),
    ("algolia", &[("secret", &["ALGOLIA_ADMIN_KEY"])]),
    (
        "dockerhub",
        &[
            ("user", &["DOCKERHUB_USERNAME"]),
            ("secret", &["DOCKERHUB_PASSWORD", "DOCKERHUB_TOKEN"]),
        ],
    ),
    (
        "grafana",
        &[(
            "secret",
            &["GRAFANA_TOKEN", "GRAFANA_SERVICE_ACCOUNT_TOKEN"],
        )],
    ),
    (
        "dynatrace",
        &[("secret", &["DYNATRACE_API_TOKEN", "DT_API_TOKEN"])],
    ),
    ("tailscale", &[("secret", &["TAILSCALE_API_KEY"])]),
    ("ibm", &[("secret", &["IBMCLOUD_API_KEY", "IC_API_KEY"])]),
    (
        "openrouter",
        &[(
            "secret",
            &["OPENROUTER_MANAGEMENT_KEY", "OPENROUTER_PROVISIONING_KEY"],
        )],
    ),
    (
        "confluent",
        &[
            ("key", &["CONFLUENT_CLOUD_API_KEY"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["CONFLUENT_CLOUD_API_SECRET"]),
        ],
    ),
    ("azure", &[("access_token", &["AZURE_ACCESS_TOKEN"])]),
    (
        "datadog",
        &[
            ("id", &["DD_API_KEY"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["DD_APP_KEY", "DD_APPLICATION_KEY"]),
        ],
    ),
    ("newrelic", &[("secret", &["NEW_RELIC_API_KEY"])]),
    (
        "scaleway",
        &[("secret", &["SCW_SECRET_KEY"]), ("id", &["SCW_ACCESS_KEY"])],
    ),
    (
        "backblaze",
        &[
            ("id", &["B2_APPLICATION_KEY_ID"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["B2_APPLICATION_KEY"]),
        ],
    ),
    ("cockroachdb", &[("secret", &["COCKROACH_API_KEY"])]),
    (
        "clickhouse",
        &[
            ("id", &["CLICKHOUSE_CLOUD_API_KEY", "CLICKHOUSE_TOKEN_KEY"]),
            (
                "secret",
                &["CLICKHOUSE_CLOUD_API_SECRET", "CLICKHOUSE_TOKEN_SECRET"],
            ),
        ],
    ),
    (
        "honeycomb",
        &[
            ("id", &["HONEYCOMB_KEY_ID"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["HONEYCOMB_KEY_SECRET"]),
        ],
    ),
    (
        "planetscale",
        &[
            ("id", &["PLANETSCALE_SERVICE_TOKEN_ID"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["PLANETSCALE_SERVICE_TOKEN"]),
        ],
    ),
    ("supabase", &[("secret", &["SUPABASE_ACCESS_TOKEN"])]),
    ("ably", &[("secret", &["ABLY_ACCOUNT_TOKEN"])]),
    (
        "langfuse",
        &[
            ("id", &["LANGFUSE_ORGANIZATION_PUBLIC_KEY"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["LANGFUSE_ORGANIZATION_SECRET_KEY"]),
        ],
    ),
    (
        "mixpanel",
        &[
            ("id", &["MIXPANEL_USERNAME"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["MIXPANEL_SECRET"]),
            ("organisation", &["MIXPANEL_ORGANIZATION_ID"]),
        ],
    ),
    ("quay", &[("secret", &["QUAY_OAUTH_TOKEN"])]),
    (
        "cloudinary",
        &[
            ("id", &["CLOUDINARY_PROVISIONING_API_KEY"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["CLOUDINARY_PROVISIONING_API_SECRET"]),
            ("account", &["CLOUDINARY_ACCOUNT_ID"]),
        ],
    ),
    ("splunk", &[("secret", &["SFX_AUTH_TOKEN"])]),
    ("statsig", &[("secret", &["STATSIG_CONSOLE_KEY"])]),
    (
        "notion",
        &[
            ("id", &["NOTION_OAUTH_CLIENT_ID"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["NOTION_OAUTH_CLIENT_SECRET"]),
        ],
    ),
    (
        "square",
        &[
            ("id", &["SQUARE_APPLICATION_ID"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["SQUARE_APPLICATION_SECRET"]),
        ],
    ),
    (
        "twitter",
        &[
            ("id", &["TWITTER_CONSUMER_KEY"]),
            // unleak:ignore generic-secret the name of a variable
            ("secret", &["TWITTER_CONSUMER_SECRET"]),
            ("token", &["TWITTER_ACCESS_TOKEN"]),
            // unleak:ignore generic-secret the name of a variable
            ("token_secret", &["TWITTER_ACCESS_TOKEN_SECRET"]),
        ],
    ),
    (
        "postgres",
        &[
            ("user", &["PGUSER"]),
            ("secret", &["PGPASSWORD"]),
            ("host", &["PGHOST"]),
        ],
    ),
    (
        "mysql",
        &[
            ("user", &["MYSQL_USER", "MARIADB_USER"]),
            (
                "secret",
                &["MYSQL_PWD", "MYSQL_PASSWORD", "MARIADB_PASSWORD"],
            ),
            ("host", &["MYSQL_HOST"]),
        ],
    ),
    (
        "redis",
        &[
            ("user", &["REDIS_ADMIN_USER"]),
            ("secret", &["REDIS_ADMIN_PASSWORD"]),
        ],
    ),
    (
        "ldap",
        &[
            ("user", &["LDAP_BIND_DN", "LDAPBINDDN"]),
            ("secret", &["LDAP_BIND_PASSWORD"]),
        ],
    ),
    (
        "kerberos",
        &[
            ("user", &["KADMIN_PRINCIPAL"]),
            ("secret", &["KADMIN_PASSWORD"]),
            ("server", &["KADMIN_SERVER"]),
        ],
    ),
    (
        "rabbitmq",
        &[
            ("user", &["RABBITMQ_ADMIN_USER"]),
            ("secret", &["RABBITMQ_ADMIN_PASSWORD"]),
        ],
    ),
];

/// A program that hands out a token to whoever is signed in with it.
pub(super) struct Program {
    /// The identity.
    pub(super) identity: &'static str,
    /// What `[responder]` says.
    pub(super) word: &'static str,
    /// The value that it gives.
    pub(super) field: &'static str,
    /// The program and its arguments; it prints the value and nothing else.
    pub(super) program: &'static str,
    pub(super) arguments: &'static [&'static str],
}

pub(super) static PROGRAMS: &[Program] = &[
    Program {
        identity: "google",
        word: "gcloud",
        field: "access_token",
        program: "gcloud",
        arguments: &["auth", "print-access-token"],
    },
    Program {
        identity: "google",
        word: "application-default",
        field: "access_token",
        program: "gcloud",
        arguments: &["auth", "application-default", "print-access-token"],
    },
    Program {
        identity: "azure",
        word: "az",
        field: "access_token",
        program: "az",
        arguments: &[
            "account",
            "get-access-token",
            "--resource-type",
            "ms-graph",
            "--query",
            "accessToken",
            "--output",
            "tsv",
        ],
    },
    Program {
        identity: "azure",
        word: "az",
        field: "arm_token",
        program: "az",
        arguments: &[
            "account",
            "get-access-token",
            "--query",
            "accessToken",
            "--output",
            "tsv",
        ],
    },
    Program {
        identity: "github",
        word: "gh",
        field: "secret",
        program: "gh",
        arguments: &["auth", "token"],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::pattern::Patterns;

    #[test]
    fn every_responder_that_a_pattern_names_can_be_named_in_the_settings() {
        let patterns = Patterns::builtin();
        let calls = patterns
            .kinds()
            .flat_map(|kind| kind.provider.call.values());
        let named: BTreeSet<&str> = calls
            .filter_map(|call| call.as_whom.as_deref())
            .flat_map(|list| list.split(',').map(str::trim))
            .filter(|word| !["self", "public"].contains(word))
            .collect();
        assert!(named.len() > 15, "{named:?}");
        for name in named {
            assert!(PLACES.iter().any(|(known, _)| *known == name), "{name}");
            let setting = format!("responder.{name}");
            assert!(super::super::key(&setting).is_some(), "{setting}");
        }
        for (name, _) in PLACES {
            let setting = format!("responder.{name}");
            assert!(super::super::key(&setting).is_some(), "{setting}");
        }
    }
}
