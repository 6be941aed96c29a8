//! The matcher against pattern files made up here: what is found, how sure, and that the cheap
//! stage is local.

use std::sync::Arc;

use super::*;
use crate::finding::Confidence;
use crate::pattern::schema::Provider;

const ACME: &str = r##"
id = "acme"
name = "Acme Cloud"
docs = "https://docs.acme.example/tokens"
words = ["acme", "acmecloud"]
hosts = ["acme.example"]
[[secret]]
id = "acme-personal-token"
name = "Personal access token"
severity = "high"
keywords = ["acme_pat_"]
regex = '''\b(?<secret>acme_pat_[A-Za-z0-9]{24})\b'''
min_entropy = 3.0
examples = ["acme_pat_Vn1Kc5Wy3D7Gq2LmX9Zt4Rb8"]
[[secret]]
id = "acme-legacy-key"
name = "Legacy API key"
severity = "medium"
shape = "[a-f0-9]{40}"
key_words = ["key", "token", "secret"]
[[secret]]
id = "acme-access-key"
name = "Access key (id and secret)"
severity = "critical"
keywords = ["ACID"]
regex = '''\b(?<id>ACID[A-Z0-9]{16})\b'''
parts = [
  { name = "secret", shape = "[A-Za-z0-9/+]{40}", words = ["secret", "sk"], within = 2000 },
  { name = "session_token", shape = "[A-Za-z0-9/+=]{100,2000}", words = ["session", "token"], needs_word = true, optional = true },
]
alone = { id = "acme-access-key-id", name = "Access key id without its secret", severity = "low" }
[[secret]]
id = "acme-dotted"
name = "Dotted"
severity = "high"
keywords = ["AC."]
regex = '''\b(?<secret>AC\.[\w-]{22}\.[\w-]{43})\b'''
[[secret]]
id = "acme-middle"
name = "Marker in the middle"
severity = "high"
keywords = ["T3BlbkAC"]
regex = '''\b(?<secret>[A-Za-z0-9]{20}T3BlbkAC[A-Za-z0-9]{20})\b'''
[[secret]]
id = "acme-webhook"
name = "Webhook"
severity = "high"
keywords = ["hooks.acme.test/services/"]
regex = '''https://(?<secret>hooks\.acme\.test/services/T[A-Z0-9]{8,10}/[A-Za-z0-9]{24})\b'''
[[secret]]
id = "acme-url"
name = "Connection URL"
severity = "high"
keywords = ["acmedb://", "acmedb+srv://"]
regex = '''acmedb(?:\+srv)?://(?<user>[^\s:@/]{1,80}):(?<secret>[^\s:@/]{3,80})@(?<host>[A-Za-z0-9.-]{1,200})'''
[[secret]]
id = "acme-key-file"
name = "Private key"
severity = "critical"
keywords = ["-----BEGIN ACME PRIVATE KEY-----"]
regex = '''(?<secret>-----BEGIN ACME PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{40,8000}-----END ACME PRIVATE KEY-----)'''
[[secret]]
id = "acme-sk"
name = "Shared prefix"
severity = "high"
keywords = ["zk-"]
regex = '''\b(?<secret>zk-[a-f0-9]{32})\b'''
"##;

const RIVAL: &str = r##"
id = "rival"
name = "Rival"
docs = "https://rival.example"
words = ["rival"]
[[secret]]
id = "rival-sk"
name = "Shared prefix"
severity = "high"
keywords = ["zk-"]
regex = '''\b(?<secret>zk-[a-f0-9]{32})\b'''
[[secret]]
id = "rival-odd"
name = "Needs the fallback"
severity = "high"
keywords = ["rivalpass"]
regex = '''(?i)rivalpass\s{0,3}[=:]\s{0,3}(?<secret>[a-z0-9]{8,12})\b'''
"##;

pub(super) fn matcher(files: &[&str]) -> Matcher {
    let providers: Vec<Provider> = files
        .iter()
        .map(|text| toml::from_str(text).unwrap())
        .collect();
    Matcher::new(
        Arc::new(Index::build(&providers).unwrap()),
        Options::default(),
    )
}

pub(super) const NOWHERE: Context<'_> = Context {
    path: b"",
    source: SourceKind::Stdin,
};

fn kinds(matcher: &Matcher, text: &str) -> Vec<String> {
    let matches = matcher.scan(text.as_bytes(), &NOWHERE);
    matches.iter().map(|m| m.kind.to_string()).collect()
}

#[test]
fn every_way_of_looking_up_finds_its_kind() {
    let m = matcher(&[ACME, RIVAL]);
    for (text, kind) in [
        (
            "ACME_TOKEN=acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P",
            "acme-personal-token",
        ),
        (
            "\"a\\nacme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P\"",
            "acme-personal-token",
        ),
        (
            "?t%3Dacme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P&",
            "acme-personal-token",
        ),
        (
            "acme_api_key = \"3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a\"",
            "acme-legacy-key",
        ),
        (
            "k: AC.q1w2e3r4t5y6u7i8o9p0aQ.q1W2e3R4t5Y6u7I8o9P0aSdGgHjQlZxCvBnM1234567",
            "acme-dotted",
        ),
        (
            "k: a8Kd93jsLqPz71mXcv0TT3BlbkACq1W2e3R4t5Y6u7I8o9P0",
            "acme-middle",
        ),
        (
            "see https://hooks.acme.test/services/T024QWERT/q1W2e3R4t5Y6u7I8o9P0aSdF now",
            "acme-webhook",
        ),
        ("DB=acmedb+srv://root:corr3ct-horse@db.local/x", "acme-url"),
        ("DB=acmedb://root:corr3ct-horse@db.local/x", "acme-url"),
        ("RivalPass = tr0ub4dor", "rival-odd"),
        (
            "-----BEGIN ACME PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIHc3Nzc3Nzc3Nzc3Nzc3Nzc3\\n-----END ACME PRIVATE KEY-----",
            "acme-key-file",
        ),
    ] {
        assert_eq!(kinds(&m, text), [kind], "{text}");
    }
}

#[test]
fn what_is_no_secret_is_not_reported() {
    let m = matcher(&[ACME]);
    for text in [
        "acme_pat_xxxxxxxxxxxxxxxxxxxxxxxx",
        "acme_pat_Vn1Kc5Wy3D7Gq2LmX9Zt4Rb8",
        "acme_pat_short",
        "acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3Pzz",
        "git_sha = \"3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a\"",
        "acme_commit = \"3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a\"",
        "ACIDEXAMPLE",
    ] {
        assert_eq!(kinds(&m, text), [""; 0], "{text}");
    }
}

#[test]
fn a_prefix_in_the_middle_of_base64_is_chance() {
    let m = matcher(&[ACME]);
    let code = "q7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P/".repeat(4);
    let inside = format!("url(data:font/woff;base64,{code}ACIDQ7RT5WZK2M9XB4LN/{code})");
    assert_eq!(kinds(&m, &inside), [""; 0]);
    let outside = "path/to/ACIDQ7RT5WZK2M9XB4LN/index";
    assert_eq!(kinds(&m, outside), ["acme-access-key-id"]);
}

#[test]
fn parts_are_joined_by_nearness_and_never_twice() {
    let m = matcher(&[ACME]);
    let text = "[a]\nid: ACID7QW2LMX9ZT4RB8VN\nsecret: wq7Gq2LmX9Zt4Rb8Vn1Kc5Wy3PfakeFAK+fak3/x\n\n\
                [b]\nid: ACIDQQ2WLMX9ZT4RB8VM\nsecret: zz7Gq2LmX9Zt4Rb8Vn1Kc5Wy3PfakeFAK+fak3/z\n\n\
                [c]\nid: ACIDQQ2WLMX9ZT4RB8VK\n";
    let found = m.scan(text.as_bytes(), &NOWHERE);
    let told: Vec<(String, String, usize)> = found
        .iter()
        .map(|f| {
            (
                f.kind.to_string(),
                String::from_utf8_lossy(f.secret.reveal()).into_owned(),
                f.parts.len(),
            )
        })
        .collect();
    assert_eq!(
        told[0],
        (
            "acme-access-key".into(),
            "wq7Gq2LmX9Zt4Rb8Vn1Kc5Wy3PfakeFAK+fak3/x".into(),
            1
        )
    );
    assert_eq!(
        told[1],
        (
            "acme-access-key".into(),
            "zz7Gq2LmX9Zt4Rb8Vn1Kc5Wy3PfakeFAK+fak3/z".into(),
            1
        )
    );
    assert_eq!(
        told[2],
        (
            "acme-access-key-id".into(),
            "ACIDQQ2WLMX9ZT4RB8VK".into(),
            0
        )
    );
    assert_eq!(found[0].parts[0].value.reveal(), b"ACID7QW2LMX9ZT4RB8VN");
}

/// A commit has the length of a secret and nothing but hexadecimal digits; it is one only where its name says so.
#[test]
fn a_commit_beside_an_id_is_not_its_secret() {
    let m = matcher(&[ACME]);
    let commit = "9fcc6ae92b0875ea9195ec63e67dcbe0e93174cd";
    let url = format!(
        "{{\"vcs_revision\": \"{commit}\", \"url\": \"https://s3.example/x?Credential=ACID7QW2LMX9ZT4RB8VN%2Fs3\"}}"
    );
    assert_eq!(kinds(&m, &url), ["acme-access-key-id"]);
    let named = format!("id: ACID7QW2LMX9ZT4RB8VN\nsecret: {commit}\n");
    assert_eq!(kinds(&m, &named), ["acme-access-key"]);
}

#[test]
fn a_shared_shape_is_named_only_with_evidence() {
    let m = matcher(&[ACME, RIVAL]);
    let bare = m.scan(b"key: zk-3f1c9a7be25d08461f7a9c3be5d20846", &NOWHERE);
    assert_eq!(&*bare[0].kind, "generic-api-key");
    assert_eq!(bare[0].candidates.len(), 2);
    assert!(bare[0].confidence < Confidence::High);
    let named = m.scan(b"RIVAL_KEY: zk-3f1c9a7be25d08461f7a9c3be5d20846", &NOWHERE);
    assert_eq!(&*named[0].kind, "rival-sk");
    assert!(named[0].candidates.is_empty());
}

/// Text that makes the cheap stage's life hard: fragments of secrets, boundaries, words, long runs.
fn hostile(seed: u64, length: usize) -> Vec<u8> {
    const PIECES: &[&str] = &[
        "acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P",
        "acme_pat_",
        "7Gq2LmX9Zt4Rb8Vn",
        "ACID7QW2LMX9ZT4RB8VN",
        " ",
        "\n",
        "=",
        "-",
        "_",
        "acme",
        "rival",
        "3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a",
        "T3BlbkAC",
        "a8Kd93jsLqPz71mXcv0T",
        "https://",
        "hooks.acme.test/services/",
        "AC.",
        "\\n",
        "acmedb://",
        "rivalpass=tr0ub4dor",
        "-----BEGIN ACME PRIVATE KEY-----",
        "%3D",
        "zk-3f1c9a7be25d08461f7a9c3be5d20846",
        "key",
        "\u{e9}",
        "\u{200b}",
        "\u{1b}[31m",
        "0x61, 0x63,0x6d,0x65,0x5f,0x70,0x61,0x74, ",
        // A string of UTF-16, at changing parity.
        "a\0c\0m\0e\0_\0p\0a\0t\0_\x007\0G\0q\x002\0L\0m\0X\x009\0Z\0t\0\0\0\u{1}",
    ];
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::new();
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let piece = PIECES[(state >> 33) as usize % PIECES.len()].as_bytes();
        let times = if state >> 20 & 63 == 0 { 30 } else { 1 };
        (0..times).for_each(|_| bytes.extend_from_slice(piece));
    }
    bytes
}

#[test]
fn a_window_says_what_the_whole_says() {
    let m = matcher(&[ACME, RIVAL]);
    for seed in 1..40 {
        let bytes = hostile(seed, 9000);
        let mut whole = Vec::new();
        m.candidates(&bytes, 0..bytes.len(), &mut whole);
        assert!(whole.len() > 20, "the text is not hostile enough");
        for (at, size) in [
            (0, 1),
            (1, 77),
            (300, 500),
            (1000, 1),
            (4000, 300),
            (4096, 4096),
            (8000, 5000),
        ] {
            for shift in 0..8 {
                let range =
                    (at + 37 * shift).min(bytes.len())..(at + 37 * shift + size).min(bytes.len());
                let from = range.start.saturating_sub(RADIUS);
                let to = bytes.len().min(range.end + RADIUS);
                let mut cut = Vec::new();
                m.candidates(
                    &bytes[from..to],
                    range.start - from..range.end - from,
                    &mut cut,
                );
                let cut: Vec<Candidate> = cut
                    .into_iter()
                    .map(|c| Candidate {
                        anchor: c.anchor + u32::try_from(from).unwrap(),
                        ..c
                    })
                    .collect();
                let expected: Vec<Candidate> = whole
                    .iter()
                    .copied()
                    .filter(|c| range.contains(&(c.anchor as usize)))
                    .collect();
                assert_eq!(cut, expected, "seed {seed}, {range:?}");
            }
        }
    }
}

#[test]
fn what_is_nothing_is_nothing_wherever_its_neighbourhood_is() {
    let generic = std::fs::read_to_string("patterns/generic.toml").unwrap();
    let m = matcher(&[ACME, RIVAL, &generic]);
    let mut bounded = 0;
    for seed in 1..5 {
        let bytes = hostile(seed, 30_000);
        let mut candidates = Vec::new();
        m.candidates(&bytes, 0..bytes.len(), &mut candidates);
        let mut settled = Vec::new();
        m.settle(&bytes, &candidates, &mut settled);
        assert_eq!(settled.len(), candidates.len());
        for (candidate, settled) in candidates.iter().zip(&settled).step_by(11) {
            let Settled::Nothing { reach } = *settled else {
                continue;
            };
            let (anchor, reach) = (candidate.anchor as usize, reach as usize);
            let from = anchor.saturating_sub(reach);
            let to = bytes.len().min(anchor.saturating_add(reach));
            let moved = Candidate {
                anchor: u32::try_from(anchor - from).unwrap(),
                ..*candidate
            };
            let told = m.decide(&bytes[from..to], &[moved], &NOWHERE);
            assert!(
                told.is_empty(),
                "seed {seed} at {anchor}: {:?}",
                candidate.what
            );
            bounded += 1;
        }
    }
    assert!(bounded > 50, "too few candidates were nothing: {bounded}");
}

fn owners(matcher: &Matcher, text: &str, path: &str) -> Vec<String> {
    let at = Context {
        path: path.as_bytes(),
        source: crate::finding::SourceKind::Tree,
    };
    let matches = matcher.scan(text.as_bytes(), &at);
    let told = |m: Match| match m.provider {
        Some(provider) => format!("{} of {provider}", m.kind),
        None => m.kind.to_string(),
    };
    matches.into_iter().map(told).collect()
}

#[test]
fn a_value_of_no_kind_belongs_to_whom_its_surroundings_name() {
    const VALUE: &str = "q8Zr2LmX9Tt4Rb8Vn1Kc5Wy3Ph7d";
    let generic = include_str!("../../patterns/generic.toml");
    let matcher = matcher(&[ACME, RIVAL, generic]);
    for (text, path) in [
        ("ACME_API_KEY=VALUE", ".env"),
        ("acme:\n  on: true\n  api_key: VALUE\n", "app.yml"),
        (
            "{\n \"acme\": {\n  \"in\": \"eu\",\n  \"apiKey\": \"VALUE\"\n }\n}\n",
            "app.json",
        ),
        ("[acme]\nregion = eu\napi_key = VALUE\n", "app.ini"),
        ("# Acme's key\nconst apiKey = \"VALUE\"\n", "a.go"),
        ("{\"api_key\": \"VALUE\"}", "conf/acme.json"),
        ("api = Acme(api_key=\"VALUE\")", "a.py"),
    ] {
        let told = owners(&matcher, &text.replace("VALUE", VALUE), path);
        assert_eq!(told, ["generic-api-key of acme"], "{text}");
    }
    for (text, path) in [
        ("api_key = \"VALUE\"", "a.py"),
        ("acme_rival_api_key = \"VALUE\"", "a.py"),
        ("acme:\n  on: true\nshop:\n  api_key: VALUE\n", "app.yml"),
        ("ACME_REGION=eu\nAPI_KEY=VALUE\n", ".env"),
    ] {
        let told = owners(&matcher, &text.replace("VALUE", VALUE), path);
        assert_eq!(told, ["generic-api-key"], "{text}");
    }
}

#[test]
fn a_providers_name_alone_makes_a_key() {
    const HEX: &str = "3f1c9a7be25d08461f7a9c3be5d2084671bc9e3a";
    let m = matcher(&[ACME]);
    for text in [
        "client = acme.Client(\"VALUE\")",
        "$client = new AcmeCloud('VALUE');",
        "api_keys:\n  acme: VALUE\n",
    ] {
        let text = text.replace("VALUE", HEX);
        assert_eq!(kinds(&m, &text), ["acme-legacy-key"], "{text}");
    }
    for text in ["packages:\n  acme: VALUE\n", "checksum(acme, \"VALUE\")"] {
        let told = kinds(&m, &text.replace("VALUE", HEX));
        assert!(told.is_empty(), "{text}: {told:?}");
    }
}

#[test]
fn of_two_values_that_take_each_other_for_parts_one_stays() {
    const TWINS: &str = r##"
id = "twins"
name = "Twins"
docs = "https://twins.example"
words = ["twins"]
[[secret]]
id = "twins-pair"
name = "Id and secret of one shape"
severity = "high"
shape = "[a-f0-9]{32}"
key_words = ["secret", "sk"]
parts = [{ name = "id", shape = "[a-f0-9]{32}", words = ["accesskey"], within = 500 }]
"##;
    let matcher = matcher(&[TWINS]);
    const ID: &str = "9c3be5d2084671bc9e3a3f1c9a7be25d";
    const SECRET: &str = "08461f7a9c3be5d2084671bc9e3a71cb";
    for text in [
        format!("Twins(access_key_id='{ID}', secret_access_key='{SECRET}')"),
        format!("Twins(secret_access_key='{SECRET}', access_key_id='{ID}')"),
    ] {
        let matches = matcher.scan(text.as_bytes(), &NOWHERE);
        assert_eq!(matches.len(), 1, "{text}");
        assert_eq!(matches[0].secret.reveal(), SECRET.as_bytes(), "{text}");
    }
}
