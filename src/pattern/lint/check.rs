//! Check and Spot: collect problems of one provider and know where in its file they stand.

use toml::de::{DeTable, DeValue};

use crate::pattern::load::{Loaded, Origin};
use crate::pattern::problem::{Problem, Weight};

/// A place in a pattern file: what it is about, and the way through the tables.
#[derive(Clone)]
pub(super) struct Spot<'a> {
    pub(super) subject: &'a str,
    path: Vec<Step<'a>>,
}

#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

impl<'a> Spot<'a> {
    pub(super) fn new(subject: &'a str) -> Spot<'a> {
        Spot {
            subject,
            path: Vec::new(),
        }
    }

    pub(super) fn kind(id: &'a str, n: usize) -> Spot<'a> {
        Spot {
            subject: id,
            path: vec![Step::Field("secret"), Step::Item(n)],
        }
    }

    pub(super) fn field(&self, name: &'a str) -> Spot<'a> {
        self.with(Step::Field(name))
    }

    pub(super) fn item(&self, n: usize) -> Spot<'a> {
        self.with(Step::Item(n))
    }

    pub(super) fn with(&self, step: Step<'a>) -> Spot<'a> {
        let mut spot = self.clone();
        spot.path.push(step);
        spot
    }
}

/// Collects problems of one provider and knows where in its file they stand.
pub(super) struct Check<'a> {
    pub(super) loaded: &'a Loaded,
    tree: Option<toml::Spanned<DeTable<'a>>>,
    pub(super) out: Vec<Problem>,
}

impl<'a> Check<'a> {
    pub(super) fn new(loaded: &'a Loaded) -> Check<'a> {
        let tree = match &loaded.origin {
            Origin::File(text) => DeTable::parse(text).ok(),
            Origin::Row(..) => None,
        };
        Check {
            loaded,
            tree,
            out: Vec::new(),
        }
    }

    pub(super) fn broken(&mut self, spot: &Spot<'_>, what: String, remedy: &str) {
        self.say(Weight::Broken, spot, what, remedy);
    }

    pub(super) fn incomplete(&mut self, spot: &Spot<'_>, what: String, remedy: &str) {
        self.say(Weight::Incomplete, spot, what, remedy);
    }

    pub(super) fn advice(&mut self, spot: &Spot<'_>, what: String, remedy: &str) {
        self.say(Weight::Advice, spot, what, remedy);
    }

    pub(super) fn say(&mut self, weight: Weight, spot: &Spot<'_>, what: String, remedy: &str) {
        let mut problem = Problem::new(&self.loaded.file, what, remedy).about(spot.subject);
        problem.weight = weight;
        self.out.push(match &self.loaded.origin {
            Origin::File(text) => match self.span(spot) {
                Some(span) => problem.pointing(text, span),
                None => problem,
            },
            Origin::Row(number, text) => Problem {
                at: Some((*number, 1)),
                line: Some(Box::new((text.clone(), text.chars().count()))),
                ..problem
            },
        });
    }

    /// Where the spot stands, or the innermost table around it that the file has.
    pub(super) fn span(&self, spot: &Spot<'_>) -> Option<std::ops::Range<usize>> {
        let tree = self.tree.as_ref()?;
        let mut steps = spot.path.iter();
        let Some(Step::Field(first)) = steps.next() else {
            return None;
        };
        let mut here = tree.get_ref().get(*first)?;
        for step in steps {
            let inner = match (step, here.get_ref()) {
                (Step::Field(name), DeValue::Table(table)) => table.get(*name),
                (Step::Item(n), DeValue::Array(array)) => array.get(*n),
                _ => None,
            };
            let Some(inner) = inner else { break };
            here = inner;
        }
        Some(here.span())
    }
}
