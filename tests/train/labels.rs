//! The label format, and its making from CredData's meta files. One line a label, tab-separated:
//! group, file with the text, path to show to the model, first byte, byte after the last, label, category.
//! Labels: T a secret, F not one, X a test value or placeholder, ? not known and left out, - the file has none (the
//! offsets are 0).

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A labelled span of a text.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) span: Range<usize>,
    pub(crate) mark: char,
    pub(crate) category: String,
}

/// A text and what is known about it.
#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    pub(crate) group: String,
    pub(crate) file: PathBuf,
    pub(crate) shown: String,
    pub(crate) labels: Vec<Label>,
    /// How much its candidates count in training.
    pub(crate) weight: f64,
}

/// Reads label files; `FILE:0.3` gives the texts of FILE that weight, and a weight leaves them out of the figures.
pub(crate) fn read(files: &[PathBuf]) -> Result<Vec<Labelled>, String> {
    let mut texts: BTreeMap<(usize, String), Labelled> = BTreeMap::new();
    for (n, file) in files.iter().enumerate() {
        let name = file.to_string_lossy();
        let (name, weight) = match name.rsplit_once(':') {
            Some((f, w)) => (
                f.to_string(),
                w.parse().map_err(|_| format!("{w} is no weight"))?,
            ),
            None => (name.to_string(), 1.0),
        };
        let content = std::fs::read_to_string(&name).map_err(|e| format!("{name}: {e}"))?;
        for line in content.lines() {
            let f: Vec<&str> = line.split('\t').collect();
            let [group, file, shown, start, end, mark, category] = f[..] else {
                return Err(format!("{name}: not a label: {line}"));
            };
            let number = |t: &str| {
                t.parse::<usize>()
                    .map_err(|_| format!("{name}: {t} is not an offset"))
            };
            let text = texts
                .entry((n, file.to_string()))
                .or_insert_with(|| Labelled {
                    group: group.to_string(),
                    file: file.into(),
                    shown: shown.to_string(),
                    labels: Vec::new(),
                    weight,
                });
            if mark != "-" {
                text.labels.push(Label {
                    span: number(start)?..number(end)?,
                    mark: mark.chars().next().unwrap_or('F'),
                    category: category.to_string(),
                });
            }
        }
    }
    Ok(texts.into_values().collect())
}

/// Prints the labels of CredData: META its folder of csv files, DATA the folder that holds `data/`, PATHS a list of
/// `data/…` path and real path.
pub(crate) fn from_creddata(args: &[String]) -> Result<(), String> {
    let [meta, data, paths] = args else {
        return Err("creddata META DATA PATHS".to_string());
    };
    let real: BTreeMap<String, String> = std::fs::read_to_string(paths)
        .map_err(|e| e.to_string())?
        .lines()
        .filter_map(|l| {
            l.split_once('\t')
                .map(|(a, b)| (a.to_string(), b.to_string()))
        })
        .collect();
    let mut files: Vec<PathBuf> = std::fs::read_dir(meta)
        .map_err(|e| e.to_string())?
        .flatten()
        .map(|e| e.path())
        .collect();
    files.sort();
    for file in files
        .iter()
        .filter(|f| f.extension().is_some_and(|e| e == "csv"))
    {
        let rows = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
        for row in rows.lines().skip(1) {
            let f: Vec<&str> = row.split(',').collect();
            if f.len() < 13 {
                continue;
            }
            let text_file = Path::new(data).join(f[4]);
            let Ok(bytes) = std::fs::read(&text_file) else {
                continue;
            };
            let span = span(&bytes, &f);
            let shown = real.get(f[4]).map_or(f[4], String::as_str);
            println!(
                "{}\t{}\t{}\t{}\t{}\t{}\t{}",
                f[3],
                text_file.display(),
                shown,
                span.start,
                span.end,
                f[7],
                f[12]
            );
        }
    }
    Ok(())
}

/// The bytes a row of lines and columns means. Columns count characters; a row without columns means its lines.
fn span(bytes: &[u8], row: &[&str]) -> Range<usize> {
    let number = |i: usize| row[i].parse::<i64>().unwrap_or(-1);
    let (first, last, from, to) = (number(5), number(6), number(8), number(9));
    let starts = line_starts(bytes);
    let line = |n: i64| {
        starts
            .get((n - 1).max(0) as usize)
            .copied()
            .unwrap_or(bytes.len())
    };
    if first == last && from >= 0 && to > from {
        return column(bytes, line(first), from)..column(bytes, line(first), to);
    }
    let end = starts
        .get(last.max(0) as usize)
        .copied()
        .unwrap_or(bytes.len());
    line(first)..end.max(line(first))
}

/// Where lines begin when `\r\n`, `\r` and `\n` all end one.
pub(crate) fn line_starts(bytes: &[u8]) -> Vec<usize> {
    let mut out = vec![0];
    for (i, b) in bytes.iter().enumerate() {
        if *b == b'\n' || *b == b'\r' && bytes.get(i + 1) != Some(&b'\n') {
            out.push(i + 1);
        }
    }
    out
}

/// The byte at which the `n`th character after `from` begins.
fn column(bytes: &[u8], from: usize, n: i64) -> usize {
    let mut at = from;
    for _ in 0..n {
        at += 1;
        while bytes.get(at).is_some_and(|b| b & 0xc0 == 0x80) {
            at += 1;
        }
    }
    at.min(bytes.len())
}
