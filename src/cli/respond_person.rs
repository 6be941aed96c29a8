//! Who sits before the terminal while `unleak respond` runs, if anybody does: shown what it says, asked what it asks.

use std::io::BufRead;

use unleak::pattern::Lang;
use unleak::pattern::incident::Text;
use unleak::respond::incident::{Answer, Person};

use super::{plain, print, say};

/// Who sits before the terminal, if anybody does.
pub(super) struct Terminal {
    pub(super) lang: Lang,
    pub(super) answers: bool,
}

impl Person for Terminal {
    fn tell(&self, text: &Text) {
        // If nobody can be told, the incident goes on all the same; the report says it again.
        drop(print(
            plain(&format!("{}\n", text.get(self.lang))).as_bytes(),
        ));
    }

    fn ask(&self, question: &Text) -> Answer {
        if !self.answers {
            return Answer::Nobody;
        }
        say(&plain(question.get(self.lang)));
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).is_err() || line.is_empty() {
            return Answer::Stop;
        }
        match line.trim().to_lowercase().as_str() {
            "yes" | "y" | "是" => Answer::Yes,
            "stop" | "q" | "停止" => Answer::Stop,
            _ => Answer::No,
        }
    }
}
