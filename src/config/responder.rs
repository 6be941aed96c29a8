//! Responder identities: whose credentials may be used to freeze and revoke, read from the standard places (variables,
//! profiles, the providers' own programs) or a private file when `[responder]` names them. Never from the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::places::{Field, PLACES, PROGRAMS};
use super::{Env, Settings, program};
use crate::finding::Secret;
use crate::pattern::problem::Problem;
use crate::respond::Identity;

/// A profile file larger than this is nobody's.
const MOST: u64 = 1 << 20;

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
            Problem::new(&origin, format!("{setting}: {what}"), ways(name))
        };
        let mut taken = match stated.split_once(' ') {
            None if stated == "env" => present
                .clone()
                .ok_or_else(|| broken(format!("{} is not set", fields[0].1.join(" or "))))?,
            Some(("profile", profile)) => {
                from_profile(name, profile.trim(), env).map_err(broken)?
            }
            Some(("file", path)) => from_file(name, path.trim(), env).map_err(broken)?,
            _ => from_program(name, stated)
                .ok_or_else(|| broken(format!("'{stated}' is no place to look")))?
                .map_err(broken)?,
        };
        taken.named = true;
        let other = present.filter(|one| one.values != taken.values);
        all.push(taken);
        all.extend(other);
    }
    Ok(all)
}

/// What may be written for an identity.
fn ways(name: &str) -> String {
    let programs = PROGRAMS.iter().filter(|one| one.identity == name);
    let mut ways = vec!["env".to_owned(), "file PATH".to_owned()];
    if matches!(name, "aws" | "alibaba") {
        ways.push("profile NAME".into());
    }
    ways.extend(programs.map(|one| one.word.to_owned()));
    ways.dedup();
    format!("write one of: {}", ways.join(", "))
}

/// Asks the provider's own program, where the user is signed in already.
fn from_program(name: &str, word: &str) -> Option<Result<Identity, String>> {
    let asked = PROGRAMS
        .iter()
        .filter(|one| one.identity == name && one.word == word);
    let mut values = BTreeMap::new();
    for one in asked {
        match program::token(one.program, one.arguments) {
            Ok(value) => values.insert(one.field.to_owned(), value),
            Err(why) => return Some(Err(why)),
        };
    }
    (!values.is_empty()).then(|| {
        Ok(Identity {
            name: name.to_owned(),
            origin: word.to_owned(),
            values,
            named: true,
        })
    })
}

/// `name = value` lines of a file that nobody else may read.
fn from_file(name: &str, path: &str, env: &Env) -> Result<Identity, String> {
    let path = match (path.strip_prefix("~/"), env.home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    };
    let text = read(&path)?;
    private(&path)?;
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pair = |line: &str| {
        let (key, value) = line.split_once('=')?;
        Some((key.trim().to_owned(), Secret::from(value.trim())))
    };
    let values: Option<BTreeMap<_, _>> = lines.map(pair).collect();
    let values = values.ok_or_else(|| format!("{} has a line without `=`", path.display()))?;
    if values.is_empty() {
        return Err(format!("{} is empty", path.display()));
    }
    Ok(Identity {
        name: name.to_owned(),
        origin: format!("file {}", path.display()),
        values,
        named: true,
    })
}

/// As ssh does: a file with a password that others can read is not used.
#[cfg(unix)]
fn private(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |cause: std::io::Error| format!("{}: {cause}", path.display());
    let mode = std::fs::metadata(path)
        .map_err(failed)?
        .permissions()
        .mode();
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(format!(
            "{} can be read by others: chmod 600 it",
            path.display()
        )),
    }
}

#[cfg(not(unix))]
fn private(_: &Path) -> Result<(), String> {
    Ok(())
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
            let section = format!("profile {profile}");
            let config = home.join(".aws/config");
            let text = |file: &Path| read(file).unwrap_or_default();
            let mut values = aws(&text(&file), profile);
            if values.is_empty() {
                values = aws(&text(&config), &section);
            }
            if values.is_empty() {
                // Signed in through a portal or a role: the program knows how to get the keys.
                values = program::aws_profile(profile)?;
            }
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
        for nowhere in ["AKIA", "gcloud", "file /nowhere", "profile"] {
            assert!(of(&[("UNLEAK_RESPONDER_AWS", nowhere)]).is_err());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_a_password_is_used_only_if_it_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("dba");
        std::fs::write(&file, "# who locks\nuser = dba\nsecret = a=b\n").expect("written");
        let mode = |mode| {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&file, mode).expect("set");
        };
        let home = home.path().display().to_string();
        let ask = || of(&[("HOME", &home), ("UNLEAK_RESPONDER_POSTGRES", "file ~/dba")]);
        mode(0o644);
        let refused = ask().err().expect("others can read it").to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
        mode(0o600);
        let all = ask().expect("private");
        assert_eq!(all[0].values["secret"], Secret::from("a=b"));
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
