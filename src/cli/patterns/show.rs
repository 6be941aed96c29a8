//! `unleak patterns show`: everything known about a kind or a provider, for people.

use std::fmt::Write;

use clap::ValueEnum;
use unleak::pattern::schema::{Call, Provider};
use unleak::pattern::{KindRef, Lang, Patterns};

use crate::cli::{Exit, Failure, plain, print};

/// Language of the steps.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Language {
    /// English
    #[default]
    En,
    /// Chinese where somebody has translated
    Zh,
}

pub(super) fn run(patterns: &Patterns, id: &str, lang: Language) -> Result<Exit, Failure> {
    let lang = match lang {
        Language::En => Lang::En,
        Language::Zh => Lang::Zh,
    };
    let text = if let Some(found) = patterns.find(id) {
        shown(&found, lang)
    } else if let Some(provider) = patterns.provider(id) {
        let kinds = provider
            .secret
            .iter()
            .filter_map(|kind| patterns.find(&kind.id));
        let texts: Vec<String> = kinds.map(|found| shown(&found, lang)).collect();
        texts.join("\n")
    } else {
        return Err(nobody(patterns, id));
    };
    print(plain(&text).as_bytes())?;
    Ok(Exit::Clean)
}

fn nobody(patterns: &Patterns, id: &str) -> Failure {
    let near = patterns
        .ids()
        .filter(|known| known.contains(id) || id.contains(*known));
    let near: Vec<&str> = near.take(8).collect();
    let failure = Failure::new(format!("no kind and no provider is called '{id}'"));
    match near.is_empty() {
        true => failure.hint("`unleak patterns list` shows every kind"),
        false => failure.hint(format!("there are {}", near.join(", "))),
    }
}

fn shown(found: &KindRef<'_>, lang: Lang) -> String {
    let KindRef { provider, kind, .. } = found;
    let mut text = format!("{}: {} ({})\n", found.id(), found.name(), provider.name);
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {name:<10} {value}");
        }
    };
    line("severity", found.severity().word());
    line("docs", &provider.docs);
    line("harmless", kind.harmless.as_deref().unwrap_or_default());
    line("keywords", &kind.keywords.join(" "));
    line("regex", kind.regex.as_deref().unwrap_or_default());
    line("shape", kind.shape.as_deref().unwrap_or_default());
    let words = if kind.words.is_empty() {
        &provider.words
    } else {
        &kind.words
    };
    line(
        "near",
        &[words.as_slice(), &provider.hosts].concat().join(" "),
    );
    for part in &kind.parts {
        let need = if part.optional {
            "may be there"
        } else {
            "needed"
        };
        line("part", &format!("{}: {} ({need})", part.name, part.shape));
    }
    if let (None, Some(alone)) = (found.alone, &kind.alone) {
        line("without", &format!("{} ({})", alone.id, alone.severity));
    }
    line("checksum", kind.checksum.as_deref().unwrap_or_default());
    line("facts", kind.facts.as_deref().unwrap_or_default());
    line("protocol", kind.protocol.as_deref().unwrap_or_default());
    line(
        "unchecked",
        kind.unverifiable.as_deref().unwrap_or_default(),
    );
    let calls = [
        ("verify", &kind.verify),
        ("freeze", &kind.freeze),
        ("thaw", &kind.thaw),
        ("revoke", &kind.revoke),
    ];
    for (use_, name) in calls {
        if let Some((name, call)) = name
            .as_ref()
            .and_then(|name| provider.call.get_key_value(name))
        {
            line(use_, &described(provider, name, call));
        }
    }
    line("by hand", kind.by_hand.as_deref().unwrap_or_default());
    let rotate = found.rotate(lang);
    line("console", rotate.console.as_deref().unwrap_or_default());
    for (number, step) in (1..).zip(&rotate.steps) {
        line("rotate", &format!("{number}. {step}"));
    }
    text
}

/// What a call does, with those it needs before it.
fn described(provider: &Provider, name: &str, call: &Call) -> String {
    let address = match &provider.endpoint {
        Some(endpoint) => call.url.replace("{{endpoint}}", endpoint),
        None => call.url.clone(),
    };
    let mut text = format!("{name}: {} {address}", call.method);
    if let Some(effect) = &call.effect {
        text.push_str(&format!(", leaves {effect}"));
    }
    if !call.after.is_empty() {
        text.push_str(&format!(", after {}", call.after.join(" and ")));
    }
    if let Some(impact) = &call.impact {
        text.push_str(&format!(". {impact}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_can_be_shown() {
        let patterns = Patterns::builtin();
        for found in patterns.kinds() {
            let text = shown(&found, Lang::Zh);
            assert!(text.starts_with(&format!("{}: ", found.id())), "{text}");
            assert!(text.contains("\n  severity "), "{text}");
        }
    }

    #[test]
    fn a_wrong_id_leads_to_the_right_one() {
        let text = nobody(&Patterns::builtin(), "no-such-thing").text();
        assert!(
            text.contains("no kind and no provider is called 'no-such-thing'"),
            "{text}"
        );
    }
}
