//! Tokens become a search expression.

use super::super::lexer::{Kind, Token};
use super::super::problem::{Parsed, not_runnable, wrong};
use super::{Node, Word};
use crate::lang::{Diagnostic, Span};

/// Most brackets and `NOT`s in each other.
const MAX_DEPTH: usize = 200;

/// Reads tokens one after the other.
#[derive(Debug)]
pub struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    /// Where the text ends, for findings about what is missing.
    end: usize,
    depth: usize,
    /// Bare word that ends the expression, like `by`.
    stop: Option<&'static str>,
    pub warnings: Vec<Diagnostic>,
}

/// Parses an expression that covers all `tokens`; none gives `None`.
pub fn parse(tokens: &[Token], end: usize) -> Parsed<(Option<Node>, Vec<Diagnostic>)> {
    if tokens.is_empty() {
        return Ok((None, Vec::new()));
    }
    let mut parser = Parser::new(tokens, end, None);
    let node = parser.expression()?;
    if let Some(token) = parser.peek() {
        return Err(wrong("this bracket closes nothing", &token.span, "here"));
    }
    Ok((Some(node), parser.warnings))
}

impl<'a> Parser<'a> {
    /// Returns a parser of `tokens` that stops at the bare word `stop`.
    #[must_use]
    pub const fn new(tokens: &'a [Token], end: usize, stop: Option<&'static str>) -> Self {
        Self {
            tokens,
            at: 0,
            end,
            depth: 0,
            stop,
            warnings: Vec::new(),
        }
    }

    /// Returns how many tokens were read.
    #[must_use]
    pub const fn read(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn here(&self) -> Span {
        match self.peek() {
            Some(token) => token.span.clone(),
            None => self.end.saturating_sub(1)..self.end,
        }
    }

    /// Whether the next token ends a list of conditions.
    fn at_end(&self) -> bool {
        match self.peek() {
            None => true,
            Some(token) => {
                token.kind == Kind::Close
                    || self
                        .stop
                        .is_some_and(|stop| self.depth == 0 && token.is_keyword(stop))
            }
        }
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.peek().and_then(Token::bare) == Some(word);
        if found {
            self.at += 1;
        }
        found
    }

    /// Conditions side by side, all of which must hold.
    pub fn expression(&mut self) -> Parsed<Node> {
        let mut parts = vec![self.alternatives()?];
        loop {
            while matches!(self.peek().map(|token| &token.kind), Some(Kind::Comma)) {
                self.at += 1;
            }
            if self.at_end() {
                break;
            }
            self.eat("AND");
            parts.push(self.alternatives()?);
        }
        Ok(one_or(parts, Node::And))
    }

    fn alternatives(&mut self) -> Parsed<Node> {
        let mut parts = vec![self.condition()?];
        while self.eat("OR") {
            parts.push(self.condition()?);
        }
        Ok(one_or(parts, Node::Or))
    }

    fn condition(&mut self) -> Parsed<Node> {
        if self.at_end() {
            return Err(wrong(
                "a condition is missing",
                &self.here(),
                "expected here",
            ));
        }
        if self.eat("NOT") {
            let inner = self.nested(Self::condition)?;
            return Ok(Node::Not(Box::new(inner)));
        }
        let Some(token) = self.peek() else {
            return Err(wrong(
                "a condition is missing",
                &self.here(),
                "expected here",
            ));
        };
        self.at += 1;
        match &token.kind {
            Kind::Open => {
                let inner = self.nested(Self::expression)?;
                self.close(&token.span)?;
                Ok(inner)
            }
            Kind::Subsearch => Err(not_runnable("subsearch", &token.span)),
            Kind::Word { text, quoted } => {
                if !quoted && matches!(text.as_str(), "AND" | "OR") {
                    let message = format!("`{text}` needs a condition on both sides");
                    return Err(wrong(message, &token.span, "nothing stands before it"));
                }
                self.after_word(token, text)
            }
            Kind::Operator(_) | Kind::Comma | Kind::Close | Kind::Eval(_) => Err(wrong(
                "a field is missing",
                &token.span,
                "expected before this",
            )),
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Parsed<Node>) -> Parsed<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(wrong("brackets are nested too deep", &self.here(), "here"));
        }
        let node = inner(self)?;
        self.depth -= 1;
        Ok(node)
    }

    fn close(&mut self, opened: &Span) -> Parsed<()> {
        if self.peek().map(|token| &token.kind) == Some(&Kind::Close) {
            self.at += 1;
            return Ok(());
        }
        Err(wrong("this bracket is not closed", opened, "opened here"))
    }

    fn after_word(&mut self, token: &Token, text: &str) -> Parsed<Node> {
        let field = Word {
            text: text.to_owned(),
            span: token.span.clone(),
        };
        match self.peek().map(|next| &next.kind) {
            Some(Kind::Operator(operator)) => {
                self.at += 1;
                let value = self.value()?;
                Ok(Node::Compare {
                    field,
                    operator: *operator,
                    value,
                })
            }
            Some(Kind::Word {
                text: word,
                quoted: false,
            }) if word.eq_ignore_ascii_case("in") && self.opens_after(1) => {
                self.at += 2;
                let values = self.values(&token.span)?;
                Ok(Node::In { field, values })
            }
            Some(Kind::Word {
                text: word,
                quoted: false,
            }) if word == "NOT"
                && self
                    .tokens
                    .get(self.at + 1)
                    .is_some_and(|next| next.is_keyword("in"))
                && self.opens_after(2) =>
            {
                self.at += 3;
                let values = self.values(&token.span)?;
                Ok(Node::Not(Box::new(Node::In { field, values })))
            }
            Some(Kind::Open) if matches!(token.bare(), Some("TERM" | "CASE")) => {
                self.at += 1;
                let mut values = self.values(&token.span)?;
                match (values.pop(), values.is_empty()) {
                    (Some(term), true) if text == "TERM" => Ok(Node::Term(term)),
                    (Some(term), true) => Ok(Node::Exact(term)),
                    _ => Err(wrong(format!("{text} takes one text"), &token.span, "here")),
                }
            }
            _ => {
                if let Some(word @ ("and" | "or" | "not")) = token.bare() {
                    self.warnings.push(
                        Diagnostic::warning(
                            "E310",
                            format!("`{word}` in small letters is a text to look for, no operator"),
                            token.span.clone(),
                            "read as a text",
                        )
                        .help(format!("write `{}`", word.to_uppercase())),
                    );
                }
                Ok(Node::Term(field))
            }
        }
    }

    fn opens_after(&self, tokens: usize) -> bool {
        self.tokens
            .get(self.at + tokens)
            .is_some_and(|token| token.kind == Kind::Open)
    }

    fn value(&mut self) -> Parsed<Word> {
        match self.peek() {
            Some(Token {
                kind: Kind::Word { text, .. },
                span,
            }) => {
                self.at += 1;
                Ok(Word {
                    text: text.clone(),
                    span: span.clone(),
                })
            }
            Some(Token {
                kind: Kind::Subsearch,
                span,
            }) => Err(not_runnable("subsearch", span)),
            _ => Err(wrong("a value is missing", &self.here(), "expected here")),
        }
    }

    /// Values up to the closing bracket; the opening one is read.
    fn values(&mut self, opened: &Span) -> Parsed<Vec<Word>> {
        let mut values = Vec::new();
        loop {
            match self.peek().map(|token| &token.kind) {
                Some(Kind::Comma) => self.at += 1,
                Some(Kind::Close) | None => break,
                Some(Kind::Word { .. } | Kind::Subsearch) => values.push(self.value()?),
                Some(_) => return Err(wrong("a list takes values only", &self.here(), "here")),
            }
        }
        self.close(opened)?;
        if values.is_empty() {
            return Err(wrong("this list is empty", opened, "here"));
        }
        Ok(values)
    }
}

fn one_or(mut parts: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    if parts.len() == 1 {
        parts.swap_remove(0)
    } else {
        many(parts)
    }
}
