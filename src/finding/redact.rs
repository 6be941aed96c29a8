//! Redactor: takes the values of secrets out of other texts: a secret may stand in a path, a source
//! line, a commit's author, a provider's answer. Making a text harmless is the writer's business.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::{Finding, Secret};

/// A shorter secret is taken out of the texts of its own finding only: replaced everywhere, the
/// password `root` would make a report unreadable.
const SHORT: usize = 6;
/// Lines of a secret of several lines that are at least this long are taken out one by one.
const LINE: usize = 12;

/// Replaces values by their masked forms.
///
/// The values are kept sorted, each with a link to the longest other one that is its own
/// beginning. An automaton would be faster on a long text, but texts here are short, and the
/// findings of a hostile repository would make it need gigabytes.
#[derive(Default)]
pub struct Redactor {
    needles: Vec<Needle>,
    /// A bit for every two bytes with which some value may begin; the second is 0 where there is none.
    starts: Vec<u64>,
}

struct Needle {
    bytes: Vec<u8>,
    mask: String,
    shorter: Option<usize>,
}

impl Redactor {
    /// For texts anywhere in the report: the secrets of all findings.
    pub fn everywhere<'a>(findings: impl Iterator<Item = &'a Finding>) -> Redactor {
        let mut needles = BTreeMap::new();
        for finding in findings {
            let secrets = finding
                .parts
                .iter()
                .filter(|part| secret_by_name(&part.name));
            for secret in secrets.map(|part| &part.value).chain([&finding.secret]) {
                if secret.len() >= SHORT {
                    add(&mut needles, secret);
                }
            }
        }
        Redactor::new(needles)
    }

    /// For the texts of one finding: its secret and its parts, however short.
    pub fn own(finding: &Finding) -> Redactor {
        let mut needles = BTreeMap::new();
        for part in &finding.parts {
            if secret_by_name(&part.name) || part.value.len() >= SHORT {
                add(&mut needles, &part.value);
            }
        }
        add(&mut needles, &finding.secret);
        Redactor::new(needles)
    }

    fn new(forms: BTreeMap<Vec<u8>, String>) -> Redactor {
        let mut needles: Vec<Needle> = Vec::with_capacity(forms.len());
        for (bytes, mask) in forms {
            let mut shorter = needles.len().checked_sub(1);
            while let Some(at) = shorter {
                if bytes.starts_with(&needles[at].bytes) {
                    break;
                }
                shorter = needles[at].shorter;
            }
            needles.push(Needle {
                bytes,
                mask,
                shorter,
            });
        }
        let mut starts = vec![0; if needles.is_empty() { 0 } else { 1 << 10 }];
        for needle in &needles {
            let seconds = match needle.bytes.get(1) {
                Some(second) => *second..=*second,
                None => 0..=u8::MAX,
            };
            for second in seconds {
                let (word, bit) = start(needle.bytes[0], second);
                starts[word] |= bit;
            }
        }
        Redactor { needles, starts }
    }

    /// The text without the values.
    pub fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some((mut at, mut needle)) = self.next(text, 0) else {
            return Cow::Borrowed(text);
        };
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        loop {
            out.push_str(&text[done..at]);
            out.push_str(&needle.mask);
            done = at + needle.bytes.len();
            match self.next(text, done) {
                Some(next) => (at, needle) = next,
                None => break,
            }
        }
        out.push_str(&text[done..]);
        Cow::Owned(out)
    }

    /// The first place from `from` on where a value stands, and the longest that stands there.
    fn next(&self, text: &str, from: usize) -> Option<(usize, &Needle)> {
        if self.needles.is_empty() {
            return None;
        }
        let bytes = text.as_bytes();
        let may_start = |at: &usize| {
            let second = bytes.get(at + 1).copied().unwrap_or(0);
            let (word, bit) = start(bytes[*at], second);
            self.starts[word] & bit != 0 && text.is_char_boundary(*at)
        };
        (from..bytes.len())
            .filter(may_start)
            .find_map(|at| Some((at, self.longest(&bytes[at..])?)))
    }

    /// The longest value that `text` begins with. All values in the order between such a value and
    /// the text begin with it too, so it is found from the last one not greater than the text.
    fn longest(&self, text: &[u8]) -> Option<&Needle> {
        let after = self
            .needles
            .partition_point(|needle| needle.bytes.as_slice() <= text);
        let mut candidate = after.checked_sub(1);
        let last = &self.needles[candidate?].bytes;
        let common = last.iter().zip(text).take_while(|(a, b)| a == b).count();
        while let Some(at) = candidate {
            if self.needles[at].bytes.len() <= common {
                return Some(&self.needles[at]);
            }
            candidate = self.needles[at].shorter;
        }
        None
    }
}

/// Where the bit of two bytes is.
fn start(first: u8, second: u8) -> (usize, u64) {
    let at = usize::from(first) << 8 | usize::from(second);
    (at / 64, 1 << (at % 64))
}

/// Parts that are as secret as the secret; the others (`id`, `host`, `region`) may be common words.
fn secret_by_name(name: &str) -> bool {
    ["secret", "token", "pass", "key"]
        .iter()
        .any(|word| name.contains(word))
        && !name.ends_with("id")
}

/// Every form in which the value may stand in a text.
fn add(needles: &mut BTreeMap<Vec<u8>, String>, secret: &Secret) {
    let bytes = secret.reveal();
    if bytes.is_empty() {
        return;
    }
    let mask = secret.masked();
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut forms = Vec::new();
    if bytes.len() >= SHORT {
        forms.push(STANDARD_NO_PAD.encode(bytes));
        forms.push(URL_SAFE_NO_PAD.encode(bytes));
        forms.push(bytes.iter().map(|b| format!("{b:02x}")).collect());
        forms.push(percent(bytes));
        forms.push(text.escape_default().to_string());
        let lines = text.split(['\n', '\r']).flat_map(|line| line.split("\\n"));
        let lines = lines.map(str::trim).filter(|line| line.len() >= LINE);
        forms.extend(
            lines
                .filter(|line| !line.starts_with("-----"))
                .map(str::to_owned),
        );
    }
    forms.push(text);
    for form in forms {
        needles
            .entry(form.into_bytes())
            .or_insert_with(|| mask.clone());
    }
}

fn percent(bytes: &[u8]) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let one = |b: &u8| match plain(*b) {
        true => char::from(*b).to_string(),
        false => format!("%{b:02X}"),
    };
    bytes.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(values: &[&str]) -> Redactor {
        let mut forms = BTreeMap::new();
        for value in values {
            forms.insert(value.as_bytes().to_vec(), format!("<{}>", value.len()));
        }
        Redactor::new(forms)
    }

    #[test]
    fn the_longest_value_is_taken_out() {
        let redactor = over(&["ab", "abca", "abcabc", "b", "zz"]);
        assert_eq!(redactor.clean("abcd"), "<2>cd");
        assert_eq!(redactor.clean("abcabcabz"), "<6><2>z");
        assert_eq!(redactor.clean("xabcaz漢zz"), "x<4>z漢<2>");
        assert!(matches!(redactor.clean("nothing"), Cow::Borrowed(_)));
        assert_eq!(Redactor::default().clean("abc"), "abc");
        assert_eq!(redactor.clean("xb"), "x<1>");
        assert_eq!(over(&["漢", "z\0"]).clean("a漢z\0z"), "a<3><2>z");
    }

    #[test]
    fn every_written_form_is_taken_out() {
        let mut forms = BTreeMap::new();
        add(&mut forms, &Secret::from("s3cr+t/v\"lue=="));
        let redactor = Redactor::new(forms);
        for form in [
            "s3cr+t/v\"lue==",
            "czNjcit0L3YibHVlPT0",
            "s3cr%2Bt%2Fv%22lue%3D%3D",
            "s3cr+t/v\\\"lue==",
            "733363722b742f76226c75653d3d",
        ] {
            let text = format!("a {form} b");
            assert_eq!(redactor.clean(&text), "a s3c… b", "{form}");
        }
    }

    #[test]
    fn each_line_of_a_key_is_taken_out() {
        let mut forms = BTreeMap::new();
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIBAbCdEfGh\nIjKlMnOpQrSt\n-----END";
        add(&mut forms, &Secret::from(key));
        let safe = Redactor::new(forms);
        assert_eq!(
            safe.clean("x IjKlMnOpQrSt y"),
            "x -----BEGIN RSA PRIVATE KEY-----… y"
        );
    }
}
