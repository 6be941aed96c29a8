//! The shape of a pattern file, as `patterns/README.md` explains it. Unknown fields are errors.
//! `build.rs` compiles this file too, so it imports nothing of ours but plain words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::incident::Respond;

/// Everything known about one provider: one TOML file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Word, unique, never changed once released.
    pub id: String,
    /// For people.
    pub name: String,
    /// Address of the provider's documentation of its credentials.
    pub docs: String,
    /// Lower-case names by which a key, section, URL, import, comment or file name speaks of this
    /// provider, without separators (`abuseipdb`, `alibabacloud`, `aliyun`).
    #[serde(default)]
    pub words: Vec<String>,
    /// Domains that belong to it; a URL to one of them or a host below speaks of this provider.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Domains below which every name is a customer's address on the provider's own servers (`okta.com`): a key may go
    /// there though the name stood in the scanned text. Never one below which customers run programs of their own.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// Address of its API where that differs by installation; `{{endpoint}}` in calls. The user's
    /// `[endpoints]` setting overrides it.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Where else it has an API that knows other keys: asked before a refusal by `endpoint` is believed.
    #[serde(default)]
    pub site: Vec<Site>,
    /// Its kinds of secrets.
    #[serde(default)]
    pub secret: Vec<Kind>,
    /// Named calls that the kinds refer to.
    #[serde(default)]
    pub call: BTreeMap<String, Call>,
    /// How its credentials are replaced.
    #[serde(default)]
    pub rotate: RotateSteps,
    /// Guided incident, phase by phase.
    #[serde(default)]
    pub respond: Option<Respond>,
    /// Who issues certificates by ACME (the organisation in them) and where its directory is.
    #[serde(default)]
    pub acme: BTreeMap<String, String>,
}

/// One kind of secret.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Word, unique over all files, never changed once released.
    pub id: String,
    /// For people.
    pub name: String,
    /// `critical`, `high`, `medium`, `low` or `info`.
    pub severity: String,
    /// Literals of at least three bytes of which one occurs in every match of `regex`; what the
    /// prefilter looks for. Case counts unless `ignore_case`.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Why an everyday word is a keyword all the same.
    #[serde(default)]
    pub keyword_note: Option<String>,
    /// The keywords are looked for in any case.
    #[serde(default)]
    pub ignore_case: bool,
    /// Finds the secret around a keyword: group `secret` is its value, every other named group a part.
    #[serde(default)]
    pub regex: Option<String>,
    /// Instead of `keywords` and `regex`: the whole value (a token, or what is between quotes or
    /// after `=`) has this shape, and one of `words` is near. For values without a prefix.
    #[serde(default)]
    pub shape: Option<String>,
    /// Overrides the provider's `words` for this kind.
    #[serde(default)]
    pub words: Vec<String>,
    /// With `shape`: words one of which the key must hold as well (`secret`, `token`, …).
    #[serde(default)]
    pub key_words: Vec<String>,
    /// The regex match counts only if one of `words` (or `hosts`) is near.
    #[serde(default)]
    pub needs_word: bool,
    /// Further values that belong to it.
    #[serde(default)]
    pub parts: Vec<PartRule>,
    /// What is reported when a required part is not found; without it, nothing is.
    #[serde(default)]
    pub alone: Option<Alone>,
    /// Least Shannon entropy of the value, bits a character.
    #[serde(default)]
    pub min_entropy: Option<f32>,
    /// Name of a checksum; see `patterns/README.md` for the list.
    #[serde(default)]
    pub checksum: Option<String>,
    /// Name of a reader of what the token says about itself.
    #[serde(default)]
    pub facts: Option<String>,
    /// Why this is no leak (a publishable key); such a kind has severity `info`.
    #[serde(default)]
    pub harmless: Option<String>,
    /// Values that the provider's documentation prints; never reported.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Name of the call that asks whether it is alive.
    #[serde(default)]
    pub verify: Option<String>,
    /// Why no safe check exists (would post, redeem, page somebody).
    #[serde(default)]
    pub unverifiable: Option<String>,
    /// Name of a raw protocol check (`postgres`, `redis`, `ssh`, …) instead of a call.
    #[serde(default)]
    pub protocol: Option<String>,
    /// Name of the call that shows what a thief could do.
    #[serde(default)]
    pub privileges: Vec<String>,
    /// Name of the call that makes it worthless for now.
    #[serde(default)]
    pub freeze: Option<String>,
    /// Name of the call that undoes `freeze`.
    #[serde(default)]
    pub thaw: Option<String>,
    /// Name of the call that makes it worthless for ever.
    #[serde(default)]
    pub revoke: Option<String>,
    /// Name of the call that brings back what `revoke` deleted, where the provider keeps it for a while.
    #[serde(default)]
    pub restore: Option<String>,
    /// Why neither freeze nor revoke can be called, where that is so.
    #[serde(default)]
    pub by_hand: Option<String>,
    /// The same in Chinese, where a guided incident may say it.
    #[serde(default)]
    pub by_hand_zh: Option<String>,
    /// Replaces the provider's rotation for this kind.
    #[serde(default)]
    pub rotate: Option<RotateSteps>,
    /// Made-up text in which this kind must be found.
    #[serde(default)]
    pub matches: Vec<String>,
    /// Made-up text in which this kind must not be found.
    #[serde(default)]
    pub ignores: Vec<String>,
}

/// A value that belongs to a credential and stands elsewhere in the same text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartRule {
    /// Its name; `secret` makes it the secret value of the finding, and the value of the kind's
    /// own regex then is the part that its named group says (`id`).
    pub name: String,
    /// Shape of the whole value.
    pub shape: String,
    /// Words in whose company it is preferred; with `needs_word` it must have one. Lower case.
    #[serde(default)]
    pub words: Vec<String>,
    /// One of `words` must be in the key of the value.
    #[serde(default)]
    pub needs_word: bool,
    /// How far it may be, in bytes either way.
    #[serde(default = "near")]
    pub within: u32,
    /// The credential works without it.
    #[serde(default)]
    pub optional: bool,
}

fn near() -> u32 {
    2000
}

/// How a credential is reported whose parts were not all found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alone {
    /// Id of this lesser kind.
    pub id: String,
    /// For people.
    pub name: String,
    /// Its own severity.
    pub severity: String,
}

/// How a secret is replaced.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateSteps {
    /// Address of the page in the provider's console.
    #[serde(default)]
    pub console: Option<String>,
    /// What to do, in order.
    #[serde(default)]
    pub steps: Vec<String>,
    /// The same in Chinese.
    #[serde(default)]
    pub steps_zh: Vec<String>,
    /// Telephone or ticket route when the console is out of reach.
    #[serde(default)]
    pub contact: Option<String>,
}

/// One call to a provider. Every string value is a template (`{{secret}}`, `{{id}}`,
/// `{{id | base64}}`, `{{endpoint}}`, …).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// `GET`, `POST`, …
    #[serde(default)]
    pub method: String,
    /// Address.
    #[serde(default)]
    pub url: String,
    /// Query parameters, percent-encoded by us.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body sent as it is.
    #[serde(default)]
    pub body: Option<String>,
    /// Body as a form, percent-encoded by us.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// Body as JSON text whose string values are templates, escaped by us.
    #[serde(default)]
    pub json: Option<String>,
    /// `user:password` templates for HTTP Basic.
    #[serde(default)]
    pub basic: Option<(String, String)>,
    /// Signer and its settings.
    #[serde(default)]
    pub sign: Option<Sign>,
    /// `postgres`, `mysql`, `redis`, `ldap` or `kadmin` instead of HTTP: the responder logs in there, at the server of the
    /// leaked credential, and says `statements`.
    #[serde(default)]
    pub protocol: Option<String>,
    /// What is said over `protocol`, in order.
    #[serde(default)]
    pub statements: Vec<Statement>,
    /// `ssh-krl`, `ssh-krl-empty` or `pgp-revocation` instead of a call: a file that a program of the user makes on this machine, and
    /// that people put where it counts.
    #[serde(default)]
    pub make: Option<String>,
    /// Name of a call whose conditions prove what became of it, where the credential itself cannot be asked.
    #[serde(default)]
    pub proof: Option<String>,
    /// What the call leaves at the provider: `none`, `audit-log` or `counts-as-attempt` for checks;
    /// `freezes`, `thaws`, `revokes`, `reads` or `changes` for the others.
    #[serde(default)]
    pub effect: Option<String>,
    /// Calls made before this one, in order; their `extract`ed values can be used here.
    #[serde(default)]
    pub after: Vec<String>,
    /// Calls made after this one was accepted, in order (open sessions ended); what they bring decides nothing.
    #[serde(default)]
    pub then: Vec<String>,
    /// Values taken from the reply for later steps: name to JSON pointer, `header:NAME`, `regex:…`
    /// with one group, `claim:/token NAME` of a JWT, or `xml:NAME`. Without `?` after the name, a reply that lacks it ends the call.
    #[serde(default)]
    pub extract: BTreeMap<String, String>,
    /// Which element of a list is the leaked credential itself (never the first by default).
    #[serde(default)]
    pub find: Option<Find>,
    /// The reply proves that it works; any of these.
    #[serde(default)]
    pub live: Vec<Condition>,
    /// The reply proves that it is disabled or restricted.
    #[serde(default)]
    pub frozen: Vec<Condition>,
    /// The reply proves that it opens nothing.
    #[serde(default)]
    pub dead: Vec<Condition>,
    /// The provider took a freeze, thaw or revoke; the proof is the next check.
    #[serde(default)]
    pub accepted: Vec<Condition>,
    /// What to keep of the reply: name to JSON pointer, `header:NAME`, `xml:NAME`, `claim:/token NAME` or `regex:…`.
    #[serde(default)]
    pub identity: BTreeMap<String, String>,
    /// Freeze can be undone. Stated for freeze and revoke.
    #[serde(default)]
    pub reversible: Option<bool>,
    /// As whom, in order of preference and separated by commas: a responder identity (`aws`, `alibaba`,
    /// `github`, …) from the standard places, `self` (the leaked credential), or `public` (no credential).
    #[serde(default)]
    pub as_whom: Option<String>,
    /// What stops working, for the plan.
    #[serde(default)]
    pub impact: Option<String>,
    /// Exempt from the negative control, with the reason (locks after bad attempts).
    #[serde(default)]
    pub no_control: Option<String>,
    /// Why a refusal proves nothing (other regions know other keys) until the user's `[endpoints]` names the address.
    #[serde(default)]
    pub regional: Option<String>,
    /// Recorded shapes of real replies, judged by the tests without a network.
    #[serde(default)]
    pub replies: Vec<Reply>,
    /// Where this call is documented, if not on the provider's `docs` page.
    #[serde(default)]
    pub docs: Option<String>,
    /// `documented`, `tested` (against a real server), or `lead`.
    #[serde(default)]
    pub source: Option<String>,
}

/// Another public installation of the same provider, such as that of the EU or of mainland China.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// What `{{endpoint}}` is there.
    pub endpoint: String,
    /// What signers take for the region there, if they take one.
    #[serde(default)]
    pub region: Option<String>,
}

impl Provider {
    /// The provider as it is at one of its other sites.
    pub fn at(&self, site: &Site) -> Provider {
        let mut there = self.clone();
        there.endpoint = Some(site.endpoint.clone());
        let signs = there
            .call
            .values_mut()
            .filter_map(|call| call.sign.as_mut());
        for (sign, region) in signs.zip(site.region.iter().cycle()) {
            if let Some(known) = sign.settings.get_mut("region") {
                known.clone_from(region);
            }
        }
        there
    }
}

/// A signer by name and its settings; values are templates. In a file it is one flat table
/// (`{ with = "aws-sigv4", service = "sts", … }`); the packed form is no self-describing format and
/// knows no `flatten`, hence the detour over a map.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<String, String>",
    into = "BTreeMap<String, String>"
)]
pub struct Sign {
    /// `aws-sigv4`, `acs3-hmac-sha256`, `alibaba-rpc-v1`, `tc3-hmac-sha256`, `huawei-sdk-hmac-sha256`,
    /// `volcengine-hmac-sha256`, `bce-auth-v1`, `qiniu`, `azure-shared-key`, `google-jwt`, `github-app-jwt`, `coinbase-es256`, …
    pub with: String,
    /// Settings of that signer (`key`, `secret`, `token`, `service`, `region`, `action`, `version`, …).
    pub settings: BTreeMap<String, String>,
}

impl TryFrom<BTreeMap<String, String>> for Sign {
    type Error = &'static str;

    fn try_from(mut settings: BTreeMap<String, String>) -> Result<Self, Self::Error> {
        let with = settings
            .remove("with")
            .ok_or("missing field `with`: the name of the signer")?;
        Ok(Sign { with, settings })
    }
}

impl From<Sign> for BTreeMap<String, String> {
    fn from(sign: Sign) -> Self {
        let mut map = sign.settings;
        map.insert("with".to_string(), sign.with);
        map
    }
}

/// Picks one element of a list in a reply by what the leaked credential is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// JSON pointer to the list.
    pub list: String,
    /// JSON pointer, inside an element, to the value compared.
    pub field: String,
    /// `equals`, `prefix-of`, `suffix-of`, `hint-of` (its first and last characters with dots or stars
    /// between) or `contains`: how the element's value relates to `value`.
    pub by: String,
    /// Template of what it is compared with.
    pub value: String,
    /// What is taken from the element: name to JSON pointer.
    pub extract: BTreeMap<String, String>,
}

/// A statement for a server that speaks no HTTP. In SQL a slot stands inside quotes, which are doubled in its value,
/// or is a number; in Redis and LDAP a slot is one word.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// What is said: a template of `user` and `row.N`.
    pub say: String,
    /// Said first; `say` is then said for each row it brings, whose columns are `row.1`, `row.2`, ….
    #[serde(default)]
    pub each: Option<String>,
    /// What it means if `each` brings nothing; without this that is no fault.
    #[serde(default)]
    pub none: Option<String>,
    /// A refusal of this statement does not matter.
    #[serde(default)]
    pub optional: bool,
}

/// A condition on a reply; all that is stated must hold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// One of these status codes.
    #[serde(default)]
    pub status: Vec<u16>,
    /// JSON pointers that exist and are neither null nor empty.
    #[serde(default)]
    pub json: Vec<String>,
    /// JSON pointer to a value it equals (strings, numbers and booleans compare by their text).
    #[serde(default)]
    pub equals: BTreeMap<String, String>,
    /// JSON pointers that do not exist or are null.
    #[serde(default)]
    pub absent: Vec<String>,
    /// XML elements (local names) with the text they hold; an empty text means: it exists.
    #[serde(default)]
    pub xml: BTreeMap<String, String>,
    /// Header name to a regex its value matches.
    #[serde(default)]
    pub header: BTreeMap<String, String>,
    /// The body holds one of these texts.
    #[serde(default)]
    pub text: Vec<String>,
    /// The body holds none of these texts.
    #[serde(default)]
    pub not_text: Vec<String>,
}

/// A recorded reply and what the judge must make of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body.
    #[serde(default)]
    pub body: String,
    /// `live`, `frozen`, `dead`, `unknown`, or `accepted` and `refused` for freeze, thaw and revoke.
    pub means: String,
}
