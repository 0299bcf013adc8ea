//! What an analyst would look up in a command line or a script.
//!
//! Takes a text; gives the places of URLs, e-mail addresses, IP addresses, domains and hashes in it. Candidates come
//! from regular expressions, whether they are what they look like is decided by parsers (`std::net`, the public suffix
//! list) and by the characters around them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Kind, domain};

/// A value in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub kind: Kind,
    pub range: Range<usize>,
}

/// Schemes that fetch or connect; `hxxp` is how the last analyst wrote it down.
const URL: &str =
    r#"(?i)(?:https?|hxxps?|ftps?|sftp|wss?|ldaps?|smb|tftp)://[^\s"'<>|^`{}\\\p{Cc}]+"#;
const EMAIL: &str = r"(?i)[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]";
const IPV4: &str = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}";
const IPV6: &str = r"(?i)[0-9a-f]{1,4}:[0-9a-f:]*:[0-9a-f:.]*";
const DOMAIN: &str =
    r"(?i)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]";
const HASH: &str = r"(?i)\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b";

struct Patterns {
    url: Regex,
    email: Regex,
    ipv4: Regex,
    ipv6: Regex,
    domain: Regex,
    hash: Regex,
}

/// `None` only when a pattern above is wrong, which a test would show.
static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let compile = |pattern| Regex::new(pattern).ok();
    Some(Patterns {
        url: compile(URL)?,
        email: compile(EMAIL)?,
        ipv4: compile(IPV4)?,
        ipv6: compile(IPV6)?,
        domain: compile(DOMAIN)?,
        hash: compile(HASH)?,
    })
});

/// Returns what stands in `text`, in its order. The host of a URL is given besides the URL itself; nothing else
/// overlaps.
#[must_use]
pub fn find(text: &str) -> Vec<Found> {
    let Some(patterns) = PATTERNS.as_ref() else {
        return Vec::new();
    };
    let mut finder = Finder {
        text,
        taken: Vec::new(),
        found: Vec::new(),
    };
    finder.urls(&patterns.url);
    finder.take(Kind::Email, &patterns.email, |text, range| {
        let name = text[range.clone()].rsplit('@').next();
        name.is_some_and(domain::is_public)
    });
    finder.take(Kind::Ipv4, &patterns.ipv4, is_ipv4);
    finder.take(Kind::Ipv6, &patterns.ipv6, is_ipv6);
    finder.take(Kind::Domain, &patterns.domain, is_domain);
    for hash in patterns.hash.find_iter(text) {
        if let Some(kind) = hash_kind(hash.as_str()) {
            finder.keep(kind, hash.range());
        }
    }
    finder
        .found
        .sort_by_key(|found| (found.range.start, found.kind));
    finder.found
}

struct Finder<'t> {
    text: &'t str,
    /// What is spoken for, in no order.
    taken: Vec<Range<usize>>,
    found: Vec<Found>,
}

impl Finder<'_> {
    fn is_free(&self, range: &Range<usize>) -> bool {
        // Sorted and without overlaps after each pass.
        let at = self.taken.partition_point(|taken| taken.end <= range.start);
        self.taken
            .get(at)
            .is_none_or(|taken| range.end <= taken.start)
    }

    fn keep(&mut self, kind: Kind, range: Range<usize>) {
        if self.is_free(&range) {
            self.found.push(Found { kind, range });
        }
    }

    fn urls(&mut self, pattern: &Regex) {
        for candidate in pattern.find_iter(self.text) {
            let url = trim_url(candidate.as_str());
            let range = candidate.start()..candidate.start() + url.len();
            let Some(host) = host(url) else { continue };
            let name = &url[host.clone()];
            let host = range.start + host.start..range.start + host.end;
            let kind = if name.parse::<std::net::Ipv4Addr>().is_ok() {
                Some(Kind::Ipv4)
            } else if name.parse::<std::net::Ipv6Addr>().is_ok() {
                Some(Kind::Ipv6)
            } else {
                domain::is_public(name).then_some(Kind::Domain)
            };
            self.found
                .extend(kind.map(|kind| Found { kind, range: host }));
            self.found.push(Found {
                kind: Kind::Url,
                range: range.clone(),
            });
            self.taken.push(range);
        }
    }

    /// Takes the free matches of `pattern` that `accept` confirms.
    fn take(&mut self, kind: Kind, pattern: &Regex, accept: fn(&str, &Range<usize>) -> bool) {
        let mut new = Vec::new();
        for candidate in pattern.find_iter(self.text) {
            let range = candidate.range();
            if self.is_free(&range) && accept(self.text, &range) {
                self.found.push(Found {
                    kind,
                    range: range.clone(),
                });
                new.push(range);
            }
        }
        self.taken.extend(new);
        self.taken.sort_by_key(|taken| taken.start);
    }
}

/// Cuts what belongs to the sentence or the code around a URL.
fn trim_url(url: &str) -> &str {
    let mut url = url;
    loop {
        let Some(last) = url.chars().next_back() else {
            return url;
        };
        let closes = |open: char| !url.contains(open);
        let cut = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '*' | '$' | '+' => true,
            ')' => closes('('),
            ']' => closes('['),
            _ => false,
        };
        if !cut {
            // `('http://a.example/x')).Run` was cut at the quote; `(http://a.example/x).Run` is cut here.
            return match url.find(')') {
                Some(at) if !url[..at].contains('(') => trim_url(&url[..at]),
                _ => url,
            };
        }
        url = &url[..url.len() - last.len_utf8()];
    }
}

/// Returns where the host stands in a URL: after `user:password@`, before a port or path, without brackets.
pub fn host(url: &str) -> Option<Range<usize>> {
    let start = url.find("://")? + 3;
    let end = url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| start + at);
    let start = url[start..end]
        .rfind('@')
        .map_or(start, |at| start + at + 1);
    let authority = &url[start..end];
    let range = if let Some(rest) = authority.strip_prefix('[') {
        start + 1..start + 1 + rest.find(']')?
    } else {
        start..start + authority.find(':').unwrap_or(authority.len())
    };
    let name = url[range.clone()].trim_end_matches('.');
    let range = range.start..range.start + name.len();
    (!range.is_empty()).then_some(range)
}

fn before(text: &str, range: &Range<usize>) -> Option<char> {
    text[..range.start].chars().next_back()
}

fn after(text: &str, range: &Range<usize>) -> Option<char> {
    text[range.end..].chars().next()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Tells whether the text goes on after `range` as the same dotted or hyphenated word.
fn goes_on(text: &str, range: &Range<usize>) -> bool {
    let mut rest = text[range.end..].chars();
    match rest.next() {
        Some('.' | '-') => rest.next().is_some_and(is_word),
        Some(c) => is_word(c),
        None => false,
    }
}

fn is_ipv4(text: &str, range: &Range<usize>) -> bool {
    let Ok(address) = text[range.clone()].parse::<std::net::Ipv4Addr>() else {
        return false;
    };
    if goes_on(text, range)
        || before(text, range).is_some_and(|c| is_word(c) || matches!(c, '.' | '-'))
    {
        return false;
    }
    !is_version(text, range, address)
}

/// `Version=4.0.0.0`, `v 1.2.3.4`, `Chrome/100.0.0.0`, `4.0.0.0` alone: four numbers that name no host.
fn is_version(text: &str, range: &Range<usize>, address: std::net::Ipv4Addr) -> bool {
    let octets = address.octets();
    let network = after(text, range) == Some('/');
    if octets[0] == 0 && octets != [0; 4] || octets[1..] == [0, 0, 0] && !network {
        return true;
    }
    let lead = text[..range.start].trim_end_matches([' ', '=', ':', '"', '\'', '(']);
    let word_start = lead
        .rfind(|c: char| !c.is_ascii_alphanumeric())
        .map_or(0, |at| {
            at + lead[at..].chars().next().map_or(1, char::len_utf8)
        });
    let word = lead[word_start..].to_ascii_lowercase();
    if ["version", "ver", "v", "build", "release", "revision"]
        .iter()
        .any(|known| word.ends_with(known))
    {
        return true;
    }
    // A product and its version; `//1.2.3.4` and `\\1.2.3.4` are hosts.
    let mut back = text[..range.start].chars().rev();
    back.next() == Some('/') && back.next().is_some_and(|c| c.is_ascii_alphabetic())
}

fn is_ipv6(text: &str, range: &Range<usize>) -> bool {
    let address = text[range.clone()].trim_end_matches(['.', ':']);
    let around = before(text, range).is_some_and(|c| is_word(c) || matches!(c, ':' | '.' | '-'))
        || after(text, range).is_some_and(is_word);
    if around || address.parse::<std::net::Ipv6Addr>().is_err() {
        return false;
    }
    let groups = || address.split(':').filter(|group| !group.is_empty());
    // Eight pairs are a hardware address; `Add::Be` is code.
    let hardware = !address.contains("::") && groups().all(|group| group.len() == 2);
    groups().count() >= 2 && !hardware && address.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_domain(text: &str, range: &Range<usize>) -> bool {
    let behind = text[..range.start].ends_with(r"\\") || text[..range.start].ends_with("//");
    let fits_before = behind
        || before(text, range).is_none_or(|c| {
            !is_word(c) && !matches!(c, '.' | '-' | '$' | '\\' | '/' | '%' | '~' | ')' | '}')
        });
    // `a.example\share` is a folder unless a UNC path begins with it; `a.run(` is a call, `[a.b]::c` a type.
    let fits_after = !goes_on(text, range)
        && match after(text, range) {
            Some('\\') => behind,
            Some('(' | '$' | '%') => false,
            Some(']') => before(text, range) != Some('['),
            _ => true,
        };
    fits_before && fits_after && domain::is_bare(&text[range.clone()])
}

/// Returns the kind of a hash by its length; digits alone or letters alone are something else.
fn hash_kind(hash: &str) -> Option<Kind> {
    let digit = hash.bytes().any(|byte| byte.is_ascii_digit());
    let letter = hash.bytes().any(|byte| byte.is_ascii_alphabetic());
    match (digit && letter, hash.len()) {
        (true, 32) => Some(Kind::Md5),
        (true, 40) => Some(Kind::Sha1),
        (true, 64) => Some(Kind::Sha256),
        _ => None,
    }
}
