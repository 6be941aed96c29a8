//! Every way of writing a secret down, and what is not one. The secrets are made up.

use super::*;

mod forms;

/// Every form of the table: the reader gives the value and nothing more or less of it, and the model believes it.
#[test]
fn every_way_of_writing_it_down_gives_the_value() {
    let mut missed = Vec::new();
    for (name, path, line) in forms::FORMS {
        let (text, expected) = forms::text(line);
        let found = candidates(&text);
        let Some(c) = found.iter().find(|c| text[c.value.clone()] == expected) else {
            let values: Vec<&str> = found.iter().map(|c| &text[c.value.clone()]).collect();
            missed.push(format!("{name}: {text:?} gave {values:?}"));
            continue;
        };
        let score = score(text.as_bytes(), c, Some(path));
        if score.confidence == Confidence::Low {
            missed.push(format!("{name}: {text:?} is of low confidence: {score:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_score_that_is_too_small_is_told_without_looking_around() {
    let texts = forms::FORMS
        .iter()
        .map(|(_, path, line)| (*path, forms::text(line).0));
    for (path, text) in texts {
        // What stands around is not what the model expects there.
        let text = format!("assert user example\n{text}\nhost: x\ntest mock\n");
        for c in candidates(&text) {
            let whole = score(text.as_bytes(), &c, Some(path));
            for least in [-6000, -1600, 0, 2000, whole.points, whole.points + 1] {
                let told = score_from(text.as_bytes(), &c, Some(path), least);
                let expected = (whole.points >= least).then(|| whole.clone());
                assert_eq!(told, expected, "{text}");
            }
        }
    }
}

/// The candidates of a text, by every stem hit.
fn candidates(text: &str) -> Vec<Candidate> {
    let lower = text.to_ascii_lowercase();
    let mut out = Vec::new();
    for (n, stem) in STEMS.iter().enumerate() {
        for at in memchr::memmem::find_iter(lower.as_bytes(), stem) {
            let found = extract(text.as_bytes(), at, n).map(|c| complete(text.as_bytes(), c));
            out.extend(found.iter().flat_map(|c| further(text.as_bytes(), c).0));
            out.extend(found);
        }
    }
    out
}

#[test]
fn words_that_only_contain_a_stem_and_code_without_a_value_give_nothing() {
    for text in [
        "if test \"$pass\" = dlpreopen || test \"$pass\" = scan; then",
        "fi # $pass = dlopen",
        "author = \"Jane Example\"\n",
        "first row\nacme-auth\t1.0.3\t2026-04\tA tool\nacme-turbo-9\t2.0.1\t2025-01\tAnother\n",
        "name\tsummary\nacme-token\tA tool\nacme-turbo-9\tAnother\n",
        "compass = \"north by northwest\"\n",
        "keyboard: \"us-intl\"\n",
        "monkey = \"banana12\"\n",
        "password = getPassword();\n",
        "Basic usage of it\n",
        "https://example.com:8080/a@b\n",
        "passed: \"all of them\"\n",
        "token = ${TOKEN}\n",
        "jwe = \"eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..Zk9x2LmQvT8r.q7Zr2Lm9Xc4V.b8NkT3wYp6Hd\"\n",
        "password = os.environ[\"DB_PASSWORD\"]",
        "yytoken = YYERROR;\n",
        "yytoken = YYTRANSLATE (yychar);\n",
        "username, password = line.split(\"plain:text\")\n",
        "user default on nopass ~* +@all\n",
        "<key>C352E6A91B7D40F2A6</key>\n<dict>\n",
        "uint32_t seed = 0x293ae76f;\n",
        "\"src/Auth/Password.php\": \"9f8d02b1c4e57a6630fd219be8a4c7d5\"\n",
        "'OAuth oauth_nonce=\"q7Zr2Lm9Xc4Vb8NkT3wYp6Hd\", oauth_version=\"1.0\"',\n",
        "apt-key adv --keyserver hkp://keys.example --recv-keys 9DC858229FC7DD38854AE2D88D81803C0EBFCD88\n",
        "token: {{ .Values.acme.apiToken | b64enc | quote }}\n",
        "docker run -v $(pwd):/src app\n",
        "[QQ](http://qm.qq.com/cgi-bin/qm/qr?k=ptw0FpchLk3&authKey=q7Zr2Lm9Xc4Vb8NkT3wYp6Hd%2BzQk&noverify=0)\n",
        "![](http://cdn.acme.example/a.png?e=1735660800&token=q7Zr2Lm9Xc4Vb8NkT3wYp6HdVb7Qm2Xk9Rt4Zn8W:1syM2a0D54ljvI8LPam4JSz-zNo=)\n",
        "docker run -u 1000 -p 8080:80 app\n",
        "login(page, \"q7Zr2Lm9Xc4V\")\n",
        "mvn -U -P release deploy\n",
        "assert jwt == \"eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IiLCJpYXQiOjE1MTYyMzkwMjJ9.\"\n",
        "nopass = \"kX9!mPq2vLz8\"\n",
        "Version=4.0.0.0, Culture=neutral, PublicKeyToken=6fb3d09a71c2e85d\" />\n",
    ] {
        assert_eq!(candidates(text), Vec::new(), "{text:?}");
    }
}

#[test]
fn extract_depends_on_nothing_beyond_the_radius() {
    let middle = "\n  api_key = \"q7Zr2Lm9Xc4Vb8Nk1Td5\"\n  redis://:Wint3rKraken@h:1/0\n";
    let text = format!(
        "{}{middle}{}",
        "a = b;\n".repeat(100),
        "c = d;\n".repeat(100)
    );
    let lower = text.to_ascii_lowercase();
    let mut seen = 0;
    for (n, stem) in STEMS.iter().enumerate() {
        for at in memchr::memmem::find_iter(lower.as_bytes(), stem) {
            let (from, to) = (at.saturating_sub(RADIUS), (at + RADIUS).min(text.len()));
            let whole = extract(text.as_bytes(), at, n);
            let part = extract(&text.as_bytes()[from..to], at - from, n).map(|c| Candidate {
                value: c.value.start + from..c.value.end + from,
                key: c.key.start + from..c.key.end + from,
                ..c
            });
            assert_eq!(whole, part);
            seen += usize::from(whole.is_some());
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn a_value_longer_than_the_window_is_completed() {
    let long = "q7Zr2Lm9Xc4Vb8Nk1Td5".repeat(40);
    let text = format!("token = \"{long}\"\n");
    let c = extract(
        text.as_bytes(),
        0,
        STEMS.iter().position(|s| *s == b"token").unwrap(),
    )
    .unwrap();
    assert!(c.open);
    assert_eq!(
        &text.as_bytes()[complete(text.as_bytes(), c).value],
        long.as_bytes()
    );
}

#[test]
fn hostile_bytes_do_not_panic() {
    let mut state = 1u32;
    let alphabet = b"pass=\"'token\\:/@(){}<>,;| \n\xd0\xbf\xffkeyauth%3D";
    for _ in 0..400 {
        let text: Vec<u8> = (0..300)
            .map(|_| {
                state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
                alphabet[(state >> 16) as usize % alphabet.len()]
            })
            .collect();
        for at in 0..text.len() {
            for n in 0..STEMS.len() {
                if let Some(c) = extract(&text, at, n) {
                    assert!(c.value.end <= text.len() && c.key.end <= text.len());
                    score(&text, &c, Some("a/b.py"));
                }
            }
        }
    }
}

#[test]
fn the_embedded_weights_tell_a_secret_from_a_look_alike() {
    let points = |text: &str, path: &str| {
        let c = STEMS.iter().enumerate().find_map(|(n, s)| {
            let at = memchr::memmem::find(text.to_ascii_lowercase().as_bytes(), s)?;
            extract(text.as_bytes(), at, n)
        });
        score(text.as_bytes(), &c.unwrap(), Some(path))
    };
    let secret = points("db_password = \"kX9!mPq2vLz8\"\n", "deploy/app.ini");
    assert!(secret.confidence >= Confidence::Medium, "{secret:?}");
    assert!(!secret.reasons.is_empty());
    for (text, path) in [
        ("\"LABEL_PASSWORD\": \"Passwort\"\n", "locales/de.json"),
        ("password: your_db_password\n", "README.md"),
        ("token_type = \"bearer\"\n", "src/a.py"),
        ("password = Heslo\n", "conf/locale/locale_cs-CZ.ini"),
        (
            "forgot_password = Zapomenuté heslo?\n",
            "conf/locale/locale_cs-CZ.ini",
        ),
        ("    'password' => 'Salasana',\n", "lang/fi/auth.php"),
        (
            "    'forgot_password' => 'Glemt passord?',\n",
            "lang/nb/auth.php",
        ),
        (
            "  \"Current password\": \"Aktualne hasło\",\n",
            "lang/pl.json",
        ),
    ] {
        let other = points(text, path);
        assert!(other.confidence == Confidence::Low, "{text}: {other:?}");
        assert!(other.points < secret.points);
    }
}

/// Things that are told by their form or name alone; the model knows them, no rule turns them away.
#[test]
fn well_known_values_and_harmless_names_are_of_low_confidence() {
    let mut wrong = Vec::new();
    for (text, path) in [
        ("<li>io.acme:acme-auth:jar:0.8.0-rc1\n", "docs/deps.html"),
        ("token: [A-Za-z0-9]{32}\n", "rules.yml"),
        ("long key = 9876543210L;\n", "src/A.java"),
        ("password = password.encode(\"latin1\")\n", "src/a.py"),
        (
            "X509v3 Authority Key Identifier: keyid:7B:0C:19:AE:55:04:F2:3C:D8:60\n",
            "certs/ca.txt",
        ),
        (
            "  \"RemoteRepositoryIdentifierKey\" : \"52AFDBC94A1E70D8836B2F15C7E9A0D4B16F3820\",\n",
            "App.xcworkspace/xcshareddata/App.xcscmblueprint",
        ),
        (
            "<input type=\"hidden\" name=\"csrf_token\" value=\"q7Zr2Lm9Xc4Vb8NkT3wYp6Hd\" />\n",
            "test/login.html",
        ),
        (
            "  \"encrypted_key\": \"5vUT2WOtQxKWcekM_IzVQwkGgzlFDwPi\",\n",
            "test/jwe.json",
        ),
        ("  key_id: 7d1f0c3a5b92e846\n", "config/keys.yml"),
    ] {
        let found = candidates(text);
        let said = found.iter().map(|c| score(text.as_bytes(), c, Some(path)));
        let loud = said.filter(|s| s.confidence > Confidence::Low);
        wrong.extend(loud.map(|score| format!("{text}: {score:?}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `--explain` lists is what the trees added, strongest first, and says which way each thing points.
#[test]
fn the_reasons_are_what_moved_the_score() {
    let scored = |text: &str, path: &str| {
        let c = candidates(text).remove(0);
        let model = model::embedded();
        let mut vector = features(&model.lexicon, text.as_bytes(), &c, Some(path));
        weigh(
            &mut vector,
            &clues(text.as_bytes(), &c, Some(path)),
            |clue| model.odds.of(clue),
        );
        let (mut moved, mut roots) = (0, 0);
        let points = model.points(&vector, |_, by| moved += by);
        for root in &model.roots {
            roots += i32::from(model.nodes[*root as usize].value);
        }
        assert_eq!(points, model.base + roots + moved);
        score(text.as_bytes(), &c, Some(path))
    };
    for (text, path, word) in [
        (
            "DB_PASSWORD=kX9!mPq2vLz8\n",
            ".env",
            "value: no word speaks against it",
        ),
        (
            "{\"api_key\": \"q7Zr2Lm9Xc4Vb8NkT3wYp6Hd\"}\n",
            "a.json",
            "name: words seen with secrets before",
        ),
        (
            "The admin password is `Winter2024!`\n",
            "README.md",
            "value: its word that speaks most for",
        ),
        (
            "curl -u bob:Wint3r!Kraken https://h.corp/api\n",
            "run.sh",
            "value: words seen with secrets before",
        ),
        (
            "  \"encrypted_key\": \"5vUT2WOtQxKWcekM_IzVQwkGgzlFDwPi\",\n",
            "test/jwe.json",
            "name: words seen where no secret was",
        ),
    ] {
        let score = scored(text, path);
        let sizes: Vec<i32> = score.reasons.iter().map(|(_, by)| by.abs()).collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
        let told = |(said, _): &(String, i32)| said == word;
        assert!(score.reasons.iter().any(told), "{text}: {score:?}");
        for (said, by) in &score.reasons {
            assert!(
                !said.ends_with("with secrets before") || *by > 0,
                "{said} {by}"
            );
            assert!(
                !said.ends_with("where no secret was") || *by < 0,
                "{said} {by}"
            );
        }
    }
}

#[test]
fn the_answer_of_a_digest_header_is_no_password() {
    let text = "Authorization: Digest username=\"bob\", realm=\"x\", nonce=\"12345\", response=\"9f8d02b1c4e57a6630fd219be8a4c7d5\"\n";
    let digest = STEMS.iter().position(|s| *s == b"digest ").unwrap();
    let c = extract(text.as_bytes(), "Authorization: ".len(), digest).unwrap();
    let score = score(text.as_bytes(), &c, Some("tests/data/test1"));
    assert_eq!(score.confidence, Confidence::Low);
}

#[test]
fn the_password_of_an_address_is_weighed_like_any_other() {
    let level = |text: &str, password: &str| {
        let at = memchr::memmem::rfind(text.as_bytes(), password.as_bytes()).unwrap();
        let c = in_address(text.as_bytes(), at..at + password.len()).unwrap();
        score(text.as_bytes(), &c, Some("deploy/settings.py")).confidence
    };
    let real = "URL = \"postgres://shop:kX9mPq2vLz8tR4@db.acme.example/shop\"\n";
    assert!(level(real, "kX9mPq2vLz8tR4") >= Confidence::Medium);
    let filler = "URL = \"postgres://user:password@localhost/dbname\"\n";
    assert_eq!(level(filler, "password"), Confidence::Low);
    assert_eq!(in_address(b"password", 0..8), None);
}
