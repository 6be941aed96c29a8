//! Responder identities: whose credentials may be used to freeze and revoke, read from the standard places (variables,
//! the AWS and Alibaba Cloud CLIs' profiles) when `[responder]` names them. Never from the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Env, Settings};
use crate::finding::Secret;
use crate::pattern::problem::Problem;
use crate::respond::Identity;

/// A profile file larger than this is nobody's.
const MOST: u64 = 1 << 20;

/// A value of an identity, and the variables that may hold it, the first that is set.
type Field = (&'static str, &'static [&'static str]);

/// Where each identity stands in the environment. The first field is what it cannot do without.
static PLACES: &[(&str, &[Field])] = &[
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
    ("algolia", &[("secret", &["ALGOLIA_ADMIN_KEY"])]),
    (
        "dynatrace",
        &[("secret", &["DYNATRACE_API_TOKEN", "DT_API_TOKEN"])],
    ),
    ("tailscale", &[("secret", &["TAILSCALE_API_KEY"])]),
];

/// Every identity there is: those that `[responder]` names, and those that merely stand in the environment, so that
/// nobody closes the key he works with by mistake.
pub fn identities(settings: &Settings, env: &Env) -> Result<Vec<Identity>, Problem> {
    let mut all = Vec::new();
    for (name, fields) in PLACES {
        let setting = format!("responder.{name}");
        let stated = settings.text(&setting).filter(|text| !text.is_empty());
        let present = from_env(name, fields, env);
        let Some(stated) = stated else {
            all.extend(present);
            continue;
        };
        let broken = |what: String| {
            let origin = settings.get(&setting).origin.to_string();
            let remedy = "write \"env\", or \"profile NAME\" for aws and alibaba";
            Problem::new(&origin, format!("{setting}: {what}"), remedy)
        };
        let mut taken = match stated.split_once(' ') {
            None if stated == "env" => present
                .clone()
                .ok_or_else(|| broken(format!("{} is not set", fields[0].1.join(" or "))))?,
            Some(("profile", profile)) => {
                from_profile(name, profile.trim(), env).map_err(broken)?
            }
            _ => return Err(broken(format!("'{stated}' is no place to look"))),
        };
        taken.named = true;
        let other = present.filter(|one| one.values != taken.values);
        all.push(taken);
        all.extend(other);
    }
    Ok(all)
}

fn from_env(name: &str, fields: &[Field], env: &Env) -> Option<Identity> {
    let mut values = BTreeMap::new();
    let mut origin = String::new();
    for (field, variables) in fields {
        let set = variables
            .iter()
            .find_map(|name| Some((name, env.get(name)?)));
        if let Some((variable, value)) = set {
            if origin.is_empty() {
                origin = format!("${variable}");
            }
            values.insert((*field).to_owned(), Secret::from(value));
        }
    }
    let (first, _) = fields.first()?;
    values.contains_key(*first).then(|| Identity {
        name: name.to_owned(),
        origin,
        values,
        named: false,
    })
}

fn from_profile(name: &str, profile: &str, env: &Env) -> Result<Identity, String> {
    let home = env.home().ok_or("there is no home directory")?;
    let (file, values) = match name {
        "aws" => {
            let own = env.get("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from);
            let file = own.unwrap_or_else(|| home.join(".aws/credentials"));
            let values = aws(&read(&file)?, profile);
            (file, values)
        }
        "alibaba" => {
            let file = home.join(".aliyun/config.json");
            let values = alibaba(&read(&file)?, profile);
            (file, values)
        }
        _ => return Err("only aws and alibaba have profiles".into()),
    };
    let whole = values.contains_key("id") && values.contains_key("secret");
    if !whole {
        let file = file.display();
        return Err(format!(
            "{file} has no profile '{profile}' with an access key"
        ));
    }
    Ok(Identity {
        name: name.to_owned(),
        origin: format!("profile {profile}"),
        values,
        named: true,
    })
}

fn read(file: &Path) -> Result<String, String> {
    let failed = |cause: std::io::Error| format!("{}: {cause}", file.display());
    let size = std::fs::metadata(file).map_err(failed)?.len();
    if size > MOST {
        return Err(format!("{} is too large", file.display()));
    }
    std::fs::read_to_string(file).map_err(failed)
}

/// The keys of one section of `~/.aws/credentials`.
fn aws(text: &str, profile: &str) -> BTreeMap<String, Secret> {
    let mut inside = false;
    let mut values = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            inside = section.trim_end_matches(']').trim() == profile;
        } else if let Some((key, value)) = line.split_once('=').filter(|_| inside) {
            let name = match key.trim() {
                "aws_access_key_id" => "id",
                "aws_secret_access_key" => "secret",
                "aws_session_token" => "session_token",
                _ => continue,
            };
            values.insert(name.to_owned(), Secret::from(value.trim()));
        }
    }
    values
}

/// One profile of the Alibaba Cloud CLI's `config.json`.
fn alibaba(text: &str, profile: &str) -> BTreeMap<String, Secret> {
    let config: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let profiles = config["profiles"].as_array();
    let mut profiles = profiles.into_iter().flatten();
    let found = profiles.find(|one| one["name"] == profile);
    let fields = [
        ("id", "access_key_id"),
        ("secret", "access_key_secret"),
        ("session_token", "sts_token"),
    ];
    let value = |(name, key): (&str, &str)| {
        let value = found?[key].as_str().filter(|value| !value.is_empty())?;
        Some((name.to_owned(), Secret::from(value)))
    };
    fields.into_iter().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Sources;
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Vec<Identity>, Problem> {
        let env = Env::of(variables);
        let settings = Settings::load(&env, Path::new("/w"), &Sources::default())?;
        identities(&settings, &env)
    }

    #[test]
    fn an_identity_is_used_only_if_it_is_named() {
        let present = of(&[("GITHUB_TOKEN", "t1")]).expect("valid");
        assert!(present.len() == 1 && !present[0].named);
        let named = of(&[("GITHUB_TOKEN", "t1"), ("UNLEAK_RESPONDER_GITHUB", "env")]);
        let named = named.expect("valid");
        assert!(named.len() == 1 && named[0].named && named[0].origin == "$GITHUB_TOKEN");
        assert!(of(&[("UNLEAK_RESPONDER_AWS", "env")]).is_err());
        assert!(of(&[("UNLEAK_RESPONDER_AWS", "AKIA")]).is_err());
    }

    #[test]
    fn profiles_are_read_as_the_tools_write_them() {
        let home = tempfile::tempdir().expect("a directory");
        let file = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().expect("below home")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        file(
            ".aws/credentials",
            "[default]\naws_access_key_id = a\n[safe]\naws_access_key_id = b\naws_secret_access_key=c\n",
        );
        file(
            ".aliyun/config.json",
            r#"{"profiles":[{"name":"safe","access_key_id":"d","access_key_secret":"e","sts_token":""}]}"#,
        );
        let home = home.path().display().to_string();
        let both = of(&[
            ("HOME", &home),
            ("UNLEAK_RESPONDER_AWS", "profile safe"),
            ("UNLEAK_RESPONDER_ALIBABA", "profile safe"),
        ]);
        let both = both.expect("valid");
        assert_eq!(both[0].values["id"], Secret::from("b"));
        assert_eq!(both[1].values.len(), 2);
        let half = of(&[("HOME", &home), ("UNLEAK_RESPONDER_AWS", "profile default")]);
        assert!(half.is_err());
    }
}
