//! The certificate of a leaked private key, and who issued it: from the file that the user names, or from the file in
//! which the key was found. What is found is added to the finding for the calls that need it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use unleak::api::encode::base64url;
use unleak::api::sign::certificate_of;
use unleak::api::url::Url;
use unleak::finding::{Finding, Part, Secret, SourceKind};
use unleak::pattern::Patterns;
use unleak::pattern::schema::Provider;

use super::Failure;

/// More than this is no certificate.
const MOST: u64 = 4 << 20;
/// The signer whose calls need a certificate.
const SIGNER: &str = "acme-jws";

#[derive(clap::Args)]
pub(crate) struct Certificate {
    /// The certificate of a leaked private key, PEM (otherwise looked for in the file the key was found in)
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The ACME directory of the certificate's issuer, if it is not a known one
    #[arg(long, value_name = "URL")]
    acme: Option<String>,
}

impl Certificate {
    /// Adds what is known of the certificates of these keys; the hosts that must be asked to revoke them.
    pub(crate) fn attach(
        &self,
        findings: &mut [Finding],
        patterns: &Patterns,
        cwd: &Path,
    ) -> Result<Vec<String>, Failure> {
        let mut hosts = Vec::new();
        for finding in findings {
            let Some(found) = patterns.find(&finding.kind) else {
                continue;
            };
            let revoke = found.kind.revoke.as_ref();
            let call = revoke.and_then(|name| found.provider.call.get(name));
            let sign = call.and_then(|call| call.sign.as_ref());
            if sign.is_none_or(|sign| sign.with != SIGNER) {
                continue;
            }
            let Some(der) = self.certificate(finding, cwd)? else {
                continue;
            };
            let directory = match &self.acme {
                Some(url) => Some(url.clone()),
                None => issuer(found.provider, &der),
            };
            let Some(directory) = directory else {
                continue;
            };
            let url = Url::parse(&directory)
                .map_err(|why| Failure::new(format!("{directory}: {why}")))?;
            hosts.push(url.host.clone());
            for (name, value) in [
                ("known.certificate", base64url(der)),
                ("known.directory", directory),
            ] {
                finding.parts.push(Part {
                    name: name.to_owned(),
                    value: Secret::new(value),
                });
            }
        }
        Ok(hosts)
    }

    fn certificate(&self, finding: &Finding, cwd: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let key = finding.secret.reveal_str().unwrap_or_default();
        if let Some(file) = &self.certificate {
            let failed = |cause| Failure::new(format!("{}: {cause}", file.display()));
            let text = read(file).map_err(failed)?;
            return match certificate_of(key, &text) {
                Some(der) => Ok(Some(der)),
                None => Err(Failure::new(format!(
                    "{} holds no certificate of this key",
                    file.display()
                ))),
            };
        }
        let places = finding.places.iter();
        let files = places.filter(|place| place.source == SourceKind::Tree);
        let mut texts = files.filter_map(|place| {
            read(&cwd.join(String::from_utf8_lossy(&place.path).as_ref())).ok()
        });
        Ok(texts.find_map(|text| certificate_of(key, &text)))
    }
}

/// The directory of the issuer whose organisation stands in the certificate.
fn issuer(provider: &Provider, der: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(der);
    let mut known = provider.acme.iter();
    let found = known.find(|(organisation, _)| text.contains(organisation.as_str()));
    found.map(|(_, directory)| directory.clone())
}

fn read(file: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
