//! The filters of templates: bytes in, bytes out.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use md5::Md5;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// One step on the way of a value into a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Base64,
    Base64Url,
    Hex,
    Unhex,
    UrlEncode,
    UrlDecode,
    Commas,
    Number,
    Lower,
    Upper,
    Sha256,
    Md5,
    Json,
    Iso,
    First(usize),
    Last(usize),
    From(usize),
    Split(String, usize),
}

/// Names of all filters, as `patterns/README.md` lists them.
pub const FILTERS: &[&str] = &[
    "base64",
    "base64url",
    "hex",
    "unhex",
    "urlencode",
    "urldecode",
    "commas",
    "number",
    "lower",
    "upper",
    "sha256",
    "md5",
    "json",
    "iso",
    "first:N",
    "last:N",
    "from:N",
    "split:SEP:N",
];

/// Bytes on their way through the filters; wiped when done.
pub(super) type Bytes = Zeroizing<Vec<u8>>;

/// Reads `name` or `name:argument`.
pub(super) fn filter(text: &str) -> Result<Filter, String> {
    let (name, argument) = text.split_once(':').unwrap_or((text, ""));
    let number = || {
        let bad = |_| format!("filter `{name}` needs a number: `{name}:8`");
        argument.parse::<usize>().map_err(bad)
    };
    let known = match name {
        "base64" => Filter::Base64,
        "base64url" => Filter::Base64Url,
        "hex" => Filter::Hex,
        "unhex" => Filter::Unhex,
        "urlencode" => Filter::UrlEncode,
        "urldecode" => Filter::UrlDecode,
        "commas" => Filter::Commas,
        "number" => Filter::Number,
        "lower" => Filter::Lower,
        "upper" => Filter::Upper,
        "sha256" => Filter::Sha256,
        "md5" => Filter::Md5,
        "json" => Filter::Json,
        "iso" => Filter::Iso,
        "first" => return number().map(Filter::First),
        "last" => return number().map(Filter::Last),
        "from" => return number().map(Filter::From),
        "split" => return split(argument),
        _ => {
            return Err(format!(
                "no filter is called `{name}`; there are {}",
                FILTERS.join(", ")
            ));
        }
    };
    if argument.is_empty() {
        Ok(known)
    } else {
        Err(format!("filter `{name}` takes no argument"))
    }
}

fn split(argument: &str) -> Result<Filter, String> {
    // The separator itself may be a colon.
    let parsed = argument
        .rsplit_once(':')
        .and_then(|(by, n)| Some((by, n.parse().ok()?)));
    match parsed {
        Some((by, n)) if !by.is_empty() => Ok(Filter::Split(by.to_string(), n)),
        _ => Err("filter `split` needs a separator and an index from 0: `split:-:1`".to_string()),
    }
}

impl Filter {
    /// The filtered value, or what the value would have to be.
    pub(super) fn apply(&self, value: &[u8]) -> Result<Bytes, &'static str> {
        let text = || std::str::from_utf8(value).map_err(|_| "text");
        let out = match self {
            Filter::Base64 => STANDARD.encode(value).into_bytes(),
            Filter::Base64Url => URL_SAFE_NO_PAD.encode(value).into_bytes(),
            Filter::Hex => hex(value),
            Filter::Unhex => unhex(value).ok_or("hexadecimal")?,
            Filter::UrlEncode => percent(value),
            Filter::UrlDecode => unpercent(value),
            Filter::Commas => text()?.replace(' ', ",").into_bytes(),
            Filter::Number => match value.iter().all(u8::is_ascii_digit) {
                true => value.to_vec(),
                false => return Err("a number"),
            },
            Filter::Lower => value.to_ascii_lowercase(),
            Filter::Upper => value.to_ascii_uppercase(),
            Filter::Sha256 => hex(&Sha256::digest(value)),
            Filter::Md5 => hex(&Md5::digest(value)),
            Filter::Json => json(text()?),
            Filter::Iso => iso(text()?).ok_or("a count of seconds")?,
            Filter::First(n) => value[..value.len().min(*n)].to_vec(),
            Filter::Last(n) => value[value.len().saturating_sub(*n)..].to_vec(),
            Filter::From(n) => value[value.len().min(*n)..].to_vec(),
            Filter::Split(by, n) => text()?
                .split(by.as_str())
                .nth(*n)
                .ok_or("made of that many pieces")?
                .as_bytes()
                .to_vec(),
        };
        Ok(Zeroizing::new(out))
    }
}

fn hex(value: &[u8]) -> Vec<u8> {
    let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble & 15)];
    value
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(*b)])
        .collect()
}

fn unhex(value: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut pairs = value.chunks(2);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    };
    pairs.try_fold(Vec::new(), |mut all, pair| {
        all.push(byte(pair)?);
        Some(all)
    })
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
fn percent(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() * 3);
    for &b in value {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(b);
        } else {
            out.push(b'%');
            out.extend(hex(&[b]).to_ascii_uppercase());
        }
    }
    out
}

/// `%XX` undone; a percent sign that begins no such thing stays.
fn unpercent(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|_| *first == b'%');
        let pair = pair.and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &after[2..];
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

/// The inside of a JSON string.
fn json(text: &str) -> Vec<u8> {
    let quoted = serde_json::Value::from(text).to_string().into_bytes();
    quoted[1..quoted.len() - 1].to_vec()
}

fn iso(seconds: &str) -> Option<Vec<u8>> {
    let at = jiff::Timestamp::from_second(seconds.parse().ok()?).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into_bytes())
}
