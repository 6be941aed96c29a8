//! Values that share a name: the cells below the head of a column (SQL inserts and copies, CSV files, Markdown tables)
//! and the texts of a list.

use super::text::{Window, is_name, is_quote, literal};
use super::value::Found;
use super::{Candidate, Form};
use std::ops::Range;

/// Rows below the first that are looked at, and how far below.
const ROWS: usize = 200;
pub(super) const REACH: usize = 16 * 1024;
/// Rows among which the first value is looked for: others may be empty.
const FIRST: usize = 8;
/// Longest head of a table that is looked at.
const HEAD: usize = 240;

/// Which column a name is the head of, where the rows begin, and how they are written.
struct Column {
    number: usize,
    rows: usize,
    style: Style,
}

#[derive(Clone, Copy)]
enum Style {
    /// `(…, …), (…, …)`
    Parentheses,
    /// Lines whose cells are divided by this byte.
    Lines(u8),
}

/// The cell below the name, in the first row.
pub(super) fn read(w: &Window<'_>, key: &Range<usize>) -> Option<Found> {
    let column = column(w, key)?;
    let mut row = column.rows;
    for _ in 0..FIRST {
        let (value, next) = cell(w, &column, row)?;
        if value.len() > 2 && !w.slice(value.clone()).eq_ignore_ascii_case(b"null") {
            return Some(Found::new(value, form(&column)));
        }
        row = next;
    }
    None
}

/// The cells of the same column in the rows below that of `c`.
pub(super) fn below(bytes: &[u8], c: &Candidate) -> Vec<Candidate> {
    let mut out = Vec::new();
    if c.value.start < c.key.end {
        return out;
    }
    let w = Window::around(bytes, c.key.start, REACH);
    let Some(column) = column(&w, &c.key) else {
        return out;
    };
    let mut row = column.rows;
    for _ in 0..ROWS {
        let Some((value, next)) = cell(&w, &column, row) else {
            break;
        };
        if value.start > c.value.start && value.len() > 2 {
            out.push(Candidate { value, ..c.clone() });
        }
        row = next;
    }
    out
}

/// The quote of the first text of a list in brackets.
fn listed_at(w: &Window<'_>, c: &Candidate) -> Option<usize> {
    let quote = w.skip_back(c.value.start, 9, |b| is_quote(b) || b == b'\\');
    let open = w.skip_back(quote, 40, |b| b.is_ascii_whitespace());
    (quote != c.value.start && w.before(open) == b'[').then_some(quote)
}

/// The texts after that of `c`, where they are a list in brackets, and how far was looked for them.
pub(super) fn listed(bytes: &[u8], c: &Candidate) -> Option<(Vec<Candidate>, usize)> {
    let mut out = Vec::new();
    let w = Window::around(bytes, c.value.start, REACH);
    let quote = listed_at(&w, c)?;
    let mut seen = w.end;
    let mut i = literal(&w, quote).map_or(w.end, |l| l.next);
    while out.len() < ROWS {
        let comma = w.skip(i, 40, |b| b.is_ascii_whitespace());
        let next = w.skip(comma + 1, 40, |b| b.is_ascii_whitespace());
        let item = literal(&w, next).filter(|l| w.at(comma) == b',' && !l.open);
        let Some(item) = item else {
            // Where a text begins it may go on for long.
            let text = |at: usize| is_quote(w.at(at)) || matches!(w.at(at), b'\\' | b'&');
            if w.at(comma) != b',' {
                seen = comma + 1;
            } else if !(next..next + 3).any(text) {
                seen = next + 3;
            }
            break;
        };
        i = item.next;
        if item.inner.len() > 2 {
            let value = item.inner;
            out.push(Candidate {
                value,
                open: false,
                ..c.clone()
            });
        }
    }
    Some((out, seen))
}

fn form(column: &Column) -> Form {
    match column.style {
        Style::Parentheses | Style::Lines(b'\t') => Form::Sql,
        Style::Lines(_) => Form::Cell,
    }
}

fn column(w: &Window<'_>, key: &Range<usize>) -> Option<Column> {
    let around = |b: u8| is_quote(b) || matches!(b, b' ' | b'[' | b']' | b'*');
    let left = w.before(w.skip_back(key.start, 4, around));
    let right = w.at(w.skip(key.end, 4, around));
    match (left, right) {
        (b'(' | b',' | b'\n' | b'\r', b',' | b')' | b'\n' | b'\r') => {
            inserted(w, key).or_else(|| lines(w, key, left, right))
        }
        (b'|' | b';' | b'\t' | 0, b'|' | b';' | b'\t' | b',' | b'\n' | b'\r')
        | (b'\n' | b'\r' | b',', b';' | b'\t' | b'|')
        | (b';' | b'|' | b'\t', 0) => lines(w, key, left, right),
        (0, b')') => inserted(w, key),
        _ => None,
    }
}

/// `INSERT INTO t (…, name, …) VALUES (`, `COPY t (…, name, …) FROM stdin;`
fn inserted(w: &Window<'_>, key: &Range<usize>) -> Option<Column> {
    let named = |b: u8| {
        is_name(b)
            || is_quote(b)
            || matches!(
                b,
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b'.' | b'[' | b']' | b'\\'
            )
    };
    let open = w.skip_back(key.start, HEAD, named);
    if w.before(open) != b'(' {
        return None;
    }
    let close = w.skip(key.end, HEAD, named);
    if w.at(close) != b')' {
        return None;
    }
    let number = w
        .slice(open..key.start)
        .iter()
        .filter(|b| **b == b',')
        .count();
    let head = w.slice(open.saturating_sub(80)..open - 1);
    let says = |word: &[u8]| {
        head.windows(word.len())
            .any(|x| x.eq_ignore_ascii_case(word))
    };
    let after = w.skip(close + 1, 40, |b| b.is_ascii_whitespace());
    if says(b"into ") && w.starts(after, b"value") {
        let rows = w.skip(after + 5, 40, |b| {
            b.is_ascii_whitespace() || b | 0x20 == b's'
        });
        return (w.at(rows) == b'(').then_some(Column {
            number,
            rows,
            style: Style::Parentheses,
        });
    }
    if says(b"copy ") && w.starts(after, b"from stdin") {
        let rows = w.skip(after + 10, 80, |b| b != b'\n') + 1;
        return Some(Column {
            number,
            rows,
            style: Style::Lines(b'\t'),
        });
    }
    None
}

/// A line of nothing but names, and a line below it with as many cells.
fn lines(w: &Window<'_>, key: &Range<usize>, left: u8, right: u8) -> Option<Column> {
    let divides = |b: u8| matches!(b, b',' | b';' | b'\t' | b'|');
    let by = if divides(right) { right } else { left };
    if !divides(by) {
        return None;
    }
    let start = w.line_start(key.start);
    let end = w.skip(key.end, HEAD, |b| b != b'\n' && b != b'\r');
    let head = w.slice(start..end);
    let plain =
        |b: &u8| is_name(*b) || is_quote(*b) || *b == by || matches!(*b, b' ' | b'.' | b'/' | b'*');
    // What is indented is code; the first column of a table is not empty.
    if end == w.end
        || !head.iter().all(plain)
        || head[0] == b' '
        || head.ends_with(b",")
        || !divided(head, by)
        || goes_on(w, start, head, by)
    {
        return None;
    }
    let number = w
        .slice(start..key.start)
        .iter()
        .filter(|b| **b == by)
        .count();
    let mut rows = w.skip(end, 2, |b| b == b'\r' || b == b'\n');
    if by == b'|' {
        let ruled = w.skip(rows, HEAD, |b| {
            matches!(b, b'|' | b'-' | b':' | b' ' | b'+')
        });
        if ruled == rows || !w.slice(rows..ruled).contains(&b'-') {
            return None;
        }
        rows = w.skip(ruled, 2, |b| b == b'\r' || b == b'\n');
    }
    let row = w.slice(rows..w.skip(rows, HEAD, |b| b != b'\n' && b != b'\r'));
    let count = |text: &[u8]| text.iter().filter(|b| **b == by).count();
    (count(row) == count(head)).then_some(Column {
        number,
        rows,
        style: Style::Lines(by),
    })
}

/// The line is a row of a table that began before: so is the one above it, or it holds a number.
fn goes_on(w: &Window<'_>, start: usize, head: &[u8], by: u8) -> bool {
    let count = |text: &[u8]| text.iter().filter(|b| **b == by).count();
    let end = w.skip_back(start, 2, |b| b == b'\r' || b == b'\n');
    let above = w.slice(w.skip_back(end, HEAD, |b| b != b'\n')..end);
    let digits = |b: &u8| b.is_ascii_digit() || b".-/: ".contains(b);
    let number = |cell: &[u8]| cell.iter().all(digits) && cell.iter().any(u8::is_ascii_digit);
    count(above) == count(head) || head.split(|b| *b == by).any(number)
}

/// Two names at least.
fn divided(head: &[u8], by: u8) -> bool {
    let names = head.split(|b| *b == by);
    names
        .filter(|n| n.iter().any(u8::is_ascii_alphabetic))
        .count()
        > 1
}

/// The cell of a column in the row that begins at `row`, and where the next row begins.
fn cell(w: &Window<'_>, column: &Column, row: usize) -> Option<(Range<usize>, usize)> {
    match column.style {
        Style::Parentheses => in_parentheses(w, column.number, row),
        Style::Lines(by) => in_line(w, column.number, row, by),
    }
}

fn in_parentheses(w: &Window<'_>, number: usize, row: usize) -> Option<(Range<usize>, usize)> {
    if w.at(row) != b'(' {
        return None;
    }
    let (mut i, mut found) = (row + 1, None);
    for n in 0..64 {
        i = w.skip(i, 40, |b| b.is_ascii_whitespace());
        let end = field(w, i);
        if n == number {
            found = Some(literal(w, i).map_or(i..end, |l| l.inner));
        }
        match w.at(end) {
            b',' => i = end + 1,
            b')' => {
                let next = w.skip(end + 1, 40, |b| b.is_ascii_whitespace() || b == b',');
                return found.map(|value| (value, next));
            }
            // The row goes on out of sight.
            _ => {
                return found
                    .filter(|value| value.end < w.end)
                    .map(|value| (value, w.end));
            }
        }
    }
    None
}

/// The comma or bracket that ends the field at `i`: texts and calls are passed over.
fn field(w: &Window<'_>, mut i: usize) -> usize {
    let mut depth = 0;
    while i < w.end {
        if let Some(l) = literal(w, i) {
            i = l.next;
            continue;
        }
        match w.at(i) {
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            b')' => break,
            b',' if depth == 0 => break,
            _ => {}
        }
        i += 1;
    }
    i
}

fn in_line(w: &Window<'_>, number: usize, row: usize, by: u8) -> Option<(Range<usize>, usize)> {
    let end = w.skip(row, REACH, |b| b != b'\n' && b != b'\r');
    if end == row || end == w.end {
        return None;
    }
    let mut i = row;
    for _ in 0..number {
        i = w.skip(i, end - i, |b| b != by) + 1;
        if i > end {
            return None;
        }
    }
    let stop = w.skip(i, end - i, |b| b != by);
    let dressed = |b: u8| is_quote(b) || matches!(b, b' ' | b'*');
    let start = w.skip(i, stop - i, dressed);
    let value = start..w.skip_back(stop, stop - start, dressed);
    Some((value, w.skip(end, 2, |b| b == b'\r' || b == b'\n')))
}
