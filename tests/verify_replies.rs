//! Every recorded reply of every pattern file, judged without a network.

use std::path::Path;

use unleak::api::judge::{Reply, accepted, judge};
use unleak::pattern::load;
use unleak::pattern::names::{CHECK_EFFECTS, CHECK_REPLIES};
use unleak::pattern::schema;

fn recorded(reply: &schema::Reply) -> Reply {
    Reply {
        status: reply.status,
        headers: reply.headers.clone().into_iter().collect(),
        body: reply.body.as_bytes().to_vec(),
        truncated: false,
    }
}

/// What the judge makes of a reply, in the words that pattern files use.
fn meaning(call: &schema::Call, reply: &schema::Reply) -> String {
    let reply_seen = recorded(reply);
    if CHECK_REPLIES.contains(&reply.means.as_str()) && reply.means != "unknown" {
        return judge(call, &reply_seen).verdict.word().to_owned();
    }
    let is_check = call
        .effect
        .as_deref()
        .is_none_or(|e| CHECK_EFFECTS.contains(&e));
    match reply.means.as_str() {
        "unknown" if is_check => judge(call, &reply_seen).verdict.word().to_owned(),
        "unknown" | "refused" if !accepted(call, &reply_seen) => reply.means.clone(),
        _ if accepted(call, &reply_seen) => "accepted".to_owned(),
        _ => "refused".to_owned(),
    }
}

#[test]
fn every_recorded_reply_means_what_its_file_says() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    let loaded = load::directory(&dir).unwrap_or_else(|problems| {
        panic!(
            "{}",
            problems
                .iter()
                .map(|p| p.to_string())
                .collect::<Vec<_>>()
                .join("\n")
        )
    });
    let mut wrong = Vec::new();
    let mut judged = 0;
    for provider in loaded.iter().map(|loaded| &loaded.provider) {
        for (name, call) in &provider.call {
            for reply in &call.replies {
                judged += 1;
                let means = meaning(call, reply);
                if means != reply.means {
                    let body: String = reply.body.chars().take(80).collect();
                    wrong.push(format!(
                        "{}.{name}: {} {body:?} is {means}, and the file says {}",
                        provider.id, reply.status, reply.means
                    ));
                }
            }
        }
    }
    assert!(judged > 100, "only {judged} replies were found");
    assert!(
        wrong.is_empty(),
        "{} of {judged}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_check_has_a_reply_for_live_and_one_for_dead() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    let loaded = load::directory(&dir).expect("the test above names the problems");
    let mut missing = Vec::new();
    for provider in loaded.iter().map(|loaded| &loaded.provider) {
        for kind in &provider.secret {
            let Some(name) = &kind.verify else { continue };
            let Some(call) = provider.call.get(name) else {
                missing.push(format!("{}: no call {name}", kind.id));
                continue;
            };
            let has = |means: &str| call.replies.iter().any(|reply| reply.means == means);
            if !has("live") || !(has("dead") || call.dead.is_empty()) {
                missing.push(format!("{}: {name}", kind.id));
            }
        }
    }
    missing.sort();
    missing.dedup();
    assert!(
        missing.is_empty(),
        "{}:\n{}",
        missing.len(),
        missing.join("\n")
    );
}
