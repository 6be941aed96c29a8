//! From the user's words to what is read: which roots, which history, which changes.

use std::io::Read;
use std::path::{Path, PathBuf};

use unleak::config::Settings;
use unleak::scan::{Exclude, Past, Request};
use unleak::source::archive::Container;
use unleak::source::{
    Changes, Clone as RemoteClone, Git, Repository, Root, Tree, Wanted, is_bundle, is_url,
};

use super::args::Args;
use super::{since, told};
use crate::cli::{Failure, World};

/// What is read, and what must live as long as it is.
pub(crate) struct Plan {
    pub(crate) request: Request,
    /// Temporary clones; they go with the plan.
    clones: Vec<RemoteClone>,
    /// What was scanned, as the user named it.
    pub(crate) root: String,
}

/// One path the user named.
struct Target {
    path: PathBuf,
    repository: Option<Repository>,
    directory: bool,
}

impl Plan {
    /// What is scanned is gone afterwards.
    pub(crate) fn is_temporary(&self) -> bool {
        !self.clones.is_empty()
    }
}

pub(crate) fn make(args: &Args, settings: &Settings, world: &World) -> Result<Plan, Failure> {
    let named = match args.paths.is_empty() {
        true => vec![".".to_owned()],
        false => args.paths.clone(),
    };
    let mut clones = Vec::new();
    let mut targets = Vec::new();
    for word in &named {
        targets.extend(target(word, &mut clones, world)?);
    }
    let jobs = jobs(settings);
    let paths: Vec<PathBuf> = targets.iter().map(|target| target.path.clone()).collect();
    let roots = Root::all(&paths, &world.cwd);
    let unsaid = args.what.unsaid() && args.wanted.is_none();
    let exclude = Exclude::new(settings.list("scan.exclude"));
    let mut request = Request {
        exclude: exclude.map_err(|cause| Failure::new(format!("scan.exclude: {cause}")))?,
        max_file_size: settings.number("scan.max-file-size"),
        stdin: args.what.stdin,
        nested: unsaid,
        jobs,
        timings: args.limits.timings,
        ..Request::default()
    };
    request.archives = archives(&args.what.archive, world)?;
    if args.what.tree || unsaid {
        request.tree = Some(tree(&targets, &roots, args, settings, jobs)?);
    }
    if args.what.history || unsaid {
        for (target, root) in targets.iter().zip(&roots) {
            request.past.extend(past(target, root, args)?);
        }
    }
    if args.what.changes() || args.wanted.is_some() {
        for target in &targets {
            let more = changes(target, args, request.max_file_size, jobs, world)?;
            request.changes.extend(more);
        }
    }
    Ok(Plan {
        request,
        clones,
        root: named
            .iter()
            .map(|word| unleak::source::redacted(word))
            .collect::<Vec<_>>()
            .join(" "),
    })
}

/// The files named as archives, each of a sort that can be opened.
fn archives(named: &[PathBuf], world: &World) -> Result<Vec<Root>, Failure> {
    for path in named {
        let name = path.display();
        let mut head = Vec::new();
        let unread = |cause| Failure::new(format!("{name}: {cause}"));
        let mut file = std::fs::File::open(path).map_err(unread)?;
        let read = (&mut file).take(512).read_to_end(&mut head);
        read.map_err(unread)?;
        if !Container::of_file(&head, &mut file).is_some_and(Container::opens) {
            return Err(Failure::new(format!("{name}: not an archive that can be opened"))
                .hint("ZIP, tar, gzip, bzip2, xz, Zstandard and PDF can; unpack others and scan the directory"));
        }
    }
    Ok(Root::all(named, &world.cwd))
}

/// Threads of a run.
pub(crate) fn jobs(settings: &Settings) -> usize {
    match usize::try_from(settings.number("scan.jobs")) {
        Ok(0) | Err(_) => std::thread::available_parallelism().map_or(1, usize::from),
        Ok(jobs) => jobs.min(256),
    }
}

/// Nothing if the user interrupted a clone.
fn target(
    word: &str,
    clones: &mut Vec<RemoteClone>,
    world: &World,
) -> Result<Option<Target>, Failure> {
    let address = match is_bundle(Path::new(word)) {
        true => Some(std::path::absolute(word)?.to_string_lossy().into_owned()),
        false => is_url(word).then(|| word.to_owned()),
    };
    if let Some(address) = address {
        let tidy = |directory: &Path| world.tidy_away(directory);
        let Some(clone) = RemoteClone::make(&address, &world.stop_flag(), &tidy)? else {
            return Ok(None);
        };
        let path = clone.path();
        clones.push(clone);
        return Ok(Some(Target {
            repository: Repository::around(&path),
            path,
            directory: true,
        }));
    }
    let path = PathBuf::from(word);
    let data = path.metadata().map_err(|cause| {
        Failure::new(format!("{word}: {cause}"))
            .hint("name a directory, a file, or an address that git can clone")
    })?;
    if !data.is_dir() && !data.is_file() {
        return Err(
            Failure::new(format!("{word}: neither a file nor a directory")).hint(format!(
                "what comes out of it is read by: unleak --stdin < {word}"
            )),
        );
    }
    if data.is_dir()
        && let Err(cause) = std::fs::read_dir(&path)
    {
        return Err(Failure::new(format!("{word}: {cause}")));
    }
    Ok(Some(Target {
        repository: Repository::around(&path),
        path,
        directory: data.is_dir(),
    }))
}

fn tree(
    targets: &[Target],
    roots: &[Root],
    args: &Args,
    settings: &Settings,
    jobs: usize,
) -> Result<Tree, Failure> {
    // A git directory has no tree of its own.
    let bare = |target: &Target| {
        let around = target.repository.as_ref();
        around.is_some_and(|found| found.top.is_none())
    };
    let with_tree = targets
        .iter()
        .zip(roots)
        .filter(|(target, _)| !bare(target));
    let roots: Vec<Root> = with_tree.map(|(_, root)| root.clone()).collect();
    if args.what.tree && roots.is_empty() && !targets.is_empty() {
        return Err(Failure::new("a bare repository has no working tree").hint("leave --tree out"));
    }
    Ok(Tree {
        roots,
        no_ignore: settings.flag("scan.no-ignore"),
        max_file_size: settings.number("scan.max-file-size"),
        jobs,
    })
}

/// The history around a directory, and those of its submodules; of a file only if it is asked for.
fn past(target: &Target, root: &Root, args: &Args) -> Result<Vec<Past>, Failure> {
    let Some(repository) = &target.repository else {
        if args.what.history {
            let name = target.path.display();
            return Err(Failure::new(format!("{name}: not a git repository"))
                .hint("leave --history out to scan the files"));
        }
        return Ok(Vec::new());
    };
    if !target.directory {
        let name = target
            .path
            .file_name()
            .unwrap_or_default()
            .as_encoded_bytes();
        let file = Past {
            git_dir: repository.git_dir.clone(),
            below: [&repository.prefix, name].concat(),
            prefix: root.prefix.clone(),
        };
        return Ok(args.what.history.then_some(file).into_iter().collect());
    }
    let mut all = vec![Past {
        git_dir: repository.git_dir.clone(),
        below: repository.prefix.clone(),
        prefix: root.prefix.clone(),
    }];
    submodules(repository, root, 0, &mut all);
    Ok(all)
}

/// Submodules of submodules are nested this deep at most.
const DEEPEST: usize = 16;

fn submodules(repository: &Repository, root: &Root, depth: usize, all: &mut Vec<Past>) {
    if depth == DEEPEST {
        return;
    }
    for (path, inside) in repository.submodules() {
        // Only those below the directory that is scanned.
        let path = format!("{path}/").into_bytes();
        let Some(below) = path.strip_prefix(repository.prefix.as_slice()) else {
            continue;
        };
        let root = Root {
            path: root.path.clone(),
            prefix: [&root.prefix, below].concat(),
        };
        all.push(Past {
            git_dir: inside.git_dir.clone(),
            below: Vec::new(),
            prefix: root.prefix.clone(),
        });
        submodules(&inside, &root, depth + 1, all);
    }
}

fn changes(
    target: &Target,
    args: &Args,
    max_file_size: u64,
    jobs: usize,
    world: &World,
) -> Result<Vec<Changes>, Failure> {
    let what = &args.what;
    let below = match (&target.repository, args.paths.is_empty()) {
        // A hook may point at a repository that is not around the working directory.
        (_, true) => Vec::new(),
        (Some(found), false) => found.prefix.clone(),
        (None, false) => {
            let name = target.path.display();
            return Err(Failure::new(format!("{name}: not a git repository"))
                .hint("leave --staged, --range and the like out to scan the files"));
        }
    };
    let git = match args.paths.is_empty() {
        true => Git::of_hook(Path::new(".")),
        false if target.directory => Git::at(&target.path),
        false => Git::at(target.path.parent().unwrap_or(Path::new("."))),
    };
    let mut wanted: Vec<Wanted> = args.wanted.iter().cloned().collect();
    if what.staged {
        wanted.push(Wanted::Staged);
    }
    if what.unstaged {
        wanted.push(Wanted::Unstaged);
    }
    if let Some(range) = &what.range {
        wanted.push(Wanted::Range(checked_range(range, &git)?));
    }
    if let Some(since) = &what.since {
        wanted.push(Wanted::Since(since::parse(since, &git, world.now())?));
    }
    if what.pre_receive {
        wanted.push(Wanted::Received(told::received(
            &mut std::io::stdin().lock(),
        )?));
    }
    let one = |wanted| Changes {
        git: git.clone(),
        wanted,
        below: below.clone(),
        max_file_size,
        jobs,
        ahead: None,
    };
    Ok(wanted.into_iter().map(one).collect())
}

/// Both ends of a range are commits: git says of anything else that there are none between.
fn checked_range(range: &str, git: &Git) -> Result<String, Failure> {
    let ends = range.split_once("...").or_else(|| range.split_once(".."));
    let Some((from, to)) = ends.filter(|ends| *ends != ("", "")) else {
        return Err(Failure::new(format!("--range {range}: not a range"))
            .hint("write A..B, such as HEAD~3..HEAD or main..topic; --history reads everything"));
    };
    for end in [from, to].into_iter().filter(|end| !end.is_empty()) {
        let name = format!("{end}^{{commit}}");
        let asked = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &name,
        ];
        git.line(&asked).map_err(|_| {
            Failure::new(format!("--range {range}: {end} is no commit here")).hint(
                "in a shallow clone fetch more first (git fetch --unshallow); --history reads everything",
            )
        })?;
    }
    Ok(range.to_owned())
}
