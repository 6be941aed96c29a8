//! Between the pattern files and a scan: which kinds are wanted, and what is said about them.

use unleak::config::Settings;
use unleak::pattern::{Lang, Patterns, spoken};
use unleak::report::{About, Results};
use unleak::triage::KindInfo;

use crate::cli::Failure;

/// The built-in patterns and the user's.
pub(crate) fn patterns(settings: &Settings) -> Result<Patterns, Failure> {
    let further = settings.paths("patterns.dirs");
    if further.is_empty() {
        return Ok(Patterns::builtin());
    }
    Patterns::with_user(&further).map_err(|problems| {
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Failure::new(texts.join("\n")).hint("`unleak patterns lint` says more")
    })
}

/// Ids of the kinds to look for; empty means all. A name is a kind or a provider; with a minus
/// before it, it is left out.
pub(crate) fn only(settings: &Settings, patterns: &Patterns) -> Result<Vec<String>, Failure> {
    let names = settings.list("scan.kinds");
    let mut wanted: Vec<&str> = Vec::new();
    let mut unwanted: Vec<&str> = Vec::new();
    for name in names {
        let (list, id) = match name.strip_prefix('-') {
            Some(id) => (&mut unwanted, id),
            None => (&mut wanted, name.as_str()),
        };
        if let Some(provider) = patterns.provider(id) {
            list.extend(provider.secret.iter().map(|kind| kind.id.as_str()));
        } else if let Some(found) = patterns.find(id) {
            list.push(found.id());
        } else {
            let origin = &settings.get("scan.kinds").origin;
            return Err(
                Failure::new(format!("{origin}: there is no kind and no provider '{id}'"))
                    .hint("`unleak patterns list` shows them"),
            );
        }
    }
    if names.is_empty() {
        return Ok(Vec::new());
    }
    if wanted.is_empty() {
        wanted.extend(patterns.ids());
    }
    let kept = wanted.into_iter().filter(|id| !unwanted.contains(id));
    Ok(kept.map(str::to_owned).collect())
}

/// What triage needs to know of a kind.
pub(crate) fn info(patterns: &Patterns, id: &str) -> Option<KindInfo> {
    let found = patterns.find(id)?;
    Some(KindInfo {
        provider: found.provider.id.clone(),
        name: found.name().to_owned(),
        severity: found.severity(),
        generic: found.provider.id == "generic",
        rotate: found.rotate(Lang::En),
    })
}

/// Adds what reports say about the kinds that were found, and how a value is replaced whose
/// provider only its surroundings name.
pub(crate) fn describe(results: &mut Results, patterns: &Patterns) {
    let shown = results.findings.iter_mut();
    let silenced = results.suppressed.iter_mut().map(|one| &mut one.finding);
    for finding in shown.chain(silenced) {
        let Some(found) = patterns.find(&finding.kind) else {
            continue;
        };
        let provider = patterns
            .provider(&finding.provider)
            .unwrap_or(found.provider);
        if provider.id != found.provider.id {
            finding.rotate = spoken(&provider.rotate, Lang::En);
        }
        let about = About {
            provider_name: provider.name.clone(),
            docs: provider.docs.clone(),
        };
        let key = (finding.provider.clone(), finding.kind.clone());
        results.kinds.insert(key, about);
    }
}

/// Everything that decides what is found in a text: patterns, kinds, and the program itself, which
/// may be another one of the same version.
pub(crate) fn decisive(patterns: &Patterns, only: &[String]) -> Vec<u8> {
    let mut all = patterns.digest().to_vec();
    all.extend(program());
    for id in only {
        all.extend(id.bytes());
        all.push(0);
    }
    all
}

/// Size and time of the program's file; reading all of it would cost more than it is worth.
fn program() -> Vec<u8> {
    let data = std::env::current_exe().and_then(|path| path.metadata());
    let known = data.and_then(|data| Ok((data.len(), data.modified()?)));
    known.map_or_else(|_| Vec::new(), |known| format!("{known:?}").into_bytes())
}

/// Which set of patterns this is.
pub(crate) fn digest(patterns: &Patterns) -> String {
    let hex: String = patterns
        .digest()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("sha256:{hex}")
}
