//! Words of a search and of a command's arguments.
//!
//! Takes a stretch of the expanded text; gives words, quoted texts, operators and brackets with their spans. What
//! stands in brackets of an `eval` is lexed by [`super::eval`] instead.

use std::fmt::{self, Write};

use super::problem::{Parsed, wrong};
use crate::lang::Span;
use crate::lang::ir::Comparison;

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A word or a quoted text, without its quotes and escapes.
    Word {
        text: String,
        quoted: bool,
    },
    Operator(Comparison),
    Open,
    Close,
    Comma,
    /// `[ ... ]`, the brackets included.
    Subsearch,
    /// `eval( ... )` inside brackets or behind an operator; where the expression stands.
    Eval(Span),
}

impl Token {
    /// Returns the word when it is one without quotes.
    #[must_use]
    pub fn bare(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word { text, quoted } if !quoted => Some(text),
            _ => None,
        }
    }

    /// Returns the text of a word, quoted or not.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns whether it is this bare word, in any letter case.
    #[must_use]
    pub fn is_keyword(&self, word: &str) -> bool {
        self.bare()
            .is_some_and(|bare| bare.eq_ignore_ascii_case(word))
    }
}

/// Lexes `span` of `text`.
pub fn lex(text: &str, span: &Span) -> Parsed<Vec<Token>> {
    let mut lexer = Lexer {
        text: &text[..span.end],
        at: span.start,
        tokens: Vec::new(),
    };
    while lexer.next()? {}
    Ok(lexer.tokens)
}

/// Removes the escapes of a text in quotes: `\"` and `\\`. Any other backslash stands for itself, since it does so
/// in the regular expressions and paths of published detections.
#[must_use]
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next_if(|next| matches!(next, '"' | '\\')) {
                Some(escaped) => out.push(escaped),
                None => out.push('\\'),
            },
            char => out.push(char),
        }
    }
    out
}

/// Writes a text in double quotes, as [`unescape`] reads it.
pub fn quote(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            out.write_char('\\')?;
        }
        out.write_char(char)?;
    }
    out.write_char('"')
}

/// Returns how a comparison is written; equality is `=`.
#[must_use]
pub const fn sign(operator: Comparison) -> &'static str {
    match operator {
        Comparison::Equal => "=",
        other => other.as_str(),
    }
}

/// Returns where the quoted text that starts at `at` ends, its closing quote included.
pub fn quoted_end(text: &str, at: usize) -> Parsed<usize> {
    let quote = text.as_bytes()[at];
    let mut end = at + 1;
    while let Some(byte) = text.as_bytes().get(end) {
        match byte {
            b'\\' => end += 2,
            byte if *byte == quote => return Ok(end + 1),
            _ => end += 1,
        }
    }
    Err(wrong(
        "this text has no closing quote",
        &(at..text.len()),
        "opened here",
    ))
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn next(&mut self) -> Parsed<bool> {
        let rest = &self.text[self.at..];
        let blank = rest.len() - rest.trim_start().len();
        self.at += blank;
        let start = self.at;
        let Some(first) = self.text[start..].chars().next() else {
            return Ok(false);
        };
        let after_operator = matches!(
            self.tokens.last().map(|token| &token.kind),
            Some(Kind::Operator(_))
        );
        let kind = match first {
            '(' => self.single(Kind::Open),
            ')' => self.single(Kind::Close),
            ',' => self.single(Kind::Comma),
            '[' => self.subsearch()?,
            _ if !after_operator
                && let Some((operator, length)) = operator(&self.text[start..]) =>
            {
                self.at += length;
                Kind::Operator(operator)
            }
            _ => self.word(after_operator)?,
        };
        let kind = self.expression(kind)?;
        self.tokens.push(Token {
            kind,
            span: start..self.at,
        });
        Ok(true)
    }

    fn single(&mut self, kind: Kind) -> Kind {
        self.at += 1;
        kind
    }

    /// Takes what follows the word `eval` up to its closing bracket, which may hold what no list of words does.
    fn expression(&mut self, kind: Kind) -> Parsed<Kind> {
        let nested = matches!(
            self.tokens.last().map(|token| &token.kind),
            Some(Kind::Open | Kind::Operator(_))
        );
        let rest = &self.text[self.at..];
        let opens = rest.trim_start().starts_with('(');
        let is_eval = matches!(&kind, Kind::Word { text, quoted: false } if text.eq_ignore_ascii_case("eval"));
        if !(nested && opens && is_eval) {
            return Ok(kind);
        }
        let open = self.at + rest.len() - rest.trim_start().len();
        let mut depth = 0_usize;
        self.at = open;
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'"' | b'\'' => {
                    self.at = quoted_end(self.text, self.at)?;
                    continue;
                }
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(Kind::Eval(open + 1..self.at - 1));
            }
        }
        Err(wrong(
            "this bracket is not closed",
            &(open..open + 1),
            "opened here",
        ))
    }

    fn subsearch(&mut self) -> Parsed<Kind> {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'"' => {
                    self.at = quoted_end(self.text, self.at)?;
                    continue;
                }
                b'[' => depth += 1,
                b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(Kind::Subsearch);
            }
        }
        Err(wrong(
            "this subsearch is not closed",
            &(start..start + 1),
            "opened here",
        ))
    }

    /// A word may be put together of quoted and bare parts that touch: `*"a b"*`. A value may hold operators.
    fn word(&mut self, value: bool) -> Parsed<Kind> {
        let mut text = String::new();
        let mut quoted = false;
        let mut bare_from = self.at;
        loop {
            let rest = &self.text[self.at..];
            let Some(char) = rest.chars().next() else {
                break;
            };
            if char == '"' {
                text.push_str(&unescape(&self.text[bare_from..self.at]));
                let end = quoted_end(self.text, self.at)?;
                text.push_str(&unescape(&self.text[self.at + 1..end - 1]));
                quoted = true;
                self.at = end;
                bare_from = end;
                // A text in quotes that stands before an operator or another word ends there.
                if !self.text[self.at..].starts_with(['*', '"', '\\']) {
                    break;
                }
                continue;
            }
            // `*GetCurrent()*` is one word.
            if value && rest.starts_with("()") && self.at > bare_from {
                self.at += 2;
                continue;
            }
            let ends = char.is_whitespace()
                || matches!(char, '(' | ')' | ',' | '|')
                || (self.at > bare_from && starts_subsearch(rest))
                || (!value && operator(rest).is_some());
            if ends {
                break;
            }
            self.at += char.len_utf8();
        }
        text.push_str(&unescape(&self.text[bare_from..self.at]));
        if self.at == bare_from && text.is_empty() && !quoted {
            // A bar here is one inside brackets that the pipeline did not split at.
            self.at += 1;
            return Err(wrong(
                "a value is missing",
                &(bare_from..self.at),
                "before this",
            ));
        }
        Ok(Kind::Word { text, quoted })
    }
}

/// Whether a subsearch starts here, though it touches the word before it: `join dest[| tstats ...]`.
fn starts_subsearch(text: &str) -> bool {
    text.strip_prefix('[').is_some_and(|inside| {
        let inside = inside.trim_start();
        let named = inside.get(..7).unwrap_or_default();
        inside.starts_with('|') || named.eq_ignore_ascii_case("search ")
    })
}

fn operator(text: &str) -> Option<(Comparison, usize)> {
    let known = [
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("==", Comparison::Equal),
        ("=", Comparison::Equal),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    let found = known.into_iter().find(|(sign, _)| text.starts_with(sign));
    found.map(|(sign, comparison)| (comparison, sign.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let tokens = lex(text, &(0..text.len())).unwrap();
        tokens
            .iter()
            .map(|token| match &token.kind {
                Kind::Word { text, quoted: true } => format!("\"{text}\""),
                Kind::Word { text, .. } => text.clone(),
                Kind::Operator(operator) => operator.as_str().to_owned(),
                Kind::Open => "(".to_owned(),
                Kind::Close => ")".to_owned(),
                Kind::Comma => ",".to_owned(),
                Kind::Subsearch => "[]".to_owned(),
                Kind::Eval(_) => "eval()".to_owned(),
            })
            .collect()
    }

    #[test]
    fn words_and_operators() {
        assert_eq!(
            words(r#"a!=b c >= "d e",f IN (*g*,"h")"#),
            [
                "a", "!=", "b", "c", ">=", "\"d e\"", ",", "f", "IN", "(", "*g*", ",", "\"h\"", ")"
            ]
        );
        assert_eq!(words("process=*a=b&gt;c*"), ["process", "==", "*a=b&gt;c*"]);
        assert_eq!(words("x=*f()* (a)"), ["x", "==", "*f()*", "(", "a", ")"]);
        assert_eq!(words("x=[search a | fields b] y"), ["x", "==", "[]", "y"]);
        assert_eq!(
            words("dest[ | tstats a] x=a[0]"),
            ["dest", "[]", "x", "==", "a[0]"]
        );
        assert_eq!(
            words("count(eval('a)'=\"b(\")) eval (x)"),
            ["count", "(", "eval()", ")", "eval", "(", "x", ")"]
        );
    }

    #[test]
    fn backslashes() {
        assert_eq!(words(r#""a\\b""#), [r#""a\b""#]);
        assert_eq!(words(r#""a\b\"c\d+""#), [r#""a\b"c\d+""#]);
        assert_eq!(words(r"x=*\\Temp\a"), ["x", "==", r"*\Temp\a"]);
        assert_eq!(words(r#"x="*\\" y"#), ["x", "==", r#""*\""#, "y"]);
    }

    #[test]
    fn what_does_not_end_is_said() {
        for text in ["\"a", "x=[a", "\"a\\"] {
            assert!(lex(text, &(0..text.len())).is_err(), "{text}");
        }
    }
}
