//! Values that no program makes a link of.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Indicator, Kind, mine};

/// The start of anything a program might open. The schemes that everyone writes defanged have their own spelling.
static SCHEME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)([a-z][a-z0-9+.-]*)://|(mailto|javascript):").ok());
static WWW: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)(www[0-9]*)\.").ok());

/// Most times that a text is looked at again; brackets make no new word, so the second time finds nothing.
const PASSES: usize = 4;

/// Returns the value so that no program makes a link of it: `hxxps://a[.]example`, `10.0.0[.]1`, `a[at]b[.]example`.
///
/// Every dot of a URL, domain or e-mail address is bracketed, the last one of an IPv4 address, every colon of an IPv6
/// address. In other values (a command line) this is done to the URLs, addresses and domains inside.
#[must_use]
pub fn defang(indicator: &Indicator) -> String {
    let value = &indicator.value;
    match indicator.kind {
        Kind::Md5 | Kind::Sha1 | Kind::Sha256 | Kind::Imphash | Kind::Sid | Kind::ProcessGuid => {
            value.clone()
        }
        kind @ (Kind::Url | Kind::Domain | Kind::Email) => schemes(&one(kind, value)),
        kind @ (Kind::Ipv4 | Kind::Ipv6) if value.parse::<IpAddr>().is_ok() => one(kind, value),
        _ => defang_text(value),
    }
}

/// Returns `text` with each URL, address, e-mail address and domain in it defanged; what is defanged already stays.
#[must_use]
pub fn defang_text(text: &str) -> String {
    let mut text = schemes(&bracketed(text));
    // A broken `www.` or scheme ends a word, and what follows may now stand alone: `-www.evil.example`.
    for _ in 0..PASSES {
        let broken = schemes(&bracketed(&text));
        if broken == text {
            break;
        }
        text = broken;
    }
    text
}

/// Returns `text` with what [`mine::find`] finds in it bracketed.
fn bracketed(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for found in mine::find(text) {
        // The host inside a URL comes after the URL.
        if found.range.start < done || is_hash(found.kind) {
            continue;
        }
        out.push_str(&text[done..found.range.start]);
        out.push_str(&one(found.kind, &text[found.range.clone()]));
        done = found.range.end;
    }
    out.push_str(&text[done..]);
    out
}

const fn is_hash(kind: Kind) -> bool {
    matches!(kind, Kind::Md5 | Kind::Sha1 | Kind::Sha256)
}

fn one(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Ipv4 => match value.rsplit_once('.') {
            Some((start, end)) => format!("{start}[.]{end}"),
            None => value.to_owned(),
        },
        Kind::Ipv6 => value.replace(':', "[:]"),
        Kind::Email => dots(&value.replace('@', "[at]")),
        _ => dots(value),
    }
}

/// Brackets each dot once.
fn dots(value: &str) -> String {
    value.replace("[.]", ".").replace('.', "[.]")
}

/// Breaks what is left of schemes and of `www.`, wherever it stands.
fn schemes(text: &str) -> String {
    let (Some(scheme), Some(www)) = (SCHEME.as_ref(), WWW.as_ref()) else {
        return text.replace(':', "[:]");
    };
    let text = scheme.replace_all(text, |found: &Captures<'_>| {
        match (found.get(1), found.get(2)) {
            (Some(name), _) => broken(name.as_str()),
            (_, Some(name)) => format!("{}[:]", name.as_str()),
            _ => String::new(),
        }
    });
    www.replace_all(&text, "$1[.]").into_owned()
}

fn broken(scheme: &str) -> String {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => "hxxp://".to_owned(),
        "https" => "hxxps://".to_owned(),
        "ftp" => "fxp://".to_owned(),
        "ftps" => "fxps://".to_owned(),
        "hxxp" | "hxxps" | "fxp" | "fxps" => format!("{scheme}://"),
        _ => format!("{scheme}[:]//"),
    }
}
