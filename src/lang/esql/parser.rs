//! Tokens become a tree.
//!
//! A command that cannot be read is reported and skipped up to the next `|`, so that one reading finds the errors of
//! all commands.

mod command;
mod expression;

pub use expression::unit;

use super::lexer::{Kind, Token, lex};
use super::tree::{Name, Pipeline, Place};
use crate::lang::{CompileError, Diagnostic, Span};

/// Words with a meaning of their own, in any letter case; a field of such a name stands in backticks.
pub const KEYWORDS: &[&str] = &[
    "and", "as", "asc", "by", "desc", "false", "in", "is", "like", "metadata", "not", "null",
    "nulls", "on", "or", "rlike", "true", "where", "with",
];

/// How deep parentheses, `not`s and operators may nest, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 150;

/// Most commands of a query.
const MAX_COMMANDS: usize = 500;

/// Parses a query.
pub fn parse(text: &str) -> Result<Pipeline, CompileError> {
    let (tokens, errors) = lex(text);
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        depth: 0,
        errors,
    };
    let pipeline = parser.pipeline();
    match pipeline {
        Some(pipeline) if parser.errors.is_empty() => Ok(pipeline),
        _ => {
            let start = |error: &Diagnostic| error.labels.first().map(|label| label.span.start);
            parser.errors.sort_by_key(start);
            Err(parser.errors.into())
        }
    }
}

/// Errors are rare and large, so they travel in a box.
type Parsed<T> = Result<T, Box<Diagnostic>>;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    errors: Vec<Diagnostic>,
}

impl Parser<'_> {
    fn pipeline(&mut self) -> Option<Pipeline> {
        let source = self.source();
        let source = self.recover(source);
        let mut commands = Vec::new();
        while self.take_sign("|") {
            if commands.len() >= MAX_COMMANDS {
                self.errors.push(Diagnostic::error(
                    "E513",
                    "the query has too many commands",
                    self.token().span.clone(),
                    format!("more than {MAX_COMMANDS}"),
                ));
                break;
            }
            let command = self.command();
            commands.extend(self.recover(command));
        }
        Some(Pipeline {
            source: source?,
            commands,
        })
    }

    /// Keeps the error of a command and goes to its end.
    fn recover<T>(&mut self, result: Parsed<T>) -> Option<T> {
        let result = result.and_then(|read| {
            if self.at_end() {
                Ok(read)
            } else {
                self.unexpected("`|` or the end of the query")
            }
        });
        self.depth = 0;
        match result {
            Ok(read) => Some(read),
            Err(error) => {
                self.errors.push(*error);
                while !self.at_end() {
                    self.at += 1;
                }
                None
            }
        }
    }

    fn at_end(&self) -> bool {
        self.is_sign("|") || self.token().kind == Kind::End
    }

    fn token(&self) -> &Token {
        // The last token is the end, and nothing moves past it.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(&self.token().kind, Kind::Sign(found) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        is_word(&self.token().kind, word)
    }

    fn next_is(&self, kind: impl Fn(&Kind) -> bool) -> bool {
        self.tokens
            .get(self.at + 1)
            .is_some_and(|token| kind(&token.kind))
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn last_end(&self) -> usize {
        self.at
            .checked_sub(1)
            .map_or(0, |n| self.tokens[n].span.end)
    }

    fn place(&self, start: usize) -> Place {
        Place(start..self.last_end().max(start))
    }

    fn unexpected<T>(&self, wanted: &str) -> Parsed<T> {
        let token = self.token();
        let found = match &token.kind {
            Kind::Word(word) => format!("found `{word}`"),
            Kind::Quoted(name) => format!("found `{name}`"),
            Kind::Text(_) => "found a text".to_owned(),
            Kind::Number(number) => format!("found `{number}`"),
            Kind::Sign(sign) => format!("found `{sign}`"),
            Kind::End => "the query ends here".to_owned(),
        };
        let mut error = Diagnostic::error(
            "E510",
            format!("expected {wanted}"),
            token.span.clone(),
            found,
        );
        if self.is_sign("=") {
            error = error.help("equality is written `==`");
        }
        Err(Box::new(error))
    }

    fn expect_sign(&mut self, sign: &'static str) -> Parsed<()> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            self.unexpected(&format!("`{sign}`"))
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Box::new(Diagnostic::error(
                "E511",
                "the query nests too deep",
                self.token().span.clone(),
                format!("more than {MAX_DEPTH} levels"),
            )));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// One or more, with commas between them.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.take_sign(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// A dotted name whose parts may be quoted; keywords may stand in it after the first dot.
    fn name(&mut self) -> Parsed<Name> {
        let start = self.token().span.start;
        let mut text = String::new();
        loop {
            match &self.token().kind {
                Kind::Word(part) if !text.is_empty() || !is_keyword(part) => text.push_str(part),
                Kind::Quoted(part) => text.push_str(part),
                _ => return self.unexpected("a name"),
            }
            self.at += 1;
            if !self.take_sign(".") {
                return Ok(Name {
                    text,
                    span: self.place(start),
                });
            }
            text.push('.');
        }
    }

    /// Returns whether a `*` follows without a space: `is*` is a pattern, though `is` is a keyword.
    fn star_touches(&self) -> bool {
        self.tokens.get(self.at + 1).is_some_and(|next| {
            next.kind == Kind::Sign("*") && next.span.start == self.token().span.end
        })
    }

    /// A name in which `*` may stand for any text; its pieces touch one another.
    fn pattern(&mut self) -> Parsed<Name> {
        let start = self.token().span.start;
        let mut text = String::new();
        loop {
            match &self.token().kind {
                Kind::Word(part)
                    if !text.is_empty() || !is_keyword(part) || self.star_touches() =>
                {
                    text.push_str(part);
                }
                Kind::Quoted(part) => text.push_str(part),
                Kind::Sign(sign @ ("." | "*" | "-")) if *sign == "*" || !text.is_empty() => {
                    text.push_str(sign);
                }
                _ => return self.unexpected("a name"),
            }
            self.at += 1;
            let touches = self.token().span.start == self.last_end();
            let goes_on = touches
                && match &self.token().kind {
                    Kind::Word(_) | Kind::Quoted(_) => true,
                    Kind::Sign(sign) => matches!(*sign, "." | "*" | "-"),
                    _ => false,
                };
            if !goes_on {
                return Ok(Name {
                    text,
                    span: self.place(start),
                });
            }
        }
    }

    /// The text between two places, in one line.
    fn written(&self, span: &Span) -> String {
        let text = self.text.get(span.clone()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn is_word(kind: &Kind, word: &str) -> bool {
    matches!(kind, Kind::Word(found) if found.eq_ignore_ascii_case(word))
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS
        .iter()
        .any(|keyword| keyword.eq_ignore_ascii_case(word))
}
