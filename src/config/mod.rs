//! Settings in layers: defaults, the user's file, the repository's file, the environment, the
//! command line. Each value knows where it came from. What a setting does is not known here.

pub mod env;
mod file;
mod keys;
mod places;
mod program;
mod responder;
mod suppress;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::finding::{Confidence, Urgency};
use crate::pattern::problem::Problem;

pub use env::Env;
pub use keys::{KEYS, Key, Repo, Sort, key};
pub use responder::identities;
pub use suppress::Suppress;
pub use value::{Origin, Value, size};

use file::{Layer, Whose};

/// Name of the settings file in a repository.
pub const FILE: &str = ".unleak.toml";

/// Which files and flags make the settings.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A file named on the command line; it counts as the user's own and stands for the repository's.
    pub named: Option<PathBuf>,
    /// Top of the repository that is scanned.
    pub repository: Option<PathBuf>,
    /// What the command line sets, by name of the setting.
    pub flags: Vec<(&'static str, Value)>,
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// By whom it was set.
    pub origin: Origin,
}

/// All settings of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    values: BTreeMap<&'static str, Setting>,
    /// Addresses of self-hosted services, by provider.
    pub endpoints: BTreeMap<String, (String, Origin)>,
    /// The suppressions of every file.
    pub suppress: Vec<Suppress>,
    /// Settings of the repository's own file that it may not make.
    pub refused: Vec<(String, Origin)>,
    /// Where relative paths on the command line and in variables start.
    cwd: PathBuf,
}

impl Settings {
    /// Reads every layer, weakest first.
    pub fn load(env: &Env, cwd: &Path, sources: &Sources) -> Result<Settings, Problem> {
        let mut settings = Settings::defaults(cwd);
        if let Some(path) = env.config_home().map(|home| home.join("config.toml"))
            && path.is_file()
        {
            settings.add(file::read(&path, Whose::User)?);
        }
        if let Some(path) = &sources.named {
            settings.add(file::read(path, Whose::User)?);
        } else if let Some(path) = sources.repository.as_ref().map(|top| top.join(FILE))
            && path.symlink_metadata().is_ok()
        {
            settings.add(file::read(&path, Whose::Repository)?);
        }
        settings.environment(env)?;
        for (name, value) in &sources.flags {
            settings.set(name, value.clone(), Origin::Flag);
        }
        Ok(settings)
    }

    fn defaults(cwd: &Path) -> Settings {
        let default = |key: &'static Key| {
            let value = Value::parse(key, key.default)
                .expect("a test reads every default of the table as its own type");
            let origin = Origin::Default;
            (key.name, Setting { value, origin })
        };
        Settings {
            values: KEYS.iter().map(default).collect(),
            endpoints: BTreeMap::new(),
            suppress: Vec::new(),
            refused: Vec::new(),
            cwd: cwd.to_path_buf(),
        }
    }

    fn add(&mut self, layer: Layer) {
        for (key, value, origin) in layer.values {
            self.set(key.name, value, origin);
        }
        for (provider, address, origin) in layer.endpoints {
            self.endpoints.insert(provider, (address, origin));
        }
        self.suppress.extend(layer.suppress);
        self.refused.extend(layer.refused);
    }

    /// `UNLEAK_…`; a variable that is no setting is somebody's mistake and said so.
    fn environment(&mut self, env: &Env) -> Result<(), Problem> {
        for (name, text) in env.starting_with("UNLEAK_") {
            if text.is_empty() {
                continue;
            }
            let place = format!("${name}");
            if let Some(provider) = name.strip_prefix("UNLEAK_ENDPOINT_") {
                let provider = provider.to_lowercase().replace('_', "-");
                let origin = Origin::Env(name.to_owned());
                self.endpoints.insert(provider, (text.to_owned(), origin));
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| key.variable() == name) else {
                let remedy = "`unleak config show --long` lists the variables there are";
                return Err(Problem::new(&place, "no such setting", remedy));
            };
            let value =
                Value::parse(key, text).map_err(|what| Problem::new(&place, what, key.about))?;
            self.set(key.name, value, Origin::Env(name.to_owned()));
        }
        Ok(())
    }

    fn set(&mut self, name: &'static str, value: Value, origin: Origin) {
        self.values.insert(name, Setting { value, origin });
    }

    /// Every setting, in the order of the table.
    pub fn all(&self) -> impl Iterator<Item = (&'static Key, &Setting)> {
        KEYS.iter().map(|key| (key, self.get(key.name)))
    }

    /// The setting of that name.
    pub fn get(&self, name: &str) -> &Setting {
        self.values
            .get(name)
            .expect("every name in the code stands in the table, which fills the map")
    }

    /// A text or word, if one is set.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name).value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A path, made absolute from where it was written.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let directory = self.get(name).origin.directory(&self.cwd);
        self.text(name).map(|text| directory.join(text))
    }

    /// Paths, each made absolute from where it was written.
    pub fn paths(&self, name: &str) -> Vec<PathBuf> {
        let directory = self.get(name).origin.directory(&self.cwd);
        self.list(name)
            .iter()
            .map(|text| directory.join(text))
            .collect()
    }

    /// A list; empty if none is set.
    pub fn list(&self, name: &str) -> &[String] {
        match &self.get(name).value {
            Value::List(list) => list,
            _ => &[],
        }
    }

    /// A flag.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).value == Value::Flag(true)
    }

    /// A number; 0 if none is set.
    pub fn number(&self, name: &str) -> u64 {
        match self.get(name).value {
            Value::Number(number) => number,
            _ => 0,
        }
    }

    /// A confidence.
    pub fn confidence(&self, name: &str) -> Confidence {
        let word = self.text(name).and_then(|word| word.parse().ok());
        word.unwrap_or(Confidence::Medium)
    }

    /// An urgency.
    pub fn urgency(&self, name: &str) -> Urgency {
        let word = self.text(name).and_then(|word| word.parse().ok());
        word.unwrap_or(Urgency::Review)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_layers_win_and_say_who_they_are() {
        let env = Env::of(&[("UNLEAK_MIN_CONFIDENCE", "low"), ("UNLEAK_JOBS", "3")]);
        let sources = Sources {
            flags: vec![("scan.jobs", Value::Number(1))],
            ..Sources::default()
        };
        let settings = Settings::load(&env, Path::new("/w"), &sources).expect("valid");
        assert_eq!(settings.confidence("scan.min-confidence"), Confidence::Low);
        assert_eq!(
            settings.get("scan.min-confidence").origin.to_string(),
            "$UNLEAK_MIN_CONFIDENCE"
        );
        assert_eq!(settings.number("scan.jobs"), 1);
        assert_eq!(settings.get("scan.jobs").origin, Origin::Flag);
        assert_eq!(settings.number("scan.max-file-size"), 1 << 30);
    }

    #[test]
    fn a_misspelt_variable_is_an_error() {
        let env = Env::of(&[("UNLEAK_MIN_CONFIDENSE", "low")]);
        assert!(Settings::load(&env, Path::new("/w"), &Sources::default()).is_err());
    }
}
