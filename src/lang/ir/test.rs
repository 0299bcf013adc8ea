//! Tests on one value of a field.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use super::backend::Backend;
use super::operators::Part;
use super::run::Run;
use super::{AddressSet, Case, Number, Pattern, TextSet};
use crate::event::{Time, Value};

/// A test. A field passes when any element of its value does, except where a variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Test {
    /// The field has a value.
    Exists,
    /// The whole text, folded by the case rule.
    Text(Box<str>, Case),
    /// The whole text fits.
    Wildcard(Pattern),
    /// The value is a number, or a text that spells one, and compares so.
    Number(Comparison, Number),
    /// The value is a moment and compares so.
    Time(Comparison, Time),
    /// Text order by code points.
    TextOrder(Comparison, Box<str>, Case),
    /// The whole text is one of many.
    OneOf(TextSet),
    /// The value is an address inside the network.
    Network(Network),
    /// The value is one of many addresses.
    Addresses(AddressSet),
    /// The whole text matches.
    Regex(Regex),
    /// Analysed text holds these tokens.
    Tokens(Tokens),
    /// Any of several tests.
    AnyOf(Box<[Test]>),
    /// Splunk's `!=`: the field has an element that fails the test.
    Differs(Box<Test>),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

impl Comparison {
    /// Returns whether an order of left to right satisfies it.
    #[must_use]
    pub const fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Greater => order.is_gt(),
        }
    }

    /// Returns the comparison with its sides exchanged.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Equal => Self::Equal,
            Self::NotEqual => Self::NotEqual,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Greater => Self::Less,
        }
    }

    /// Returns how it is written; equality is `==`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
        }
    }
}

/// A block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    base: u128,
    mask: u128,
}

impl Network {
    /// Reads `10.0.0.0/8`, `fe80::/10` or a single address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(width);
        if length > width {
            return None;
        }
        let mask = u128::MAX.checked_shl(width - length).unwrap_or(0);
        let base = wide(address) & mask;
        Some(Self { base, mask })
    }

    /// Returns its first and last address, as numbers.
    pub(super) fn bounds(self) -> (u128, u128) {
        (self.base, self.base | !self.mask)
    }

    /// Returns whether `text` is an address inside.
    #[must_use]
    pub fn holds(self, text: &str) -> bool {
        // Windows writes link-local addresses with their zone: `fe80::1%4`.
        let text = text.split_once('%').map_or(text, |(address, _)| address);
        text.parse()
            .is_ok_and(|address| wide(address) & self.mask == self.base)
    }
}

/// IPv4 lies in the mapped range of IPv6, so `::ffff:10.0.0.1` and `10.0.0.1` are one address. A mask made for IPv4
/// leaves all bits above it set, which keeps the two families apart.
pub(super) fn wide(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// A compiled regular expression, shared by its clones; equal when its source and flags are.
#[derive(Clone)]
pub struct Regex(Arc<Backend>, Case);

impl Regex {
    /// Most memory for one compiled expression, so that a hostile rule file cannot take the machine's.
    pub const SIZE_LIMIT: usize = 4 << 20;

    /// Most memory that matching one fills in each thread: thousands of rules have hundreds of expressions.
    pub const CACHE_LIMIT: usize = 128 << 10;

    /// Compiles `source` in the `regex` crate's syntax.
    pub fn compile(source: &str, case: Case) -> Result<Self, regex::Error> {
        let regex = build(source, case)?;
        let backend = match Run::of(source, case == Case::Insensitive) {
            Some(run) => Backend::Counting(run, regex),
            None => Backend::Automata(regex),
        };
        Ok(Self(Arc::new(backend), case))
    }

    /// Compiles `source`, which may look around and refer back to its groups: such an expression backtracks, within
    /// [`backend::BACKTRACK_LIMIT`](super::backend::BACKTRACK_LIMIT).
    pub fn compile_looking(source: &str, case: Case) -> Result<Self, regex::Error> {
        Self::compile(source, case).or_else(|error| {
            Backend::backtracking(source, case == Case::Insensitive, Self::SIZE_LIMIT)
                .map(|backend| Self(Arc::new(backend), case))
                .ok_or(error)
        })
    }

    /// Compiles `source` so that it must cover the whole value.
    pub fn compile_whole(source: &str, case: Case) -> Result<Self, regex::Error> {
        Self::whole(source, case).map(|regex| Self(Arc::new(Backend::Automata(regex)), case))
    }

    /// The same, as the crate's own expression.
    pub fn whole(source: &str, case: Case) -> Result<regex::Regex, regex::Error> {
        // Compiled alone first: `a)(b` must fail and not close our own group.
        build(source, case)?;
        build(&format!(r"\A(?:{source})\z"), case)
    }

    /// Returns the expression that `parts`, written as `source`, are.
    #[must_use]
    pub fn of_parts(parts: Part, source: &str, case: Case) -> Self {
        // Marked, so that no other expression is taken for the same, and nothing is read off it.
        let source = format!("(?lucene){source}").into();
        Self(Arc::new(Backend::Parts(Box::new(parts), source)), case)
    }

    /// Returns the source, without the case rule.
    #[must_use]
    pub fn source(&self) -> &str {
        self.0.source()
    }

    /// Returns whether it matches somewhere in `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Returns `text` with each match replaced (the one numbered `which` from 1, else all); in `with`, `\1` stands for
    /// a group.
    #[must_use]
    pub fn replace(&self, text: &str, with: &str, which: Option<usize>) -> String {
        let mut out = String::new();
        let mut at = 0;
        let found = self.0.captures(text, which.unwrap_or(usize::MAX));
        for (n, groups) in found.iter().enumerate() {
            let Some(Some(whole)) = groups.first() else {
                continue;
            };
            if which.is_some_and(|which| which != n + 1) {
                continue;
            }
            out.push_str(&text[at..whole.start]);
            expand(with, text, groups, &mut out);
            at = whole.end;
        }
        out.push_str(&text[at..]);
        out
    }

    /// Returns the names of its groups, in order.
    #[must_use]
    pub fn group_names(&self) -> Vec<String> {
        let names = self.0.names().into_iter();
        names.flatten().map(str::to_owned).collect()
    }

    /// Returns what the first group matches in each of the first `most` matches, or the match where there is no group.
    #[must_use]
    pub fn first_groups(&self, text: &str, most: usize) -> Vec<String> {
        let found = self.0.captures(text, most).into_iter();
        let ranges = found.filter_map(|groups| groups.get(1).or(groups.first())?.clone());
        ranges.map(|range| text[range].to_owned()).collect()
    }

    /// Returns what each named group matches in the first `most` matches in `text`, in order of the groups; groups
    /// without a match are left out.
    #[must_use]
    pub fn groups(&self, text: &str, most: usize) -> Vec<(String, Vec<String>)> {
        let names = self.0.names();
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for groups in self.0.captures(text, most) {
            for (name, group) in names.iter().zip(groups) {
                let (Some(name), Some(range)) = (name, group) else {
                    continue;
                };
                let text = text[range].to_owned();
                match found.iter_mut().find(|(known, _)| known == name) {
                    Some((_, texts)) => texts.push(text),
                    None => found.push(((*name).to_owned(), vec![text])),
                }
            }
        }
        found
    }
}

fn build(source: &str, case: Case) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(source)
        .case_insensitive(case == Case::Insensitive)
        .dot_matches_new_line(true)
        .size_limit(Regex::SIZE_LIMIT)
        .dfa_size_limit(Regex::CACHE_LIMIT)
        .build()
}

/// Writes a replacement, `\1` as the first group.
fn expand(with: &str, text: &str, groups: &[Option<Range<usize>>], out: &mut String) {
    let mut chars = with.chars().peekable();
    while let Some(char) = chars.next() {
        let digit = (char == '\\')
            .then(|| chars.next_if(char::is_ascii_digit))
            .flatten();
        match digit.and_then(|digit| digit.to_digit(10)) {
            Some(group) => {
                let range = groups.get(group as usize).cloned().flatten();
                out.push_str(range.map_or("", |range| &text[range]));
            }
            None => out.push(char),
        }
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Regex({:?})", self.0.source())
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.1 == other.1 && self.0.source() == other.0.source()
    }
}

impl Eq for Regex {}

impl Hash for Regex {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.1.hash(state);
        self.0.source().hash(state);
    }
}

/// Tokens of analysed text, lower-cased.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Tokens {
    /// Any of them (an unquoted KQL value).
    Any(Box<[Box<str>]>),
    /// All of them, side by side and in this order (a quoted one).
    Phrase(Box<[Box<str>]>),
    /// A token that fits (an unquoted value with `*`).
    Fits(Pattern),
    /// A token that the expression covers.
    Matches(Regex),
}

impl Tokens {
    /// Splits as Elastic analyses `powershell.file.script_block_text`: at everything but letters, digits, `_` and `-`.
    pub fn split(text: &str) -> impl Iterator<Item = Box<str>> + '_ {
        text.split(|char: char| !(char.is_alphanumeric() || char == '_' || char == '-'))
            .filter(|token| !token.is_empty())
            .map(|token| token.to_lowercase().into())
    }

    fn hold(&self, text: &str) -> bool {
        match self {
            Self::Any(wanted) => Self::split(text).any(|token| wanted.contains(&token)),
            Self::Fits(pattern) => Self::split(text).any(|token| pattern.fits(&token)),
            Self::Matches(regex) => Self::split(text).any(|token| regex.matches(&token)),
            Self::Phrase(wanted) => {
                if wanted.is_empty() {
                    return false;
                }
                let tokens: Vec<_> = Self::split(text).collect();
                tokens.windows(wanted.len()).any(|run| run == &**wanted)
            }
        }
    }
}

impl Test {
    /// Returns whether a field with `value` passes; `None` is a missing field.
    #[must_use]
    pub fn passes(&self, value: Option<&Value>) -> bool {
        value.is_some_and(|value| match value {
            Value::List(elements) => elements.iter().any(|element| self.holds(element)),
            single => self.holds(single),
        })
    }

    /// Returns whether one element passes.
    #[must_use]
    pub fn holds(&self, element: &Value) -> bool {
        match self {
            Self::Exists => !matches!(element, Value::List(list) if list.is_empty()),
            Self::Text(wanted, case) => {
                with_text(element, |text| case.equals(text, wanted)).unwrap_or(false)
            }
            Self::Wildcard(pattern) => {
                with_text(element, |text| pattern.fits(text)).unwrap_or(false)
            }
            Self::Number(op, wanted) => number(element)
                .and_then(|number| number.compare(*wanted))
                .is_some_and(|order| op.accepts(order)),
            Self::Time(op, wanted) => {
                time(element).is_some_and(|time| op.accepts(time.cmp(wanted)))
            }
            Self::TextOrder(op, wanted, case) => with_text(element, |text| {
                op.accepts((*case.fold_text(text)).cmp(wanted))
            })
            .unwrap_or(false),
            Self::Network(network) => {
                with_text(element, |text| network.holds(text)).unwrap_or(false)
            }
            Self::OneOf(set) => with_text(element, |text| set.holds(text)).unwrap_or(false),
            Self::Addresses(set) => with_text(element, |text| set.holds(text)).unwrap_or(false),
            Self::Regex(regex) => with_text(element, |text| regex.matches(text)).unwrap_or(false),
            Self::Tokens(tokens) => with_text(element, |text| tokens.hold(text)).unwrap_or(false),
            Self::AnyOf(tests) => tests.iter().any(|test| test.holds(element)),
            Self::Differs(test) => !test.holds(element),
        }
    }
}

/// Calls `see` with the element as a rule's text would spell it; `None` for lists and objects.
pub fn with_text<R>(element: &Value, see: impl FnOnce(&str) -> R) -> Option<R> {
    Some(match element {
        Value::Str(text) => see(text),
        Value::Int(number) => see(&number.to_string()),
        Value::Float(number) => see(&number.to_string()),
        Value::Bool(flag) => see(if *flag { "true" } else { "false" }),
        Value::List(_) | Value::Object(_) => return None,
    })
}

/// Returns the number that the element is or spells.
#[must_use]
pub fn number(element: &Value) -> Option<Number> {
    match element {
        Value::Int(number) => Some(Number::Int(*number)),
        Value::Float(number) => Some(Number::Float(*number)),
        Value::Str(text) => Number::parse(text),
        Value::Bool(_) | Value::List(_) | Value::Object(_) => None,
    }
}

/// Returns the moment that the element spells; a number counts milliseconds, as in Elasticsearch.
#[must_use]
pub fn time(element: &Value) -> Option<Time> {
    match element {
        Value::Str(text) => parse_time(text),
        Value::Int(millis) => millis.checked_mul(1_000_000).map(Time),
        _ => None,
    }
}

/// Reads an ISO 8601 moment; without an offset it is UTC, without a time it is midnight.
#[must_use]
pub fn parse_time(text: &str) -> Option<Time> {
    let nanos = |stamp: jiff::Timestamp| i64::try_from(stamp.as_nanosecond()).ok().map(Time);
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return nanos(stamp);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    nanos(jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_only() {
        let net = |text: &str| Network::parse(text).unwrap();
        assert!(net("10.0.0.0/8").holds("10.255.0.1"));
        assert!(!net("10.0.0.0/8").holds("11.0.0.1"));
        assert!(net("10.0.0.0/8").holds("::ffff:10.0.0.1"));
        assert!(!net("0.0.0.0/0").holds("fe80::1"));
        assert!(net("0.0.0.0/0").holds("1.2.3.4"));
        assert!(net("::/0").holds("fe80::1%12"));
        assert!(net("fe80::/10").holds("fe80::1%12"));
        assert!(net("127.0.0.1").holds("127.0.0.1"));
        assert!(!net("127.0.0.1").holds("LOCALHOST"));
        for bad in ["10.0.0.0/33", "10.0.0", "x/8", "::/129", ""] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn any_element_passes() {
        let list = Value::List(vec!["a".into(), "b".into()]);
        let is = |text: &str| Test::Text(text.into(), Case::Sensitive);
        assert!(is("b").passes(Some(&list)));
        assert!(!is("c").passes(Some(&list)));
        assert!(!is("c").passes(None));
        assert!(Test::Differs(Box::new(is("a"))).passes(Some(&list)));
        assert!(!Test::Differs(Box::new(is("a"))).passes(Some(&"a".into())));
        assert!(!Test::Differs(Box::new(is("a"))).passes(None));
        assert!(!Test::Exists.passes(Some(&Value::List(Vec::new()))));
    }

    #[test]
    fn analysed_text_is_split_and_lowered() {
        let tokens: Vec<_> = Tokens::split("$x.Paste() Get-Content c_d é").collect();
        assert_eq!(
            tokens,
            ["x", "paste", "get-content", "c_d", "é"].map(Box::from)
        );
        let phrase = Tokens::Phrase(Tokens::split("get-content C_D").collect());
        assert!(phrase.hold("a Get-Content  c_d;"));
        assert!(!phrase.hold("get-content x c_d"));
    }

    #[test]
    fn a_regex_covers_the_whole_value() {
        let regex = Regex::compile_whole("a|b+", Case::Insensitive).unwrap();
        assert!(regex.matches("BB") && !regex.matches("ab"));
        assert!(Regex::compile_whole("a)(b", Case::Sensitive).is_err());
        assert!(Regex::compile_whole(r"(\w{900}){900}", Case::Sensitive).is_err());
    }

    #[test]
    fn an_expression_that_looks_around_is_given_up_in_bounded_time() {
        let regex = Regex::compile_looking(r"(?<!x)(\w)\1(?<rest>.*)", Case::Insensitive).unwrap();
        assert!(regex.matches("a bB") && !regex.matches("xaa"));
        assert_eq!(
            regex.groups("aab", 1),
            [("rest".to_owned(), vec!["b".to_owned()])]
        );
        assert_eq!(regex.replace("aab", r"<\1|\2>", None), "<a|b>");
        let endless = Regex::compile_looking(r"^(?=(a+)+$)(a|aa)+$\1", Case::Sensitive).unwrap();
        let before = super::super::limit::SEARCHES.total();
        assert!(!endless.matches(&("a".repeat(60) + "b")));
        assert!(!endless.matches(&"a".repeat(200)));
        assert!(super::super::limit::SEARCHES.total() > before);
    }

    #[test]
    fn moments_are_read() {
        assert_eq!(
            parse_time("1970-01-01T00:00:01Z"),
            Some(Time(1_000_000_000))
        );
        assert_eq!(parse_time("1970-01-02"), Some(Time(86_400_000_000_000)));
        assert_eq!(parse_time("soon"), None);
    }
}
