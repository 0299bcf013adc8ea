//! Tokens become a tree.
//!
//! Operators bind in this order: unary, `* / %`, `+ -`, `.`, comparisons, `NOT`, `AND`, `OR`, `XOR`.

use super::super::problem::{Parsed, wrong};
use super::lexer::{Kind as Token, lex};
use super::{Kind, Node, lexer};
use crate::lang::Span;
use crate::lang::ir::Comparison;
use crate::lang::ir::expr::Arithmetic;

/// Most brackets, calls and unary operators in each other.
const MAX_DEPTH: usize = 100;

/// Parses an expression that covers `span` of `text`.
pub fn parse(text: &str, span: &Span) -> Parsed<Node> {
    let tokens = lex(text, span)?;
    let mut parser = Parser::new(&tokens, span);
    let node = parser.whole()?;
    parser.finish()?;
    Ok(node)
}

/// Parses `a = expression, b = expression`.
pub fn assignments(text: &str, span: &Span) -> Parsed<Vec<(String, Span, Node)>> {
    let tokens = lex(text, span)?;
    let mut parser = Parser::new(&tokens, span);
    let mut all = Vec::new();
    loop {
        let at = parser.here();
        let name = match parser.next().map(|token| &token.kind) {
            Some(Token::Word(name) | Token::Field(name) | Token::Text(name)) => name.clone(),
            _ => {
                return Err(wrong(
                    "the name of a column is missing",
                    &at,
                    "expected here",
                ));
            }
        };
        let mut name = name;
        parser.rest_of_name(&mut name);
        if !parser.sign("=") {
            return Err(wrong("`=` is missing", &parser.here(), "expected here"));
        }
        all.push((name, at, parser.whole()?));
        if !parser.sign(",") || parser.peek().is_none() {
            break;
        }
    }
    parser.finish()?;
    Ok(all)
}

struct Parser<'a> {
    tokens: &'a [lexer::Token],
    at: usize,
    end: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    const fn new(tokens: &'a [lexer::Token], span: &Span) -> Self {
        Self {
            tokens,
            at: 0,
            end: span.end,
            depth: 0,
        }
    }

    fn peek(&self) -> Option<&'a lexer::Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'a lexer::Token> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    fn here(&self) -> Span {
        match self.peek() {
            Some(token) => token.span.clone(),
            None => self.end.saturating_sub(1)..self.end,
        }
    }

    fn finish(&self) -> Parsed<()> {
        match self.peek() {
            None => Ok(()),
            Some(token) => Err(wrong(
                "the expression ends before this",
                &token.span,
                "here",
            )),
        }
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek().map(|t| &t.kind), Some(Token::Sign(one)) if *one == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek().map(|t| &t.kind), Some(Token::Word(one)) if one.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    /// A name without quotes that is set may have points and dashes.
    fn rest_of_name(&mut self, name: &mut String) {
        while let [sign, rest, ..] = &self.tokens[self.at..]
            && let Token::Sign(joint @ ("." | "-")) = sign.kind
            && let Token::Word(word) = &rest.kind
        {
            name.push_str(joint);
            name.push_str(word);
            self.at += 2;
        }
    }

    fn whole(&mut self) -> Parsed<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(wrong(
                "the expression is nested too deep",
                &self.here(),
                "here",
            ));
        }
        let mut node = self.or()?;
        while self.word("XOR") {
            let right = self.or()?;
            node = join(node, right, Kind::Xor);
        }
        self.depth -= 1;
        Ok(node)
    }

    fn or(&mut self) -> Parsed<Node> {
        let mut parts = vec![self.and()?];
        while self.word("OR") {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Kind::Or))
    }

    fn and(&mut self) -> Parsed<Node> {
        let mut parts = vec![self.not()?];
        while self.word("AND") {
            parts.push(self.not()?);
        }
        Ok(one_or(parts, Kind::And))
    }

    fn not(&mut self) -> Parsed<Node> {
        let start = self.here().start;
        if !self.word("NOT") {
            return self.comparison();
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(wrong(
                "the expression is nested too deep",
                &self.here(),
                "here",
            ));
        }
        let inner = self.not()?;
        self.depth -= 1;
        let span = start..inner.span.end;
        Ok(Node {
            kind: Kind::Not(Box::new(inner)),
            span,
        })
    }

    fn comparison(&mut self) -> Parsed<Node> {
        let left = self.joined()?;
        if self.word("LIKE") {
            let right = self.joined()?;
            return Ok(join(left, right, Kind::Like));
        }
        let negated = matches!(self.peek().map(|t| &t.kind), Some(Token::Word(w)) if w.eq_ignore_ascii_case("not"))
            && matches!(self.tokens.get(self.at + 1).map(|t| &t.kind), Some(Token::Word(w)) if w.eq_ignore_ascii_case("in"));
        self.at += usize::from(negated);
        if self.word("IN") {
            if !self.sign("(") {
                return Err(wrong("`(` is missing", &self.here(), "expected here"));
            }
            let (list, end) = self.list()?;
            let span = left.span.start..end;
            let kind = Kind::In(Box::new(left), list);
            let found = Node {
                kind,
                span: span.clone(),
            };
            let kind = if negated {
                Kind::Not(Box::new(found))
            } else {
                return Ok(found);
            };
            return Ok(Node { kind, span });
        }
        let operator = match self.peek().map(|token| &token.kind) {
            Some(Token::Sign("=" | "==")) => Comparison::Equal,
            Some(Token::Sign("!=")) => Comparison::NotEqual,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::LessOrEqual,
            Some(Token::Sign(">")) => Comparison::Greater,
            Some(Token::Sign(">=")) => Comparison::GreaterOrEqual,
            _ => return Ok(left),
        };
        self.at += 1;
        let right = self.joined()?;
        Ok(join(left, right, |l, r| Kind::Compare(operator, l, r)))
    }

    fn joined(&mut self) -> Parsed<Node> {
        let mut node = self.sum()?;
        while self.sign(".") {
            let right = self.sum()?;
            node = join(node, right, |l, r| Kind::Arithmetic(Arithmetic::Join, l, r));
        }
        Ok(node)
    }

    fn sum(&mut self) -> Parsed<Node> {
        let mut node = self.product()?;
        loop {
            let operator = if self.sign("+") {
                Arithmetic::AddOrJoin
            } else if self.sign("-") {
                Arithmetic::Subtract
            } else {
                return Ok(node);
            };
            let right = self.product()?;
            node = join(node, right, |l, r| Kind::Arithmetic(operator, l, r));
        }
    }

    fn product(&mut self) -> Parsed<Node> {
        let mut node = self.unary()?;
        loop {
            let operator = if self.sign("*") {
                Arithmetic::Multiply
            } else if self.sign("/") {
                Arithmetic::Divide
            } else if self.sign("%") {
                Arithmetic::Modulo
            } else {
                return Ok(node);
            };
            let right = self.unary()?;
            node = join(node, right, |l, r| Kind::Arithmetic(operator, l, r));
        }
    }

    fn unary(&mut self) -> Parsed<Node> {
        let start = self.here().start;
        if !self.sign("-") {
            return self.primary();
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(wrong(
                "the expression is nested too deep",
                &self.here(),
                "here",
            ));
        }
        let inner = self.unary()?;
        self.depth -= 1;
        let span = start..inner.span.end;
        Ok(Node {
            kind: Kind::Negative(Box::new(inner)),
            span,
        })
    }

    fn primary(&mut self) -> Parsed<Node> {
        let Some(token) = self.next() else {
            return Err(wrong("a value is missing", &self.here(), "expected here"));
        };
        let span = token.span.clone();
        let kind = match &token.kind {
            Token::Number(number) => Kind::Number(*number),
            Token::Text(text) => Kind::Text(text.clone()),
            Token::Sign("(") => {
                let inner = self.whole()?;
                if !self.sign(")") {
                    return Err(wrong("this bracket is not closed", &span, "opened here"));
                }
                return Ok(inner);
            }
            Token::Word(name) if self.sign("(") => {
                let (arguments, end) = self.list()?;
                return Ok(Node {
                    kind: Kind::Call(name.clone(), arguments),
                    span: span.start..end,
                });
            }
            Token::Word(name) | Token::Field(name) => Kind::Field(name.clone()),
            Token::Sign(_) => {
                self.at -= 1;
                return Err(wrong("a value is missing", &span, "expected before this"));
            }
        };
        Ok(Node { kind, span })
    }

    /// Expressions up to the closing bracket; returns where it ends.
    fn list(&mut self) -> Parsed<(Vec<Node>, usize)> {
        let mut list = Vec::new();
        loop {
            let end = self.here().end;
            if self.sign(")") {
                return Ok((list, end));
            }
            if !list.is_empty() && !self.sign(",") {
                return Err(wrong(
                    "`,` or `)` is missing",
                    &self.here(),
                    "expected here",
                ));
            }
            list.push(self.whole()?);
        }
    }
}

fn join(left: Node, right: Node, kind: impl FnOnce(Box<Node>, Box<Node>) -> Kind) -> Node {
    let span = left.span.start..right.span.end;
    Node {
        kind: kind(Box::new(left), Box::new(right)),
        span,
    }
}

fn one_or(mut parts: Vec<Node>, many: fn(Vec<Node>) -> Kind) -> Node {
    if parts.len() == 1 {
        return parts.swap_remove(0);
    }
    let start = parts.first().map_or(0, |part| part.span.start);
    let end = parts.last().map_or(0, |part| part.span.end);
    Node {
        kind: many(parts),
        span: start..end,
    }
}
