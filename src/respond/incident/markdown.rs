//! The report of an incident in Markdown, in one language: time line, what was found and what undoes it, the trail, what
//! is left to do. Text that others wrote is made harmless; nothing is claimed that was not seen.

use std::fmt::Write as _;

use super::case::Case;
use super::chain::letter;
use super::moment::iso;
use super::outcome::{left, timeline};
use super::rows::remarked;
use super::state::State;
use super::words::{self, both};
use crate::pattern::Lang;
use crate::pattern::incident::Text;

/// Most events that are printed; the JSON has them all.
const EVENTS: usize = 200;

/// The report.
pub fn markdown(case: &Case<'_>, state: &State, since: i64, lang: Lang) -> String {
    let mut page = Page {
        lang,
        text: String::new(),
    };
    page.head(case, state, since);
    page.time_line(case, state);
    page.found(state);
    page.trail(state);
    page.steps(case, state);
    page.left(case, state, since);
    case.clean(&page.text)
}

struct Page {
    lang: Lang,
    text: String,
}

/// Text of others in a table cell or a line.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '|' | '<' | '>' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A command in its own block; a fence that is longer than any run of backticks inside.
fn block(text: &str) -> String {
    let fence = "`".repeat(3 + text.matches('`').count());
    format!(
        "{fence}sh\n{}\n{fence}\n",
        text.replace(['\r', '\u{1b}'], " ")
    )
}

impl Page {
    fn say(&mut self, text: &Text) {
        let _ = writeln!(self.text, "{}", text.get(self.lang));
    }

    fn heading(&mut self, en: &str, zh: &str) {
        self.say(&both!("\n## {en}\n", "\n## {zh}\n"));
    }

    fn head(&mut self, case: &Case<'_>, state: &State, since: i64) {
        let finding = case.finding;
        let provider = &case.found.provider.name;
        self.say(&both!(
            "# Incident: a leaked credential of {provider}\n",
            "# 安全事件：{provider} 凭证泄露\n"
        ));
        let closed = state
            .moments
            .iter()
            .rev()
            .find(|one| one.event == "proven" || one.event == "closed");
        let status = closed.map_or(both!("not closed", "尚未关闭"), |one| Text {
            en: one.what.0.clone(),
            zh: one.what.1.clone(),
        });
        let (begun, leaked) = (iso(state.begun), iso(since));
        let (en, zh) = (cell(&status.en), cell(&status.zh));
        let (kind, masked, print) = (
            &finding.kind,
            cell(&finding.secret.masked()),
            finding.fingerprint,
        );
        self.say(&both!(
            "- credential: {kind} {masked} ({print})\n- leaked: {leaked}\n- incident begun: {begun}\n- state: {en}",
            "- 凭证：{kind} {masked}（{print}）\n- 泄露时间：{leaked}\n- 开始响应：{begun}\n- 状态：{zh}"
        ));
        for (name, value) in &state.known {
            let _ = writeln!(self.text, "- {name}: {}", cell(value));
        }
    }

    fn time_line(&mut self, case: &Case<'_>, state: &State) {
        self.heading("Time line", "时间线");
        self.say(&both!(
            "| when (UTC) | what |\n|---|---|",
            "| 时间（UTC） | 事件 |\n|---|---|"
        ));
        for one in timeline(case.finding, state) {
            let what = match self.lang {
                Lang::En => &one.what.0,
                Lang::Zh => &one.what.1,
            };
            let _ = writeln!(self.text, "| {} | {} |", iso(one.at), cell(what));
        }
    }

    fn found(&mut self, state: &State) {
        self.heading("Found", "发现的可疑项");
        if state.things.is_empty() {
            return self.say(&both!("Nothing suspicious was seen.", "未见可疑项。"));
        }
        for (number, thing) in (1..).zip(&state.things) {
            let mark = match thing.sure {
                true => both!("certain", "确定"),
                false => both!("suspicious", "可疑"),
            };
            let what = cell(thing.what.get(self.lang));
            let _ = writeln!(
                self.text,
                "### {number}. {what} ({})\n",
                mark.get(self.lang)
            );
            for why in &thing.why {
                let _ = writeln!(self.text, "- {}", cell(why.get(self.lang)));
            }
            let values = thing.values.iter();
            let values: Vec<String> = values
                .map(|(name, value)| format!("{name}={}", cell(value)))
                .collect();
            if !values.is_empty() {
                let line = values.join(", ");
                self.say(&both!("- evidence: {line}", "- 证据：{line}"));
            }
            if let Some(ended) = &thing.ended {
                let (en, zh) = (cell(&ended.en), cell(&ended.zh));
                self.say(&both!("- done about it: {en}", "- 处置结果：{zh}"));
            }
            if let (Some(undo), false) = (&thing.undo, thing.closed) {
                self.say(&both!("- what undoes it:\n", "- 处置命令：\n"));
                self.text.push_str(&block(remarked(undo).get(self.lang)));
            }
            self.text.push('\n');
        }
    }

    fn trail(&mut self, state: &State) {
        if state.trail.nodes.is_empty() {
            return;
        }
        self.heading("Who did what", "攻击链");
        for (at, node) in state.trail.nodes.iter().enumerate() {
            let (name, sort, value) = (letter(at), &node.sort, cell(&node.value));
            match node.by.map(letter) {
                None => self.say(&both!(
                    "- **{name}** {sort} {value}: what leaked",
                    "- **{name}** {sort} {value}：泄露的凭证"
                )),
                Some(by) if node.sort == "address" => {
                    self.say(&both!(
                        "- **{name}** {sort} {value}: used by {by}",
                        "- **{name}** {sort} {value}：{by} 使用过"
                    ));
                }
                Some(by) => {
                    let (when, from) = (cell(&node.at), cell(&node.address));
                    self.say(&both!(
                        "- **{name}** {sort} {value}: made by {by}, {when}, from {from}",
                        "- **{name}** {sort} {value}：由 {by} 创建，{when}，来自 {from}"
                    ));
                }
            }
        }
        for gap in &state.trail.gaps {
            let (en, zh) = (cell(&gap.en), cell(&gap.zh));
            self.say(&both!("- not seen: {en}", "- 未能读取：{zh}"));
        }
        self.say(&both!(
            "\n| when | by | event | address | failed |\n|---|---|---|---|---|",
            "\n| 时间 | 身份 | 事件 | 来源地址 | 失败原因 |\n|---|---|---|---|---|"
        ));
        for event in state.trail.events.iter().take(EVENTS) {
            let value = |name: &str| cell(event.row.get(name).map_or("", String::as_str));
            let (at, by, name) = (cell(&event.at), letter(event.node), cell(&event.event));
            let _ = writeln!(
                self.text,
                "| {at} | {by} | {name} | {} | {} |",
                value("address"),
                value("error")
            );
        }
        let more = state.trail.events.len().saturating_sub(EVENTS);
        if more > 0 {
            self.say(&both!(
                "\n{more} more are in the JSON.",
                "\n另有 {more} 条见 JSON。"
            ));
        }
    }

    fn steps(&mut self, case: &Case<'_>, state: &State) {
        self.heading("Steps", "步骤");
        self.say(&both!(
            "| step | ended | |\n|---|---|---|",
            "| 步骤 | 结果 | |\n|---|---|---|"
        ));
        for (_, step) in case.respond.steps() {
            let title = cell(step.title.get(self.lang));
            let (word, note) = match state.steps.get(&step.id) {
                Some(ending) => (words::word(&ending.word), cell(ending.note.get(self.lang))),
                None => (both!("not reached", "未执行到"), String::new()),
            };
            let _ = writeln!(self.text, "| {title} | {} | {note} |", word.get(self.lang));
        }
    }

    fn left(&mut self, case: &Case<'_>, state: &State, since: i64) {
        self.heading("Left to do", "待办");
        let all = left(case, state, since);
        if all.is_empty() {
            return self.say(&both!("Nothing.", "无。"));
        }
        for (number, text) in (1..).zip(&all) {
            let _ = writeln!(self.text, "{number}. {}", cell(text.get(self.lang)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_text() {
        assert_eq!(
            cell("a|b\n<script>\u{1b}`x`"),
            "a\\|b \\<script\\>\u{fffd}\\`x\\`"
        );
        assert_eq!(block("echo `id`"), "`````sh\necho `id`\n`````\n");
    }
}
