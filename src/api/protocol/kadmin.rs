//! kadmin: a Kerberos administrator's words, said by the user's own `kadmin` program with settings of its own, so that no
//! other realm, server or ticket is used than the one that was named. The password goes in by standard input.

use std::fs;
use std::process::Command;

use zeroize::Zeroizing;

use super::super::program;
use super::act::Said;
use super::quoted;

/// The administrator and where he speaks.
pub(super) struct Admin {
    /// Who: `admin/admin@REALM`.
    pub(super) principal: String,
    /// His password.
    pub(super) password: Zeroizing<String>,
    /// Host and port of the key distribution centre.
    pub(super) centre: String,
    /// Host and port of the administration server.
    pub(super) server: String,
}

/// Says one command, a word each.
pub(super) fn say(admin: &Admin, words: &[&str]) -> Said {
    match run(admin, words) {
        Ok(_) => Said::Rows(Vec::new()),
        Err(why) => Said::Refused(quoted(&why)),
    }
}

fn run(admin: &Admin, words: &[&str]) -> Result<String, String> {
    let realm = admin.principal.rsplit_once('@').map(|(_, realm)| realm);
    let realm = realm.filter(|realm| is_name(realm));
    let realm = realm.ok_or("the administrator's principal names no realm")?;
    // A value that looks like an option or a second command is none of ours.
    let odd = |word: &&str| !is_name(word) && !is_option(word);
    if words.iter().skip(1).any(odd) || !is_name(&admin.principal) {
        return Err("a name holds a character that no principal holds".into());
    }
    let place = tempfile::tempdir().map_err(|cause| cause.to_string())?;
    let file = place.path().join("krb5.conf");
    fs::write(&file, settings(admin, realm)).map_err(|cause| cause.to_string())?;
    let mut kadmin = Command::new("kadmin");
    kadmin
        .env("KRB5_CONFIG", &file)
        .env("KRB5CCNAME", "MEMORY:")
        .env("LC_ALL", "C")
        .args(["-r", realm, "-p", &admin.principal, "-s", &admin.server])
        .args(words);
    let told = Zeroizing::new(format!("{}\n", *admin.password));
    program::said(&mut kadmin, &told)
}

fn settings(admin: &Admin, realm: &str) -> String {
    let (centre, server) = (&admin.centre, &admin.server);
    format!(
        "[libdefaults]\n default_realm = {realm}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n \
         dns_canonicalize_hostname = false\n rdns = false\n\
         [realms]\n {realm} = {{\n  kdc = {centre}\n  admin_server = {server}\n }}\n"
    )
}

/// The options that pattern files write.
fn is_option(word: &str) -> bool {
    matches!(word, "-allow_tix" | "+allow_tix" | "-randkey")
}

fn is_name(word: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@' | '$');
    !word.is_empty() && !word.starts_with('-') && word.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_an_option_or_a_second_command() {
        let admin = Admin {
            principal: "root/admin@ACME.EXAMPLE".into(),
            password: Zeroizing::new("x".into()),
            centre: "127.0.0.1:9".into(),
            server: "127.0.0.1:9".into(),
        };
        for name in ["-clearpolicy", "a b", "a\nb", "", "x;y", "a\"b"] {
            let why = run(&admin, &["modprinc", "-allow_tix", name]).unwrap_err();
            assert!(why.contains("no principal holds"), "{name}: {why}");
        }
        let other = Admin {
            principal: "root/admin".into(),
            ..admin
        };
        let why = run(&other, &["modprinc", "-allow_tix", "web"]).unwrap_err();
        assert!(why.contains("names no realm"), "{why}");
    }
}
