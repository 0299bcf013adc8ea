//! A condition's text becomes words and brackets.

use crate::lang::{Diagnostic, Span};

/// A token and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Word(String),
    Open,
    Close,
    /// `|`: what follows is an aggregation of Sigma 1.
    Pipe,
    End,
}

/// Splits `text`; the last token is [`Kind::End`]. Goes on after an error, so that all of them are found.
pub fn lex(text: &str) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut tokens = Vec::new();
    let mut errors = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let kind = match char {
            '(' => Kind::Open,
            ')' => Kind::Close,
            '|' => {
                tokens.push(Token {
                    kind: Kind::Pipe,
                    span: at..text.len(),
                });
                break;
            }
            char if char.is_whitespace() => continue,
            char if in_word(char) => {
                let mut end = at + char.len_utf8();
                while let Some((next, char)) = chars.next_if(|(_, char)| in_word(*char)) {
                    end = next + char.len_utf8();
                }
                let word = text[at..end].to_owned();
                tokens.push(Token {
                    kind: Kind::Word(word),
                    span: at..end,
                });
                continue;
            }
            other => {
                let shown = crate::text::visible(
                    other.encode_utf8(&mut [0; 4]),
                    crate::text::Marks::default(),
                )
                .into_owned();
                let error = Diagnostic::error(
                    "E601",
                    format!("a condition has no `{shown}`"),
                    at..at + other.len_utf8(),
                    "not understood",
                );
                errors.push(error.help(
                    "it has names of searches, `and`, `or`, `not`, `1 of`, `all of` and brackets",
                ));
                continue;
            }
        };
        tokens.push(Token {
            kind,
            span: at..at + 1,
        });
    }
    tokens.push(Token {
        kind: Kind::End,
        span: text.len()..text.len(),
    });
    (tokens, errors)
}

/// Letters of a search's name or of a pattern.
pub fn in_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '*')
}
