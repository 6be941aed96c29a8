//! Every way of writing a secret down, and what is not one. The secrets are made up.

use super::*;

/// The values found in a text, by every stem hit.
fn found(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let mut out: Vec<(usize, String)> = Vec::new();
    for (n, stem) in STEMS.iter().enumerate() {
        for at in memchr::memmem::find_iter(lower.as_bytes(), stem) {
            if let Some(c) = extract(text.as_bytes(), at, n) {
                out.push((
                    c.value.start,
                    String::from_utf8_lossy(&text.as_bytes()[c.value]).into_owned(),
                ));
            }
        }
    }
    out.sort();
    out.dedup();
    out.into_iter().map(|(_, v)| v).collect()
}

#[test]
fn every_way_of_writing_it_down_gives_the_value() {
    let v = "Wint3r!Kraken";
    let t = "q7Zr2Lm9Xc4Vb8Nk";
    let lines: &[(&str, &str)] = &[
        ("password = \"{v}\"", v),
        ("PASSWORD: '{v}'", v),
        ("\"password\": \"{v}\",", v),
        ("db_password={v}", v),
        ("spring.datasource.password={v}", v),
        ("<password>{v}</password>", v),
        ("<add key=\"Password\" value=\"{v}\"/>", v),
        ("<user name=\"x\" password=\"{v}\"/>", v),
        ("ENV DB_PASSWORD {v}", v),
        ("- DB_PASSWORD={v}", v),
        ("- name: DB_PASSWORD\n  value: \"{v}\"", v),
        ("export PGPASSWORD={v}", v),
        ("'password' => '{v}',", v),
        (":password => \"{v}\"", v),
        ("Password: \"{v}\",", v),
        ("c.setPassword(\"{v}\");", v),
        ("@Value(\"${db.password:{v}}\")", v),
        ("public string Password { get; set; } = \"{v}\";", v),
        ("NSString *password = @\"{v}\";", v),
        ("let password: String = \"{v}\"", v),
        ("val password = \"{v}\"", v),
        ("local password = \"{v}\"", v),
        ("my $password = '{v}';", v),
        ("password <- \"{v}\"", v),
        ("$password = \"{v}\"", v),
        ("set PASSWORD={v}", v),
        ("char password[] = \"{v}\";", v),
        ("#define PASSWORD \"{v}\"", v),
        ("password: Some(\"{v}\"),", v),
        ("password = os.environ.get('PASSWORD', '{v}')", v),
        ("const password = process.env.PASSWORD || '{v}';", v),
        ("def connect(user='x', password='{v}'):", v),
        ("client.login(\"bob\", \"{v}\")", v),
        ("options.put(\"password\", \"{v}\");", v),
        ("if (password == \"{v}\")", v),
        ("tool --password {v} run", v),
        ("tool --password={v} run", v),
        ("openssl rsa -passin pass:{v} -in a", v),
        ("sshpass -p '{v}' ssh x", v),
        ("mysql -u root -p{v} app", v),
        ("curl -u bob:{v} https://a.b/", v),
        (
            "ConvertTo-SecureString \"{v}\" -AsPlainText; $password = ConvertTo-SecureString \"{v}\"",
            v,
        ),
        ("CREATE USER x IDENTIFIED BY '{v}';", v),
        ("ALTER ROLE x WITH PASSWORD '{v}';", v),
        ("Server=a;User Id=b;Password={v};", v),
        ("Uid=b;Pwd={v};", v),
        ("host=a user=b password={v}", v),
        ("jdbc:mysql://h/d?user=b&password={v}", v),
        ("jdbc:oracle:thin:scott/{v}@//h:1521/x", v),
        ("postgres://bob:{v}@%s:%d/x", v),
        ("amqp://bob:{v}@${HOST}", v),
        ("{\"user\":\"b\",\"password\":\"{v}\"}", v),
        ("\"{\\\"password\\\":\\\"{v}\\\"}\"", v),
        ("machine h login b password {v}", v),
        ("requirepass {v}", v),
        ("The password is {v}", v),
        ("password for the admin user: {v}", v),
        ("Passwort: {v}", v),
        ("mot de passe : {v}", v),
        ("contraseña: {v}", v),
        ("senha: {v}", v),
        ("пароль: {v}", v),
        ("密码：{v}", v),
        ("口令: {v}", v),
        ("パスワード：{v}", v),
        ("| password | `{v}` |", v),
        ("auth=('bob', '{v}')", v),
        ("Authorization: Bearer {t}", t),
        ("'Authorization': 'Bearer {t}'", t),
        ("token: {t}", t),
        ("api_key = \"{t}\"", t),
        ("X-Api-Key: {t}", t),
        ("https://h/x?access_token={t}&y=1", t),
        (
            "Authorization: Digest username=\"b\", realm=\"r\", response=\"6629fae49393a05397450978507c4ef1\"",
            "6629fae49393a05397450978507c4ef1",
        ),
        (
            "Authorization: Basic Ym9iOldpbnQzciFLcmFrZW4=",
            "Ym9iOldpbnQzciFLcmFrZW4=",
        ),
    ];
    for (line, expected) in lines {
        let text = format!("x\n{}\nz\n", line.replace("{v}", v).replace("{t}", t));
        assert!(
            found(&text).iter().any(|f| f == expected),
            "{text:?} gave {:?}",
            found(&text)
        );
    }
}

#[test]
fn words_that_only_contain_a_stem_and_code_without_a_value_give_nothing() {
    for text in [
        "author = \"Jane Example\"\n",
        "compass = \"north by northwest\"\n",
        "keyboard: \"us-intl\"\n",
        "monkey = \"banana12\"\n",
        "password = getPassword();\n",
        "Basic usage of it\n",
        "https://example.com:8080/a@b\n",
        "passed: \"all of them\"\n",
        "token = ${TOKEN}\n",
        "password = os.environ[\"DB_PASSWORD\"]",
        "yytoken = YYERROR;\n",
        "yytoken = YYTRANSLATE (yychar);\n",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text:?}");
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
            from_run(&text, at..text.len().min(at + 20));
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
        ("password: your_password\n", "README.md"),
        ("token_type = \"bearer\"\n", "src/a.py"),
    ] {
        let other = points(text, path);
        assert!(other.confidence == Confidence::Low, "{text}: {other:?}");
        assert!(other.points < secret.points);
    }
}
