//! The short literals whose presence makes a position worth looking at, what each of them announces, and which
//! longer words they must not be part of (`author`, `compass`, `keyboard`). Reading what follows is not done here.

use super::Category;

/// What a stem announces, and so which reader is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Part of a name; a value may follow a separator.
    Word(Category),
    /// A word of a language without spaces or with its own letters; the stem is the whole name.
    Foreign,
    /// `://`: credentials may stand before the host.
    Url,
    /// An authorization scheme; the credentials follow after a space.
    Scheme,
    /// A command-line switch too short to be a word of its own; the command on the same line decides.
    Switch,
    /// A call whose last text argument is the password: `login("u", "p")`.
    Call,
    /// `IDENTIFIED BY '…'`.
    Identified,
    /// `jdbc:oracle:thin:user/password@…`
    Oracle,
    /// `ConvertTo-SecureString`: a text among its arguments, or before it.
    Secure,
    /// `user:password@tcp(`
    Driver,
    /// A one-time password made of the secret in the brackets.
    OneTime,
    /// `kty`, the member that every JSON Web Key has.
    Jwk,
    /// A Base64 or JSON Web Token opening, which needs no name beside it.
    Shape,
}

const PASSWORD: Kind = Kind::Word(Category::Password);

/// Stem and kind, in the order of their indexes.
const TABLE: &[(&[u8], Kind)] = &[
    (b"pass", PASSWORD),
    (b"pwd", PASSWORD),
    (b"_pw", PASSWORD),
    (b"secret", Kind::Word(Category::Secret)),
    (b"token", Kind::Word(Category::Token)),
    (b"key", Kind::Word(Category::Key)),
    (b"auth", Kind::Word(Category::Auth)),
    (b"cred", Kind::Word(Category::Credential)),
    (b"seed", Kind::Word(Category::Key)),
    (b"kennwort", PASSWORD),
    (b"contrasena", PASSWORD),
    ("contraseña".as_bytes(), Kind::Foreign),
    (b"mot de passe", Kind::Foreign),
    (b"senha", PASSWORD),
    (b"parola", PASSWORD),
    (b"adgangskode", PASSWORD),
    (b"psk", PASSWORD),
    (b"wachtwoord", PASSWORD),
    (b"losenord", PASSWORD),
    (b"salasana", PASSWORD),
    (b"jelszo", PASSWORD),
    (b"clave", PASSWORD),
    (b"haslo", PASSWORD),
    (b"heslo", PASSWORD),
    (b"bindpw", PASSWORD),
    // Prompts are expected without the letter whose case varies.
    (b"assword", PASSWORD),
    (b"rootpw", PASSWORD),
    // Whatever the case of its first letter.
    ("ароль".as_bytes(), Kind::Foreign),
    ("密码".as_bytes(), Kind::Foreign),
    ("密碼".as_bytes(), Kind::Foreign),
    ("口令".as_bytes(), Kind::Foreign),
    ("密钥".as_bytes(), Kind::Foreign),
    ("パスワード".as_bytes(), Kind::Foreign),
    ("비밀번호".as_bytes(), Kind::Foreign),
    ("hasło".as_bytes(), Kind::Foreign),
    ("lösenord".as_bytes(), Kind::Foreign),
    ("jelszó".as_bytes(), Kind::Foreign),
    ("şifre".as_bytes(), Kind::Foreign),
    ("كلمة المرور".as_bytes(), Kind::Foreign),
    ("كلمة السر".as_bytes(), Kind::Foreign),
    ("mật khẩu".as_bytes(), Kind::Foreign),
    ("лозинка".as_bytes(), Kind::Foreign),
    ("κωδικός".as_bytes(), Kind::Foreign),
    ("סיסמה".as_bytes(), Kind::Foreign),
    ("รหัสผ่าน".as_bytes(), Kind::Foreign),
    ("पासवर्ड".as_bytes(), Kind::Foreign),
    (b"://", Kind::Url),
    (b"bearer", Kind::Scheme),
    (b"basic ", Kind::Scheme),
    (b"digest ", Kind::Scheme),
    (b" -p", Kind::Switch),
    (b" -u", Kind::Switch),
    (b" -w ", Kind::Switch),
    (b" -a ", Kind::Switch),
    (b"-user", Kind::Switch),
    (b" -k ", Kind::Switch),
    (b"net use", Kind::Switch),
    (b"add_user ", Kind::Switch),
    (b"login(", Kind::Call),
    (b"logon(", Kind::Call),
    (b"connect(", Kind::Call),
    (b"signin(", Kind::Call),
    (b"connection(", Kind::Call),
    (b"pdo(", Kind::Call),
    (b"mysqli(", Kind::Call),
    (b"_bind(", Kind::Call),
    (b"authenticate(", Kind::Call),
    (b"identified by", Kind::Identified),
    (b"jdbc:oracle", Kind::Oracle),
    (b"securestring", Kind::Secure),
    (b"@tcp(", Kind::Driver),
    (b"otp(", Kind::OneTime),
    (b"kty", Kind::Jwk),
    (b"eyj", Kind::Shape),
];

/// The stems alone, in lower case, for whoever builds the prefilter.
pub(super) const STEMS: [&[u8]; TABLE.len()] = {
    let mut out: [&[u8]; TABLE.len()] = [b""; TABLE.len()];
    let mut i = 0;
    while i < TABLE.len() {
        out[i] = TABLE[i].0;
        i += 1;
    }
    out
};

pub(super) fn kind(stem: usize) -> Option<(&'static [u8], Kind)> {
    TABLE.get(stem).copied()
}

/// Whether the stem at `at` inside the name `name` is a word of that name, and not a piece of another word.
pub(super) fn stands_alone(name: &[u8], at: usize, stem: &[u8]) -> bool {
    let before = &name[..at];
    let after = &name[at + stem.len()..];
    match stem {
        b"pass" => {
            // `motDePasse`
            let french = ends(before, &[b"de", b"de_"]) && tail(after, &[b"e"]);
            (french || tail(after, &[b"w", b"p", b"c", b"k", b"in", b"out", b"s ", b"ord"]))
                && !ends(before, &[b"by", b"com", b"sur", b"tres", b"im", b"en"])
                // `on nopass` is the opposite of one.
                && !(before.eq_ignore_ascii_case(b"no") && after.is_empty())
        }
        b"assword" => before.is_empty() && after.is_empty(),
        // `PublicKeyToken` says who signed an assembly of .NET.
        b"token" => tail(after, &[b"s"]) && !ends(before, &[b"de", b"re", b"publickey"]),
        b"secret" => tail(
            after,
            &[
                b"s", b"key", b"access", b"token", b"value", b"id", b"string",
            ],
        ),
        // The key of a WebSocket handshake is a nonce, and a key that is received a public one.
        b"key" if ends(before, &[b"websocket", b"websocket-", b"recv-"]) => false,
        b"key" if after.starts_with(b"server") => false,
        b"key" if ends(before, &[b"public"]) && begins(after, b"token") => false,
        b"key" => {
            tail(after, &[b"s", b"id", b"value"])
                && (name[at].is_ascii_uppercase() || key_prefix(before))
        }
        // OAuth's own parameters are of use once, or public.
        b"auth" if ends(before, &[b"o"]) && protocol(after) => false,
        b"auth" => tail(
            after,
            &[
                b"orization",
                b"token",
                b"key",
                b"code",
                b"pass",
                b"secret",
                b"entication",
                b"header",
                b"pw",
            ],
        ),
        b"cred" => tail(after, &[b"s", b"ential"]) && boundary_before(before, name[at]),
        b"psk" => tail(after, &[]) && boundary_before(before, name[at]),
        b"seed" | b"pwd" | b"senha" | b"parola" | b"clave" | b"haslo" | b"heslo" => {
            tail(after, &[b"s"])
                && boundary_or(
                    before,
                    name[at],
                    &[b"db", b"user", b"my", b"admin", b"mysql", b"root", b"n"],
                )
        }
        // `en_PW` is English in Palau.
        b"_pw" => tail(after, &[b"d"]) && before.len() > 2,
        _ => true,
    }
}

/// What is left of `oauth_nonce` and the like.
fn protocol(after: &[u8]) -> bool {
    [
        &b"_nonce"[..],
        b"_signature",
        b"_timestamp",
        b"_version",
        b"_callback",
    ]
    .iter()
    .any(|word| begins(after, word))
}

/// Letters before `key` that make it a key one might keep secret; `monkey` and `turkey` are not.
fn key_prefix(before: &[u8]) -> bool {
    const KNOWN: &[&[u8]] = &[
        b"api",
        b"access",
        b"secret",
        b"private",
        b"auth",
        b"crypt",
        b"master",
        b"app",
        b"consumer",
        b"encryption",
        b"signing",
        b"account",
        b"license",
        b"client",
        b"user",
        b"shared",
        b"session",
        b"ssh",
        b"storage",
        b"service",
        b"nkey",
        b"web",
        b"security",
        b"admin",
        b"hash",
        b"cipher",
        b"aes",
        b"des",
        b"rsa",
        b"hmac",
        b"site",
        b"server",
        b"project",
        b"cookie",
        b"jwt",
        b"deploy",
        b"write",
        b"read",
        b"sign",
        b"public",
        b"pass",
        b"salt",
        b"merchant",
        b"pay",
        b"dev",
        b"subscription",
        b"google",
    ];
    // An nkey is a key; a monkey is not.
    let short = matches!(before, [b'n'] | [.., b'_' | b'.' | b'"', b'n']);
    short || !before.last().is_some_and(u8::is_ascii_lowercase) || ends(before, KNOWN)
}

fn ends(text: &[u8], with: &[&[u8]]) -> bool {
    let Some(last) = text.last().map(u8::to_ascii_lowercase) else {
        return false;
    };
    // The words are in lower case; most differ in their last letter.
    let ends =
        |w: &&[u8]| text.len() >= w.len() && text[text.len() - w.len()..].eq_ignore_ascii_case(w);
    with.iter().any(|w| w.last() == Some(&last) && ends(w))
}

/// What follows the stem must start another word, or be one of the listed endings.
fn tail(after: &[u8], allowed: &[&[u8]]) -> bool {
    match after.first() {
        None => true,
        Some(b) if !b.is_ascii_alphabetic() => true,
        // `passWord`, `tokenId`: a capital after the stem starts a word; in `PASSWORD` it does not, and is listed.
        Some(b)
            if b.is_ascii_uppercase() && after.get(1).is_none_or(|c| !c.is_ascii_uppercase()) =>
        {
            true
        }
        _ => allowed.iter().any(|w| begins(after, w)),
    }
}

fn begins(text: &[u8], with: &[u8]) -> bool {
    text.len() >= with.len() && text[..with.len()].eq_ignore_ascii_case(with)
}

fn boundary_before(before: &[u8], first: u8) -> bool {
    before.last().is_none_or(|b| {
        !b.is_ascii_alphabetic() || (b.is_ascii_lowercase() && first.is_ascii_uppercase())
    })
}

fn boundary_or(before: &[u8], first: u8, known: &[&[u8]]) -> bool {
    boundary_before(before, first) || ends(before, known)
}
