//! The training program of the generic matcher: labelled text in, weights and cross-validated figures out.
//! Usage: see "generic.weights" in patterns/README.md.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::exit)] // A program of its own; its output is the figures.

mod boost;
mod data;
mod figures;
mod invent;
mod judge;
mod labels;
mod singles;
mod words;

use std::path::PathBuf;

use unleak::matcher::generic::{FEATURE_NAMES, Lexicon, Model};

/// What the command line asks for.
#[derive(Default)]
struct Asked {
    labels: Vec<PathBuf>,
    words: Vec<PathBuf>,
    weights: Option<PathBuf>,
    out: Option<PathBuf>,
    worst: usize,
    folds: usize,
    findings: Option<PathBuf>,
    points: Option<PathBuf>,
}

fn main() {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let done = match command.as_str() {
        "creddata" => labels::from_creddata(&rest),
        "fit" => parse(&rest).and_then(|asked| fit(&asked)),
        "judge" => parse(&rest).and_then(|asked| judge_findings(&asked)),
        "invent" => invent(&rest),
        "unseen" => parse(&rest).and_then(|asked| unseen(&asked)),
        "quiet" => quiet(&rest),
        "candidates" => data::print_candidates(&rest),
        _ => Err("train creddata META DATA PATHS | fit --labels FILE... --words DIR... [--out FILE] [--worst N] [--points FILE] | judge --labels FILE --findings FILE | quiet DIR... | candidates DIR...".to_string()),
    };
    if let Err(why) = done {
        eprintln!("{why}");
        std::process::exit(2);
    }
}

fn parse(args: &[String]) -> Result<Asked, String> {
    let mut asked = Asked {
        folds: 8,
        ..Asked::default()
    };
    let mut args = args.iter();
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--labels" => asked.labels.push(value.into()),
            "--words" => asked.words.push(value.into()),
            "--weights" => asked.weights = Some(value.into()),
            "--out" => asked.out = Some(value.into()),
            "--worst" => {
                asked.worst = value
                    .parse()
                    .map_err(|_| format!("{value} is not a number"))?
            }
            "--folds" => {
                asked.folds = value
                    .parse()
                    .map_err(|_| format!("{value} is not a number"))?
            }
            "--points" => asked.points = Some(value.into()),
            "--findings" => asked.findings = Some(value.into()),
            _ => return Err(format!("unknown flag {flag}")),
        }
    }
    Ok(asked)
}

/// Learns words and trees, prints the cross-validated figures, writes the weights.
fn fit(asked: &Asked) -> Result<(), String> {
    let lexicon = match &asked.weights {
        Some(file) => {
            Model::read(&std::fs::read(file).map_err(|e| e.to_string())?)
                .ok_or("these weights are of another version")?
                .lexicon
        }
        None => data::lexicon(&asked.words)?,
    };
    let set = data::load(&asked.labels, &lexicon)?;
    println!(
        "{} texts, {} candidates, {} of them labelled true, {} features",
        set.texts.len(),
        set.samples.len(),
        set.samples.iter().filter(|s| s.truth).count(),
        FEATURE_NAMES.len()
    );
    let points = judge::cross_validate(&set, asked.folds);
    let scale = judge::Scale::fit(&set, &points);
    let points: Vec<i32> = points.iter().map(|p| scale.apply(*p)).collect();
    let levels = judge::levels(&set, &points);
    figures::print(&set, &points, &levels);
    if asked.worst > 0 {
        singles::print_worst(&set, &points, &levels, asked.worst);
    }
    if let Some(out) = &asked.points {
        std::fs::write(out, singles::every_point(&set, &points)).map_err(|e| e.to_string())?;
    }
    if let Some(out) = &asked.out {
        let all: Vec<usize> = (0..set.samples.len()).collect();
        let mut model = boost::train(&set, &all).into_model(lexicon, &scale);
        model.medium = levels.medium;
        model.high = levels.high;
        let bytes = model.write();
        println!(
            "{} trees, {} nodes, {} bytes -> {}",
            model.roots.len(),
            model.nodes.len(),
            bytes.len(),
            out.display()
        );
        std::fs::write(out, bytes).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Writes made-up texts and their labels.
fn invent(args: &[String]) -> Result<(), String> {
    let [dir, files] = args else {
        return Err("invent DIR FILES".to_string());
    };
    std::fs::create_dir_all(dir).map_err(|e| e.to_string())?;
    invent::write(
        std::path::Path::new(dir),
        files
            .parse()
            .map_err(|_| format!("{files} is not a number"))?,
    )
}

/// Lists the labelled secrets that no reader makes a candidate of.
fn unseen(asked: &Asked) -> Result<(), String> {
    singles::print_unseen(&data::load(&asked.labels, &Lexicon::default())?);
    Ok(())
}

/// Judges what another program reported on the same texts: lines of path, line, first and last column.
fn judge_findings(asked: &Asked) -> Result<(), String> {
    let file = asked.findings.as_ref().ok_or("judge needs --findings")?;
    let labels = labels::read(&asked.labels)?;
    figures::outside(&labels, file)
}

/// Counts what the embedded weights report in trees of files, per 100,000 lines.
fn quiet(dirs: &[String]) -> Result<(), String> {
    for dir in dirs {
        data::quiet(std::path::Path::new(dir))?;
    }
    Ok(())
}
