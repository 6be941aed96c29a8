//! Paint: colours and links for a terminal, or nothing at all.

use anstyle::{AnsiColor, Style};

use super::{Terminal, visible};

/// What a text is, for its colour.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    Alarm,
    Warning,
    Strong,
    Faint,
    Code,
}

/// Paints for one terminal.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    terminal: Terminal,
}

impl Paint {
    pub(super) fn new(terminal: Terminal) -> Paint {
        Paint { terminal }
    }

    /// `text`, which has been made [`visible`], in its tone.
    pub(super) fn text(self, tone: Tone, text: &str) -> String {
        if !self.terminal.colours {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Alarm => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
            Tone::Warning => Style::new().bold().fg_color(Some(AnsiColor::Yellow.into())),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Code => Style::new().fg_color(Some(AnsiColor::Cyan.into())),
        };
        format!("{style}{text}{style:#}")
    }

    /// `text` as a link to `url`, if the terminal has links and the address is one of the web.
    pub(super) fn link(self, url: &str, text: &str) -> String {
        let text = visible(text);
        let web = url.starts_with("https://") || url.starts_with("http://");
        if !self.terminal.links || !web || !url.bytes().all(|b| b.is_ascii_graphic()) {
            return text.into_owned();
        }
        format!("\u{1b}]8;;{url}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
    }
}
