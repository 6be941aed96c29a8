//! KindRef: one kind among all patterns, with its provider, and what reports say about it.

use super::schema::{Alone, Kind, Provider, RotateSteps};
use crate::finding::{Rotate, Severity};

/// Number of a kind: its position when the providers are read one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindIx(pub u32);

/// A kind with the provider it belongs to.
#[derive(Clone, Copy)]
pub struct KindRef<'a> {
    /// Its number.
    pub ix: KindIx,
    /// Its provider.
    pub provider: &'a Provider,
    /// The kind.
    pub kind: &'a Kind,
    /// Set for the id that is reported when parts of the kind are missing.
    pub alone: Option<&'a Alone>,
}

/// Languages that rotation steps are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese; English where nobody has translated.
    Zh,
}

impl<'a> KindRef<'a> {
    /// The id that is reported.
    pub fn id(&self) -> &'a str {
        self.alone.map_or(&self.kind.id, |alone| &alone.id)
    }

    /// The name for people.
    pub fn name(&self) -> &'a str {
        self.alone.map_or(&self.kind.name, |alone| &alone.name)
    }

    /// How much harm it can do.
    pub fn severity(&self) -> Severity {
        let word = self
            .alone
            .map_or(&self.kind.severity, |alone| &alone.severity);
        word.parse()
            .expect("lint refuses a severity that is no word of the scale")
    }

    /// How it is replaced: the kind's own steps, or its provider's.
    pub fn rotate(&self, lang: Lang) -> Rotate {
        let own = self.kind.rotate.as_ref().unwrap_or(&self.provider.rotate);
        let mut rotate = spoken(own, lang);
        if rotate.console.is_none() {
            rotate.console.clone_from(&self.provider.rotate.console);
        }
        rotate
    }
}

/// Steps as they are shown in a language.
pub fn spoken(own: &RotateSteps, lang: Lang) -> Rotate {
    let RotateSteps {
        console,
        steps,
        steps_zh,
        contact,
    } = own;
    let mut steps = match lang {
        Lang::Zh if !steps_zh.is_empty() => steps_zh.clone(),
        _ => steps.clone(),
    };
    if let Some(contact) = contact {
        steps.push(match lang {
            Lang::En => format!("If the console is out of reach: {contact}"),
            Lang::Zh => format!("无法登录控制台时：{contact}"),
        });
    }
    Rotate {
        console: console.clone(),
        steps,
    }
}
