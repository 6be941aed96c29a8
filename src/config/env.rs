//! The environment: the only reader of its variables. They are read once, at the start.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the process was started with.
#[derive(Clone, Debug, Default)]
pub struct Env {
    variables: BTreeMap<String, String>,
}

impl Env {
    /// The variables of this process; names and values that are not UTF-8 are left out.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn of_process() -> Env {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Env {
            variables: std::env::vars_os().filter_map(text).collect(),
        }
    }

    /// An environment of these variables, for tests.
    pub fn of(variables: &[(&str, &str)]) -> Env {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Env {
            variables: variables.iter().map(pair).collect(),
        }
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Every variable whose name starts so, ordered by name.
    pub fn starting_with<'e>(
        &'e self,
        prefix: &'e str,
    ) -> impl Iterator<Item = (&'e str, &'e str)> {
        self.variables
            .range(prefix.to_owned()..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The user's home directory.
    pub fn home(&self) -> Option<PathBuf> {
        self.get("HOME")
            .or_else(|| self.get("USERPROFILE"))
            .map(PathBuf::from)
    }

    /// Where the user's settings are: `$XDG_CONFIG_HOME/unleak` or `~/.config/unleak`.
    pub fn config_home(&self) -> Option<PathBuf> {
        self.directory("XDG_CONFIG_HOME", ".config")
    }

    /// Where a cache may be: `$XDG_CACHE_HOME/unleak` or `~/.cache/unleak`.
    pub fn cache_home(&self) -> Option<PathBuf> {
        self.directory("XDG_CACHE_HOME", ".cache")
    }

    /// Where what must last is kept: `$XDG_STATE_HOME/unleak` or `~/.local/state/unleak`.
    pub fn state_home(&self) -> Option<PathBuf> {
        self.directory("XDG_STATE_HOME", ".local/state")
    }

    fn directory(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let stated = self.get(variable).map(PathBuf::from);
        stated
            .filter(|path| path.is_absolute())
            .or_else(|| self.home().map(|home| home.join(below_home)))
            .map(|base| base.join("unleak"))
    }
}
