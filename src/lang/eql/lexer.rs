//! EQL text becomes tokens.

use crate::lang::ir::Number;
use crate::lang::{Diagnostic, Span};

/// Words with a meaning of their own; always lower case.
pub const KEYWORDS: &[&str] = &[
    "and", "any", "by", "false", "in", "join", "like", "maxspan", "not", "null", "of", "or",
    "regex", "sample", "sequence", "true", "until", "where", "with",
];

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A word: keyword, name or part of one.
    Word(String),
    /// `` `name` ``
    Quoted(String),
    Text(String),
    Number(Number),
    /// `==`, `(`, `?`, ...
    Sign(&'static str),
    End,
}

/// Signs, longer ones ahead of their prefixes.
const SIGNS: &[&str] = &[
    "==", "!=", "<=", ">=", "<", ">", "=", "!", ":", "(", ")", "[", "]", ",", ".", "?", "~", "+",
    "-", "*", "/", "%", "|",
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
        } else if first == '\'' {
            self.old_text();
        } else if first == '`' {
            self.quoted_name();
        } else if first.is_ascii_digit() || (first == '.' && starts_with_digit(&rest[1..])) {
            self.number();
        } else if first.is_alphabetic() || first == '_' || first == '@' {
            let word = |char: char| char.is_alphanumeric() || char == '_' || char == '@';
            self.at += rest.find(|char| !word(char)).unwrap_or(rest.len());
            self.push(start, Kind::Word(self.text[start..self.at].to_owned()));
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.at += sign.len();
            self.push(start, Kind::Sign(sign));
        } else {
            self.at += first.len_utf8();
            self.errors.push(Diagnostic::error(
                "E101",
                format!("`{first}` has no meaning in EQL"),
                start..self.at,
                "not expected here",
            ));
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        if let Some(length) = self.rest()[2..].find("*/") {
            self.at += length + 4;
        } else {
            self.at = self.text.len();
            self.errors.push(
                Diagnostic::error(
                    "E102",
                    "the comment is not closed",
                    start..start + 2,
                    "opened here",
                )
                .help("end it with `*/`"),
            );
        }
    }

    fn raw_text(&mut self) {
        let start = self.at;
        let body = &self.rest()[3..];
        let Some(mut length) = body.find("\"\"\"") else {
            self.unclosed(start, 3, "\"\"\"");
            return;
        };
        // Up to two more quotes belong to the text: `"""a"""""` ends in `""`.
        while body[length + 3..].starts_with('"') && length < body.len() {
            length += 1;
        }
        self.at = start + 3 + length + 3;
        self.push(start, Kind::Text(body[..length].to_owned()));
    }

    fn unclosed(&mut self, start: usize, width: usize, end: &str) {
        let line = self.text[start..].find('\n');
        self.at = line.map_or(self.text.len(), |length| start + length);
        self.errors.push(
            Diagnostic::error(
                "E103",
                "the text is not closed",
                start..start + width,
                "opened here",
            )
            .help(format!("end it with `{end}` on the same line")),
        );
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
                '\\' => match self.escape(place, &mut value) {
                    0 => break,
                    length => {
                        for _ in 1..self.text[place..place + length].chars().count() {
                            chars.next();
                        }
                    }
                },
                other => value.push(other),
            }
        }
        self.unclosed(start, 1, "\"");
    }

    /// Reads the escape at `place` and returns its length, or 0 when the text ends in it.
    fn escape(&mut self, place: usize, value: &mut String) -> usize {
        let rest = &self.text[place + 1..];
        let Some(kind) = rest.chars().next() else {
            return 0;
        };
        match kind {
            'b' => value.push('\u{8}'),
            't' => value.push('\t'),
            'n' => value.push('\n'),
            'f' => value.push('\u{c}'),
            'r' => value.push('\r'),
            '"' | '\'' | '\\' => value.push(kind),
            'u' => return self.unicode_escape(place, value),
            '\n' | '\r' => return 0,
            other => {
                let length = 1 + other.len_utf8();
                self.errors.push(
                    Diagnostic::error(
                        "E104",
                        format!("`\\{other}` is no escape"),
                        place..place + length,
                        "unknown escape",
                    )
                    .help("write `\\\\` for a backslash, or use a raw text: \"\"\"...\"\"\""),
                );
                return length;
            }
        }
        2
    }

    fn unicode_escape(&mut self, place: usize, value: &mut String) -> usize {
        let rest = &self.text[place + 2..];
        let braced = rest.strip_prefix('{').and_then(|body| {
            let length = body.find('}')?;
            Some((&body[..length], length + 4))
        });
        let (digits, length) = braced.unwrap_or_else(|| (rest.get(..4).unwrap_or(""), 6));
        let hex = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let char = u32::from_str_radix(digits, 16)
            .ok()
            .and_then(char::from_u32);
        if let (true, Some(char)) = (hex, char) {
            value.push(char);
            return length;
        }
        self.errors.push(
            Diagnostic::error(
                "E105",
                "this is no character",
                place..place + 2,
                "unknown character",
            )
            .help("write its number in hexadecimal: `\\u{200f}`"),
        );
        2
    }

    fn old_text(&mut self) {
        let start = self.at;
        let length = self.rest()[1..].find('\'').map_or(1, |length| length + 2);
        self.at += length;
        self.errors.push(
            Diagnostic::error(
                "E106",
                "EQL texts stand in double quotes",
                start..self.at,
                "single quotes",
            )
            .help("write \"...\""),
        );
        self.push(start, Kind::Text(String::new()));
    }

    /// `` `name` ``, in which two backticks stand for one.
    fn quoted_name(&mut self) {
        let start = self.at;
        let mut name = String::new();
        let mut rest = &self.text[start + 1..];
        loop {
            let Some(length) = rest.find('`') else {
                self.unclosed(start, 1, "`");
                return;
            };
            name.push_str(&rest[..length]);
            rest = &rest[length + 1..];
            if !rest.starts_with('`') {
                break;
            }
            name.push('`');
            rest = &rest[1..];
        }
        self.at = self.text.len() - rest.len();
        self.push(start, Kind::Quoted(name));
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
        if bytes.get(self.at) == Some(&b'.') && starts_with_digit(&self.text[self.at + 1..]) {
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
                "E107",
                "the number is too large",
                start..self.at,
                "this number",
            )),
        }
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_digit)
}
