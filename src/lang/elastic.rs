//! How Elasticsearch compares a field with a value: what KQL, Lucene and the query DSL share.
//!
//! Takes a field's name, what a query wants of it, and where that stands in the text; gives a [`Pred`]. What a word
//! means is decided by the [`FieldKind`]: keywords compare whole and with case, analysed text by tokens, addresses by
//! network, numbers and dates by value. Source: Elasticsearch's field types and term-level and full-text queries.

pub mod date;

use super::ir::pattern::Piece;
use super::ir::{AddressSet, Case, Comparison, Leaf, Network, Number, Pattern, Pred, Test, Tokens};
use super::{Diagnostic, Span};
use crate::event::FieldId;
use crate::schema::{self, FieldKind, FieldRef, Vocabulary};

pub use date::Clock;

/// What a query wants of a field.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// A value.
    Exists,
    /// Text that was analysed holds any of the words (`match`).
    Words(&'a str),
    /// Text that was analysed holds the words side by side (`match_phrase`).
    Phrase(&'a str),
    /// The value, or one token of analysed text, is this (`term`).
    Term(&'a str, Case),
    /// The value, or one token of analysed text, fits.
    Wildcard(&'a [Piece], Case),
}

/// Returns the ECS field `name`.
#[must_use]
pub fn field(name: &str) -> FieldRef {
    FieldRef {
        vocabulary: Vocabulary::Ecs,
        name: FieldId::of(name),
    }
}

/// Returns the condition that `field` has what is wanted.
#[must_use]
pub fn is(field: FieldRef, wanted: &Wanted<'_>, clock: Clock, span: Span) -> Pred {
    let kind = schema::kind(field.name);
    if kind == FieldKind::Date
        && let Wanted::Words(text) | Wanted::Phrase(text) | Wanted::Term(text, _) = wanted
        && let Some(pred) = date::equal(field, text, clock, &span)
    {
        return pred;
    }
    let test = test(kind, wanted);
    Pred::Leaf(Leaf { field, test }, span)
}

/// Returns the test that a value of a field of `kind` has what is wanted. A text that spells no value of the kind is
/// compared as text.
#[must_use]
pub fn test(kind: FieldKind, wanted: &Wanted<'_>) -> Test {
    let text = match wanted {
        Wanted::Exists => return Test::Exists,
        Wanted::Wildcard(pieces, case) => return wildcard(kind, pieces, *case),
        Wanted::Words(text) | Wanted::Phrase(text) | Wanted::Term(text, _) => *text,
    };
    let typed = match (kind, wanted) {
        (FieldKind::Text, Wanted::Phrase(text)) => {
            Some(Test::Tokens(Tokens::Phrase(Tokens::split(text).collect())))
        }
        (FieldKind::Text, Wanted::Term(text, case)) => {
            // The tokens are in small letters: a term that is not never fits, unless case is no matter.
            let token = match case {
                Case::Sensitive => Box::from(*text),
                Case::Insensitive => case.fold_text(text),
            };
            Some(Test::Tokens(Tokens::Any([token].into())))
        }
        (FieldKind::Text, _) => Some(Test::Tokens(Tokens::Any(Tokens::split(text).collect()))),
        (FieldKind::Ip, _) => Network::parse(text).map(Test::Network),
        (FieldKind::Number, _) => {
            Number::parse(text).map(|number| Test::Number(Comparison::Equal, number))
        }
        (FieldKind::Boolean | FieldKind::Caseless, _) => {
            let text = text.to_ascii_lowercase();
            Some(Test::Text(text.into(), Case::Insensitive))
        }
        (FieldKind::Keyword | FieldKind::Wildcard | FieldKind::Date, _) => None,
    };
    typed.unwrap_or_else(|| match wanted {
        Wanted::Term(text, case) => Test::Text(case.fold_text(text), *case),
        _ => Test::Text(text.into(), Case::Sensitive),
    })
}

/// A pattern on analysed text is tried with each token; one of several words, with each word.
fn wildcard(kind: FieldKind, pieces: &[Piece], case: Case) -> Test {
    if pieces.iter().all(|piece| *piece == Piece::Many) {
        return Test::Exists;
    }
    if kind != FieldKind::Text {
        let case = match kind {
            FieldKind::Caseless => Case::Insensitive,
            _ => case,
        };
        return Test::Wildcard(Pattern::new(pieces.iter().copied(), case));
    }
    let space = |piece: &Piece| matches!(piece, Piece::Char(char) if char.is_whitespace());
    let words = pieces.split(space).filter(|word| !word.is_empty());
    let mut tests: Vec<_> = words
        .map(|word| {
            let pattern = Pattern::new(word.iter().copied(), Case::Insensitive);
            Test::Tokens(Tokens::Fits(pattern))
        })
        .collect();
    match (tests.len(), tests.pop()) {
        (1, Some(only)) => only,
        (_, last) => Test::AnyOf(tests.into_iter().chain(last).collect()),
    }
}

/// Returns the condition that `field` compares so with `text`: by time, number or address where the field holds such,
/// else by the order of characters.
#[must_use]
pub fn range(field: FieldRef, op: Comparison, text: &str, clock: Clock, span: Span) -> Pred {
    let kind = schema::kind(field.name);
    if (kind == FieldKind::Date || date::is_math(text))
        && let Some(pred) = date::range(field, op, text, clock, &span)
    {
        return pred;
    }
    let typed = match kind {
        FieldKind::Number => Number::parse(text).map(|number| Test::Number(op, number)),
        FieldKind::Ip => addresses(op, text),
        _ => None,
    };
    let test = typed.unwrap_or_else(|| Test::TextOrder(op, text.into(), Case::Sensitive));
    Pred::Leaf(Leaf { field, test }, span)
}

/// Addresses compare as numbers, in the family of the bound.
fn addresses(op: Comparison, text: &str) -> Option<Test> {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    let bound: IpAddr = text.parse().ok()?;
    let (first, last): (IpAddr, IpAddr) = match bound {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::BROADCAST.into()),
        IpAddr::V6(_) => (
            Ipv6Addr::UNSPECIFIED.into(),
            Ipv6Addr::from(u128::MAX).into(),
        ),
    };
    let ranges = match op {
        Comparison::LessOrEqual => Some((first, bound)),
        Comparison::Less => before(bound).map(|before| (first, before)),
        Comparison::GreaterOrEqual => Some((bound, last)),
        Comparison::Greater => after(bound).map(|after| (after, last)),
        Comparison::Equal => Some((bound, bound)),
        Comparison::NotEqual => return None,
    };
    Some(Test::Addresses(AddressSet::new([], ranges)))
}

fn before(address: std::net::IpAddr) -> Option<std::net::IpAddr> {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    Some(match address {
        IpAddr::V4(v4) => Ipv4Addr::from(v4.to_bits().checked_sub(1)?).into(),
        IpAddr::V6(v6) => Ipv6Addr::from(v6.to_bits().checked_sub(1)?).into(),
    })
}

fn after(address: std::net::IpAddr) -> Option<std::net::IpAddr> {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    Some(match address {
        IpAddr::V4(v4) => Ipv4Addr::from(v4.to_bits().checked_add(1)?).into(),
        IpAddr::V6(v6) => Ipv6Addr::from(v6.to_bits().checked_add(1)?).into(),
    })
}

/// Returns the condition that `field` matches a regular expression in Lucene's flavour, whole.
///
/// # Errors
/// It is no expression.
pub fn regex(field: FieldRef, source: &str, case: Case, span: Span) -> Result<Pred, Diagnostic> {
    let case = match schema::kind(field.name) {
        // Tokens are in small letters.
        FieldKind::Caseless => Case::Insensitive,
        _ => case,
    };
    let regex = super::eql::compile_regex(source, case).map_err(|reason| {
        let message = "the regular expression does not compile".to_owned();
        Diagnostic::error("E206", message, span.clone(), reason)
    })?;
    let test = if schema::kind(field.name) == FieldKind::Text {
        Test::Tokens(Tokens::Matches(regex))
    } else {
        Test::Regex(regex)
    };
    Ok(Pred::Leaf(Leaf { field, test }, span))
}

/// Reads a wildcard pattern of the query DSL: `*`, `?`, and a backslash that makes the next character literal.
#[must_use]
pub fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        pieces.push(match char {
            '\\' => Piece::Char(chars.next().unwrap_or('\\')),
            '*' => Piece::Many,
            '?' => Piece::One,
            plain => Piece::Char(plain),
        });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Value;

    fn holds(pred: &Pred, value: &Value) -> bool {
        match pred {
            Pred::Leaf(leaf, _) => leaf.test.passes(Some(value)),
            Pred::And(parts) => parts.iter().all(|part| holds(part, value)),
            other => panic!("{other:?}"),
        }
    }

    fn range_of(name: &str, op: Comparison, bound: &str, value: &str) -> bool {
        holds(
            &range(field(name), op, bound, Clock::Event, 0..0),
            &value.into(),
        )
    }

    #[test]
    fn each_kind_compares_in_its_own_way() {
        let is = |name: &str, wanted: Wanted<'_>, value: &str| {
            holds(&is(field(name), &wanted, Clock::Event, 0..0), &value.into())
        };
        let text = "powershell.file.script_block_text";
        assert!(is("user.name", Wanted::Words("Ann B"), "Ann B"));
        assert!(!is("user.name", Wanted::Words("ann"), "Ann"));
        assert!(is(
            "user.name",
            Wanted::Term("ann", Case::Insensitive),
            "ANN"
        ));
        assert!(is(text, Wanted::Words("x Paste"), "$a.Paste()"));
        assert!(is(text, Wanted::Phrase("a paste"), "$a.Paste()"));
        assert!(!is(
            text,
            Wanted::Term("Paste", Case::Sensitive),
            "$a.Paste()"
        ));
        assert!(is("source.ip", Wanted::Words("10.0.0.0/8"), "10.9.9.9"));
        assert!(is("process.pid", Wanted::Words("4.0"), "4"));
        assert!(is(
            "@timestamp",
            Wanted::Words("2024-02-29"),
            "2024-02-29T23:59:59.999Z"
        ));
        assert!(!is(
            "@timestamp",
            Wanted::Words("2024-02-29"),
            "2024-03-01T00:00:00Z"
        ));
        let star = pieces(r"a\*?*");
        assert!(is(
            "user.name",
            Wanted::Wildcard(&star, Case::Sensitive),
            "a*bc"
        ));
        assert!(!is(
            "user.name",
            Wanted::Wildcard(&star, Case::Sensitive),
            "ab"
        ));
    }

    #[test]
    fn ranges_compare_by_kind() {
        use Comparison::{Greater, GreaterOrEqual, Less, LessOrEqual};
        assert!(range_of("process.pid", Greater, "9", "10"));
        assert!(range_of("user.name", Less, "9", "10"));
        assert!(range_of(
            "source.ip",
            GreaterOrEqual,
            "10.0.0.9",
            "10.0.0.10"
        ));
        assert!(!range_of("source.ip", Less, "10.0.0.9", "10.0.0.10"));
        assert!(!range_of("source.ip", Greater, "255.255.255.255", "::1"));
        // A bound is rounded to the side on which it takes more in or less: a day is a day.
        assert!(range_of(
            "@timestamp",
            LessOrEqual,
            "2024-01-01",
            "2024-01-01T10:00:00Z"
        ));
        assert!(!range_of(
            "@timestamp",
            Less,
            "2024-01-01",
            "2024-01-01T00:00:00Z"
        ));
        assert!(!range_of(
            "@timestamp",
            Greater,
            "2024-01-01",
            "2024-01-01T10:00:00Z"
        ));
        assert!(range_of(
            "@timestamp",
            GreaterOrEqual,
            "2024-01-01||/M",
            "2024-01-01T00:00:00Z"
        ));
    }

    #[test]
    fn a_regex_is_lucenes() {
        let matches = |name: &str, source: &str, value: &str| {
            holds(
                &regex(field(name), source, Case::Sensitive, 0..0).unwrap(),
                &value.into(),
            )
        };
        assert!(matches("user.name", "a.+", "abc"));
        assert!(!matches("user.name", "b", "abc"));
        assert!(matches(
            "powershell.file.script_block_text",
            "mini.*",
            "x MiniDump y"
        ));
        assert!(regex(field("a"), "(", Case::Sensitive, 0..0).is_err());
        assert!(matches("user.name", "a.*&~(.*b)", "abc"));
        assert!(!matches("user.name", "a.*&~(.*b)", "ab"));
    }
}
