//! Makes hostile text harmless for the place it is written to: a terminal, a page, a table cell, a
//! workflow command. Knows nothing of findings; secrets are taken out before (`redact`).

use std::borrow::Cow;

/// Characters that move the cursor, change the order of reading or cannot be seen.
fn hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Some character of the text is bad. Nearly all text is printed ASCII, which never is and is passed over
/// quickly.
fn holds(text: &str, bad: impl Fn(char) -> bool) -> bool {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| !matches!(byte, b' '..=b'~')) {
        let mut chars = rest[at..].chars();
        if chars.next().is_some_and(&bad) {
            return true;
        }
        rest = chars.as_str();
    }
    false
}

/// A CI runner obeys lines of a log that begin with `::`, and `##[` wherever it stands.
fn command(text: &str) -> bool {
    text.trim_start().starts_with("::") || text.contains("##[")
}

/// Text for a terminal, a log or any other reader: one line, nothing hidden, nothing active. A tab
/// becomes two spaces; every other control, bidirectional or invisible character is spelled out,
/// and so is what would make a workflow command of it.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !holds(text, hostile) && !command(text) {
        return Cow::Borrowed(text);
    }
    let safe = text.replace("##[", "##\\u{5b}");
    let text = match safe.trim_start().strip_prefix("::") {
        Some(rest) => format!("\\u{{3a}}:{rest}"),
        None => safe,
    };
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => out.push_str("  "),
            c if hostile(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// At most this many characters of one text are printed for people; a path is rarely longer, and a
/// forged author's name of a megabyte stays off the screen.
const BRIEF: usize = 400;

/// [`visible`], and cut to a length that people read.
pub(super) fn brief(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(BRIEF) {
        None => visible(text),
        Some((end, _)) => Cow::Owned(visible(&text[..end]).into_owned() + "…"),
    }
}

/// JSON text stays the same JSON, but may be printed: what `serde_json` leaves as it is and a
/// terminal or a runner would obey becomes `\u…`. Line ends between values stay.
pub(super) fn json(text: &str) -> Cow<'_, str> {
    let bad = |c: char| c != '\n' && hostile(c);
    if !holds(text, bad) && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut units = [0; 2];
    // Two number signs stand only inside a string, so this does not touch the brackets of a list.
    for c in text.replace("##[", "##\\u005b").chars() {
        if bad(c) {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Text between the tags or inside the quoted attributes of HTML and XML. What XML cannot hold at
/// all has been spelled out by [`visible`].
pub(super) fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text in Markdown: no formatting, no HTML, no end of a table's cell, and no mention of a user, an
/// issue or an address; an empty comment inside keeps those apart without being seen.
pub(super) fn markdown(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' => out.push_str("&#124;"),
            '$' => out.push_str("&#36;"),
            '@' => out.push_str("@<!-- -->"),
            '#' if next.is_ascii_digit() => out.push_str("#<!-- -->"),
            ':' if next == '/' => out.push_str(":<!-- -->"),
            '.' if before == 'w' || before == 'W' => out.push_str(".<!-- -->"),
            '_' if before.is_alphanumeric() && next.is_alphanumeric() => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// Text as code in Markdown; usable in a table cell. Backticks would need a fence longer than any
/// inside, so it is an element, in which every mark is written as an entity.
pub(super) fn markdown_code(text: &str) -> String {
    let mut out = String::from("<code>");
    for c in visible(text).chars() {
        match c {
            '_' | '.' | '-' | '/' | ',' | ' ' | '=' => out.push(c),
            c if c.is_ascii_punctuation() => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    // Only underscores at the edge of a word mean anything.
    let out = out.replace(" _", " &#95;").replace("_ ", "&#95; ");
    out + "</code>"
}

/// One field of a CSV file. A sheet would run what begins like a formula, so that gets an
/// apostrophe in front; everything is quoted.
pub(super) fn csv(text: &str) -> String {
    let text = visible(text);
    let first = text.trim_start().chars().next();
    let formula = first.is_some_and(|c| "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c));
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// The message of a workflow command, of several lines.
pub(super) fn command_data(lines: &[&str]) -> String {
    let line = |text: &&str| visible(text).replace('%', "%25");
    lines.iter().map(line).collect::<Vec<_>>().join("%0A")
}

/// A property of a workflow command.
pub(super) fn command_property(text: &str) -> String {
    command_data(&[text])
        .replace(':', "%3A")
        .replace(',', "%2C")
}

/// A path as part of an address: everything but letters, digits, `-._~` and `/` percent-encoded.
pub(super) fn uri_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"-._~/".contains(&b) => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_active_reaches_a_terminal() {
        let text = "a\u{1b}[31m\u{9b}b\r\n\u{202e}c\u{2066}\u{200b}\td\u{7f}é漢";
        let safe = visible(text);
        assert_eq!(
            safe,
            "a\\u{1b}[31m\\u{9b}b\\u{d}\\u{a}\\u{202e}c\\u{2066}\\u{200b}  d\\u{7f}é漢"
        );
        assert!(matches!(visible("plain é漢 text"), Cow::Borrowed(_)));
        assert_eq!(brief(&"é".repeat(401)).chars().count(), 401);
        assert_eq!(brief(&"é".repeat(400)).chars().count(), 400);
    }

    #[test]
    fn a_log_line_is_no_workflow_command() {
        assert_eq!(visible(" ::error::x"), "\\u{3a}:error::x");
        assert_eq!(visible("a ##[add-mask]b"), "a ##\\u{5b}add-mask]b");
        assert_eq!(visible("std::fs"), "std::fs");
        assert_eq!(command_data(&["50%\n::x", "b"]), "50%25\\u{a}::x%0Ab");
        assert_eq!(command_property("a:b,c%"), "a%3Ab%2Cc%25");
    }

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(csv("=1+1"), "\"'=1+1\"");
        assert_eq!(csv("  @x"), "\"'  @x\"");
        assert_eq!(csv("\u{ff1d}1"), "\"'\u{ff1d}1\"");
        assert_eq!(csv("a\"b,c\n"), "\"a\"\"b,c\\u{a}\"");
    }

    #[test]
    fn markdown_and_markup_stay_text() {
        assert_eq!(
            markup("<a href='x'>&\""),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"
        );
        assert_eq!(
            markdown("[x](http://e) @a #1 |` a_b _c_ www.x"),
            "\\[x\\](http:<!-- -->//e) @<!-- -->a #<!-- -->1 &#124;\\` a_b \\_c\\_ www.<!-- -->x"
        );
        assert_eq!(
            markdown_code("a|`b`_c _d@e"),
            "<code>a&#124;&#96;b&#96;_c &#95;d&#64;e</code>"
        );
        assert_eq!(uri_path("a b/%2e?#é"), "a%20b/%252e%3F%23%C3%A9");
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = "##[a\u{202e}\u{7f}\u{e0041}\u{1b}\nz";
        let plain = serde_json::to_string(value).unwrap();
        let safe = json(&plain);
        assert!(safe.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), value);
    }
}
