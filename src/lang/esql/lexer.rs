//! ES|QL text becomes tokens.

use crate::lang::ir::Number;
use crate::lang::{Diagnostic, Span};

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A keyword in any letter case, a name or part of one.
    Word(String),
    /// `` `name` ``
    Quoted(String),
    Text(String),
    Number(Number),
    /// `==`, `(`, `::`, ...
    Sign(&'static str),
    End,
}

/// Signs, longer ones ahead of their prefixes.
const SIGNS: &[&str] = &[
    "::", "==", "!=", "<=", ">=", "<", ">", "=", ":", "(", ")", "[", "]", "{", "}", ",", ".", "?",
    "+", "-", "*", "/", "%", "|",
];

/// Splits `text`; the last token is [`Kind::End`]. Goes on after an error, so that all of them are found.
pub fn lex(text: &str) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut lexer = Lexer {
        text,
        at: 0,
        tokens: Vec::new(),
        errors: Vec::new(),
    };
    while lexer.at < text.len() {
        lexer.step();
    }
    lexer.push(text.len(), Kind::End);
    (lexer.tokens, lexer.errors)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    errors: Vec<Diagnostic>,
}

/// Whether `char` may stand in a name.
pub fn is_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '@')
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, start: usize, kind: Kind) {
        self.tokens.push(Token {
            kind,
            span: start..self.at,
        });
    }

    fn step(&mut self) {
        let (start, rest) = (self.at, self.rest());
        let Some(first) = rest.chars().next() else {
            return;
        };
        if first.is_whitespace() {
            self.at += first.len_utf8();
        } else if rest.starts_with("//") {
            self.at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            self.comment();
        } else if rest.starts_with("\"\"\"") {
            self.raw_text();
        } else if first == '"' {
            self.text_literal();
        } else if first == '`' {
            self.quoted_name();
        } else if first.is_ascii_digit() {
            self.number();
        } else if is_word(first) {
            self.at += rest.find(|char| !is_word(char)).unwrap_or(rest.len());
            self.push(start, Kind::Word(self.text[start..self.at].to_owned()));
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.at += sign.len();
            self.push(start, Kind::Sign(sign));
        } else {
            self.at += first.len_utf8();
            let mut error = Diagnostic::error(
                "E501",
                format!("`{first}` has no meaning in ES|QL"),
                start..self.at,
                "not expected here",
            );
            if first == '\'' {
                error = error.help("texts stand in double quotes");
            }
            self.errors.push(error);
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        if let Some(length) = self.rest()[2..].find("*/") {
            self.at += length + 4;
            return;
        }
        self.at = self.text.len();
        self.errors.push(
            Diagnostic::error(
                "E502",
                "the comment is not closed",
                start..start + 2,
                "opened here",
            )
            .help("end it with `*/`"),
        );
    }

    fn raw_text(&mut self) {
        let start = self.at;
        let body = &self.rest()[3..];
        let Some(mut length) = body.find("\"\"\"") else {
            self.unclosed(start, 3, "\"\"\"", self.text.len());
            return;
        };
        // Up to two more quotes belong to the text: `"""a"""""` is `a""`.
        for _ in 0..2 {
            length += usize::from(body[length + 3..].starts_with('"'));
        }
        self.at = start + 3 + length + 3;
        self.push(start, Kind::Text(body[..length].to_owned()));
    }

    fn text_literal(&mut self) {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.rest()[1..].char_indices();
        while let Some((n, char)) = chars.next() {
            let place = start + 1 + n;
            match char {
                '"' => {
                    self.at = place + 1;
                    self.push(start, Kind::Text(value));
                    return;
                }
                '\n' | '\r' => break,
                '\\' => match chars.next() {
                    Some((_, 't')) => value.push('\t'),
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, 'r')) => value.push('\r'),
                    Some((_, kept @ ('"' | '\\'))) => value.push(kept),
                    Some((_, other)) => self.errors.push(
                        Diagnostic::error(
                            "E504",
                            format!("`\\{other}` is no escape"),
                            place..place + 1 + other.len_utf8(),
                            "unknown escape",
                        )
                        .help("write `\\\\` for a backslash, or use a raw text: \"\"\"...\"\"\""),
                    ),
                    None => break,
                },
                other => value.push(other),
            }
        }
        let line = self
            .rest()
            .find('\n')
            .map_or(self.text.len(), |n| start + n);
        self.unclosed(start, 1, "\"", line);
    }

    fn quoted_name(&mut self) {
        let start = self.at;
        let mut name = String::new();
        let mut rest = &self.rest()[1..];
        while let Some(length) = rest.find('`') {
            name.push_str(&rest[..length]);
            rest = &rest[length + 1..];
            // Two in a row stand for one.
            if let Some(more) = rest.strip_prefix('`') {
                name.push('`');
                rest = more;
            } else {
                self.at = self.text.len() - rest.len();
                self.push(start, Kind::Quoted(name));
                return;
            }
        }
        let line = self
            .rest()
            .find('\n')
            .map_or(self.text.len(), |n| start + n);
        self.unclosed(start, 1, "`", line);
    }

    fn unclosed(&mut self, start: usize, width: usize, end: &str, resume: usize) {
        self.at = resume;
        self.errors.push(
            Diagnostic::error(
                "E503",
                "the text is not closed",
                start..start + width,
                "opened here",
            )
            .help(format!("end it with `{end}`")),
        );
    }

    fn number(&mut self) {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        self.at = digits(start);
        if bytes.get(self.at) == Some(&b'.')
            && bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit)
        {
            self.at = digits(self.at + 1);
        }
        if matches!(bytes.get(self.at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(self.at + 1), Some(b'+' | b'-')));
            let end = digits(self.at + 1 + sign);
            if end > self.at + 1 + sign {
                self.at = end;
            }
        }
        match Number::parse(&self.text[start..self.at]) {
            Some(number) => self.push(start, Kind::Number(number)),
            None => self.errors.push(Diagnostic::error(
                "E505",
                "the number is too large",
                start..self.at,
                "this number",
            )),
        }
    }
}
