//! Tokens of an expression.

use super::super::lexer::{quoted_end, unescape};
use super::super::problem::{Parsed, wrong};
use crate::lang::Span;
use crate::lang::ir::Number;
use crate::lang::ir::table::Each;

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Number(Number),
    /// In double quotes.
    Text(String),
    /// A bare word, perhaps an operator or a function.
    Word(String),
    /// In single quotes: a field, whatever its name.
    Field(String),
    /// `= == != < <= > >= + - * / % . ( ) ,`
    Sign(&'static str),
}

const SIGNS: [&str; 16] = [
    "==", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", ".", "(", ")", ",",
];

/// Lexes `span` of `text`.
pub fn lex(text: &str, span: &Span) -> Parsed<Vec<Token>> {
    let text = &text[..span.end];
    let mut at = span.start;
    let mut tokens: Vec<Token> = Vec::new();
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let (kind, length) = if first == '"' || first == '\'' {
            let end = quoted_end(text, at)?;
            let inner = unescape(&text[at + 1..end - 1]);
            let kind = if first == '"' {
                Kind::Text(inner)
            } else {
                Kind::Field(inner)
            };
            (kind, end - at)
        } else if let Some(found) = number(rest) {
            found
        } else if let length @ 1.. = word_length(rest) {
            (Kind::Word(rest[..length].to_owned()), length)
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            (Kind::Sign(sign), sign.len())
        } else if rest.starts_with('[') {
            let span = at..text.len();
            return Err(super::super::problem::not_runnable("subsearch", &span));
        } else {
            let span = at..at + first.len_utf8();
            return Err(wrong("no expression holds this character", &span, "here"));
        };
        tokens.push(Token {
            kind,
            span: at..at + length,
        });
        at += length;
    }
}

/// Returns whether `text` is one word without quotes.
pub fn is_plain(text: &str) -> bool {
    !text.is_empty() && word_length(text) == text.len() && number(text).is_none()
}

/// How long the word is that `text` starts with, the signs for `foreach`'s column being part of words.
fn word_length(text: &str) -> usize {
    let mut length = 0;
    loop {
        let rest = &text[length..];
        let sign = [Each::FIELD, Each::MATCHED]
            .into_iter()
            .find(|sign| rest.starts_with(sign));
        if let Some(sign) = sign {
            length += sign.len();
            continue;
        }
        match rest.chars().next() {
            Some(char) if is_word(char) => length += char.len_utf8(),
            _ => return length,
        }
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '{' | '}' | ':' | '@' | '$' | '#')
}

/// A number starts with a digit, or with a point before one, and ends where no word goes on.
fn number(text: &str) -> Option<(Kind, usize)> {
    let digits = text.strip_prefix('.').unwrap_or(text);
    if !digits.starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let mut length = text
        .find(|char: char| !(char.is_ascii_digit() || char == '.'))
        .unwrap_or(text.len());
    // `1.` joins a text.
    if text[..length].ends_with('.') {
        length -= 1;
    }
    if text[length..].starts_with(is_word) {
        return None;
    }
    let padded = format!("0{}", &text[..length]);
    let spelled = if text.starts_with('.') {
        padded.as_str()
    } else {
        &text[..length]
    };
    Number::parse(spelled).map(|number| (Kind::Number(number), length))
}
