//! `unleak config show`: every value and where it came from.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use unleak::config::{Settings, Sources};
use unleak::source::Repository;

use super::{Exit, Failure, World, plain, print};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Every setting, its value, and who set it
    Show {
        /// As a scan of this path would see it
        #[arg(default_value = ".")]
        path: PathBuf,
        /// Read this settings file instead of the repository's
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// With the meaning of each and the variable that sets it
        #[arg(long)]
        long: bool,
    },
}

pub(crate) fn run(args: &Args, world: &World) -> Result<Exit, Failure> {
    let What::Show { path, config, long } = &args.what;
    let sources = Sources {
        named: config.clone(),
        repository: Some(top_of(path)),
        flags: Vec::new(),
    };
    let settings = Settings::load(&world.env, &world.cwd, &sources)?;
    print(plain(&shown(&settings, *long)).as_bytes())?;
    Ok(Exit::Clean)
}

/// Where a path's settings file would be: the top of its repository, else the directory itself.
pub(crate) fn top_of(path: &Path) -> PathBuf {
    let directory = match path.is_dir() {
        true => path,
        false => path.parent().unwrap_or(path),
    };
    let repository = Repository::around(directory);
    let top = repository.and_then(|found| found.top);
    top.unwrap_or_else(|| directory.to_path_buf())
}

fn shown(settings: &Settings, long: bool) -> String {
    let mut text = String::new();
    for (key, setting) in settings.all() {
        if long {
            text.push_str(&format!("\n# {}; ${}\n", key.about, key.variable()));
        }
        let line = format!("{} = {}", key.name, setting.value);
        text.push_str(&format!("{line:<48} # {}\n", setting.origin));
    }
    for (provider, (address, origin)) in &settings.endpoints {
        let line = format!("endpoints.{provider} = {address:?}");
        text.push_str(&format!("{line:<48} # {origin}\n"));
    }
    for entry in &settings.suppress {
        text.push_str(&format!(
            "[[suppress]] {:<35} # {}\n",
            entry.reason, entry.origin
        ));
    }
    for (name, origin) in &settings.refused {
        text.push_str(&format!(
            "refused: {name:<39} # {origin}: only your own settings may say this\n"
        ));
    }
    text
}
