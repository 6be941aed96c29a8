//! From results to a view: the one place where secrets are taken out of every text.

use std::collections::BTreeMap;

use super::view::{By, Check, Commit, Item, Outdated, Shown, Silenced, Spot, View};
use super::{Options, Results, time};
use crate::finding::{
    CommitInfo, Finding, Place, Redactor, Secret, SourceKind, Stale, Suppressed, Tally,
    Verification,
};

impl View {
    /// Takes the secrets out of everything, unless the user asked to see them.
    pub(super) fn of(results: &Results, options: &Options) -> View {
        let silenced = results.suppressed.iter().map(|s| &s.finding);
        let redactor = match options.show_secrets {
            true => Redactor::default(),
            false => Redactor::everywhere(results.findings.iter().chain(silenced)),
        };
        let maker = Maker {
            results,
            redactor,
            show: options.show_secrets,
        };
        View {
            findings: results.findings.iter().map(|f| maker.item(f)).collect(),
            suppressed: results
                .suppressed
                .iter()
                .map(|s| maker.silenced(s))
                .collect(),
            stale: results.stale.iter().map(|s| maker.outdated(s)).collect(),
            below_threshold: results.below_threshold,
            tally: maker.tally(&results.tally),
            elapsed_ms: results.elapsed_ms,
            version: results.version.clone(),
            patterns: results.patterns.clone(),
            root: maker.text(&results.root),
            partial: results.partial,
        }
    }
}

struct Maker<'a> {
    results: &'a Results,
    redactor: Redactor,
    show: bool,
}

/// The texts of one finding: its own values first, which may be short, then those of all others.
struct Cleaner<'a> {
    own: Redactor,
    all: &'a Redactor,
}

impl Cleaner<'_> {
    fn text(&self, text: &str) -> String {
        self.all.clean(&self.own.clean(text)).into_owned()
    }

    fn texts(&self, texts: &[String]) -> Vec<String> {
        texts.iter().map(|text| self.text(text)).collect()
    }

    fn map(&self, map: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        map.iter()
            .map(|(name, value)| (self.text(name), self.text(value)))
            .collect()
    }

    fn commit(&self, commit: &CommitInfo) -> Commit {
        Commit {
            id: commit.id.clone(),
            author: self.text(&commit.author),
            email: self.text(&commit.email),
            time: commit.time,
            date: time::iso(commit.time),
        }
    }
}

impl Maker<'_> {
    fn text(&self, text: &str) -> String {
        self.redactor.clean(text).into_owned()
    }

    fn item(&self, finding: &Finding) -> Item {
        let own = match self.show {
            true => Redactor::default(),
            false => Redactor::own(finding),
        };
        let all = &self.redactor;
        let clean = Cleaner { own, all };
        let about = self
            .results
            .kinds
            .get(&(finding.provider.clone(), finding.kind.clone()));
        let provider_name = about.map_or(&finding.provider, |about| &about.provider_name);
        let docs = about.map(|about| about.docs.clone());
        Item {
            fingerprint: finding.fingerprint.to_string(),
            provider: finding.provider.clone(),
            provider_name: provider_name.clone(),
            docs: docs.filter(|docs| !docs.is_empty()),
            kind: finding.kind.clone(),
            name: finding.name.clone(),
            severity: finding.severity,
            confidence: finding.confidence,
            status: finding.status.word(),
            status_detail: finding.status.why().map(|why| clean.text(why)),
            urgency: finding.urgency,
            score: finding.score,
            reasons: clean.texts(&finding.reasons),
            secret: self.shown(&finding.secret),
            parts: finding
                .parts
                .iter()
                .map(|p| (p.name.clone(), self.shown(&p.value)))
                .collect(),
            facts: clean.map(&finding.facts),
            candidates: finding.candidates.clone(),
            explain: finding
                .explain
                .iter()
                .map(|(why, points)| (clean.text(why), *points))
                .collect(),
            places: finding
                .places
                .iter()
                .map(|place| self.spot(place, &clean))
                .collect(),
            excerpt: clean.text(&finding.excerpt),
            verification: finding
                .verification
                .as_ref()
                .map(|check| check_of(check, &clean)),
            console: finding.rotate.console.clone(),
            steps: finding.rotate.steps.clone(),
        }
    }

    fn shown(&self, secret: &Secret) -> Shown {
        let known = self.show && !secret.is_withheld();
        Shown {
            masked: secret.masked(),
            value: known.then(|| String::from_utf8_lossy(secret.reveal()).into_owned()),
        }
    }

    fn spot(&self, place: &Place, clean: &Cleaner<'_>) -> Spot {
        let path = clean.text(&place.path_text());
        Spot {
            source: place.source,
            line: place.span.line,
            column: place.span.column,
            end_line: place.span.end_line,
            end_column: place.span.end_column,
            blob: place.blob.map(|blob| blob.to_string()),
            url: self.url(place, &path),
            path,
            commit: place.commit.as_ref().map(|commit| clean.commit(commit)),
            last_commit: place
                .last_commit
                .as_ref()
                .map(|commit| clean.commit(commit)),
            refs: clean.texts(&place.refs),
            reachable: place.reachable,
            in_head: place.in_head,
            decoded: place.decoded.clone(),
        }
    }

    /// The line at the code host, as GitHub, GitLab, Gitea and Gitee address it.
    fn url(&self, place: &Place, path: &str) -> Option<String> {
        let web = self.results.web.as_deref()?.trim_end_matches('/');
        let commit = &place.commit.as_ref()?.id;
        match place.source {
            SourceKind::Message => Some(format!("{web}/commit/{commit}")),
            SourceKind::History if !path.is_empty() => {
                let line = place.span.line;
                let path = super::escape::uri_path(path);
                Some(format!("{web}/blob/{commit}/{path}#L{line}"))
            }
            _ => None,
        }
    }

    fn silenced(&self, suppressed: &Suppressed) -> Silenced {
        let by = suppressed.by.iter().map(|by| By {
            sort: by.sort,
            origin: self.text(&by.origin),
            reason: by.reason.as_deref().map(|reason| self.text(reason)),
        });
        Silenced {
            item: self.item(&suppressed.finding),
            by: by.collect(),
        }
    }

    fn outdated(&self, stale: &Stale) -> Outdated {
        Outdated {
            origin: self.text(&stale.origin),
            subject: self.text(&stale.subject),
            why: stale.why.word(),
            detail: stale.why.detail().map(|detail| self.text(detail)),
        }
    }

    fn tally(&self, tally: &Tally) -> Tally {
        let mut tally = tally.clone();
        for failure in &mut tally.failed {
            failure.subject = self.text(&failure.subject);
            failure.detail = self.text(&failure.detail);
        }
        tally
    }
}

fn check_of(check: &Verification, clean: &Cleaner<'_>) -> Check {
    Check {
        at: time::iso(check.at),
        call: check.call.clone(),
        identity: clean.map(&check.identity),
        detail: clean.text(&check.detail),
    }
}
