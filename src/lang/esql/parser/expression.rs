//! Expressions, from the loosest operator to the tightest.

use super::{Parsed, Parser, is_keyword, is_word};
use crate::lang::esql::lexer::Kind;
use crate::lang::esql::tree::{Expr, Node, Operator};
use crate::lang::ir::{Comparison, Number};

/// Units of time, each in the spellings that ES|QL knows.
pub const UNITS: &[(&str, &[&str])] = &[
    ("millisecond", &["millisecond", "milliseconds", "ms"]),
    ("second", &["second", "seconds", "sec", "s"]),
    ("minute", &["minute", "minutes", "min", "m"]),
    ("hour", &["hour", "hours", "h"]),
    ("day", &["day", "days", "d"]),
    ("week", &["week", "weeks", "w"]),
    ("month", &["month", "months", "mo"]),
    ("quarter", &["quarter", "quarters", "q"]),
    ("year", &["year", "years", "yr", "y"]),
];

/// Returns the unit's first spelling.
pub fn unit(word: &str) -> Option<&'static str> {
    let (unit, _) = UNITS.iter().find(|(_, spellings)| {
        spellings
            .iter()
            .any(|spelling| spelling.eq_ignore_ascii_case(word))
    })?;
    Some(unit)
}

impl Parser<'_> {
    pub(super) fn condition(&mut self) -> Parsed<Expr> {
        self.chain("or", Self::and, Node::Or)
    }

    fn and(&mut self) -> Parsed<Expr> {
        self.chain("and", Self::not, Node::And)
    }

    fn chain(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Parsed<Expr>,
        make: fn(Vec<Expr>) -> Node,
    ) -> Parsed<Expr> {
        let start = self.token().span.start;
        let first = part(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take_word(word) {
            parts.push(part(self)?);
        }
        Ok(self.node(start, make(parts)))
    }

    fn node(&self, start: usize, node: Node) -> Expr {
        Expr {
            node,
            span: start..self.last_end(),
        }
    }

    fn not(&mut self) -> Parsed<Expr> {
        let start = self.token().span.start;
        if self.take_word("not") {
            let inner = self.deeper(Self::not)?;
            return Ok(self.node(start, Node::Not(Box::new(inner))));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let start = self.token().span.start;
        let left = self.sum()?;
        if let Kind::Sign(sign) = self.token().kind
            && let Some(op) = comparison(sign)
        {
            self.at += 1;
            let right = self.sum()?;
            return Ok(self.node(start, Node::Compare(op, Box::new(left), Box::new(right))));
        }
        if self.take_sign(":") {
            let query = self.unary()?;
            return Ok(self.node(start, Node::Match(Box::new(left), Box::new(query))));
        }
        if self.take_word("is") {
            let negated = self.take_word("not");
            if !self.take_word("null") {
                return self.unexpected("`null` or `not null`");
            }
            let value = Box::new(left);
            return Ok(self.node(start, Node::IsNull { negated, value }));
        }
        let pattern = |kind: &Kind| {
            ["in", "like", "rlike"]
                .iter()
                .any(|word| is_word(kind, word))
        };
        let negated = self.is_word("not") && self.next_is(pattern);
        self.at += usize::from(negated);
        let value = Box::new(left);
        if self.take_word("in") {
            self.expect_sign("(")?;
            let list = self.deeper(|parser| parser.list(Self::condition))?;
            self.expect_sign(")")?;
            let node = Node::In {
                negated,
                value,
                list,
            };
            return Ok(self.node(start, node));
        }
        let regex = self.is_word("rlike");
        if self.take_word("like") || self.take_word("rlike") {
            let patterns = if self.take_sign("(") {
                let patterns = self.list(Self::pattern_text)?;
                self.expect_sign(")")?;
                patterns
            } else {
                vec![self.pattern_text()?]
            };
            let node = Node::Like {
                negated,
                regex,
                value,
                patterns,
            };
            return Ok(self.node(start, node));
        }
        if self.is_sign("=") {
            return self.unexpected("a comparison");
        }
        Ok(*value)
    }

    fn pattern_text(&mut self) -> Parsed<Expr> {
        match self.token().kind {
            Kind::Text(_) => self.primary(),
            _ => self.unexpected("a pattern in quotes"),
        }
    }

    fn sum(&mut self) -> Parsed<Expr> {
        self.operators(Self::product, |sign| match sign {
            "+" => Some(Operator::Add),
            "-" => Some(Operator::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Parsed<Expr> {
        self.operators(Self::unary, |sign| match sign {
            "*" => Some(Operator::Multiply),
            "/" => Some(Operator::Divide),
            "%" => Some(Operator::Modulo),
            _ => None,
        })
    }

    fn operators(
        &mut self,
        part: fn(&mut Self) -> Parsed<Expr>,
        operator: fn(&str) -> Option<Operator>,
    ) -> Parsed<Expr> {
        let (start, depth) = (self.token().span.start, self.depth);
        let mut left = part(self)?;
        while let Kind::Sign(sign) = self.token().kind
            && let Some(operator) = operator(sign)
        {
            self.at += 1;
            let right = self.deeper(part)?;
            left = self.node(
                start,
                Node::Arithmetic(operator, Box::new(left), Box::new(right)),
            );
            // Each operator hangs the tree one level deeper on the left.
            self.depth += 1;
        }
        self.depth = depth;
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.token().span.start;
        if self.take_sign("-") {
            let inner = self.deeper(Self::unary)?;
            return Ok(self.node(
                start,
                match inner.node {
                    Node::Number(number) => Node::Number(negate(number)),
                    _ => Node::Negative(Box::new(inner)),
                },
            ));
        }
        if self.take_sign("+") {
            return self.deeper(Self::unary);
        }
        let (mut value, depth) = (self.primary()?, self.depth);
        while self.take_sign("::") {
            let kind = match &self.token().kind {
                Kind::Word(kind) => kind.to_lowercase(),
                _ => return self.unexpected("a type"),
            };
            self.at += 1;
            value =
                self.deeper(|parser| Ok(parser.node(start, Node::Cast(Box::new(value), kind))))?;
            self.depth += 1;
        }
        self.depth = depth;
        Ok(value)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let token = self.token().clone();
        let start = token.span.start;
        match token.kind {
            Kind::Sign("(") => {
                self.at += 1;
                let mut inner = self.deeper(Self::condition)?;
                self.expect_sign(")")?;
                inner.span = start..self.last_end();
                Ok(inner)
            }
            Kind::Sign("[") => {
                self.at += 1;
                let items = self.deeper(|parser| parser.list(Self::unary))?;
                self.expect_sign("]")?;
                Ok(self.node(start, Node::List(items)))
            }
            Kind::Text(text) => {
                self.at += 1;
                Ok(self.node(start, Node::Text(text)))
            }
            Kind::Number(number) => {
                self.at += 1;
                if let Kind::Word(word) = &self.token().kind
                    && let Some(unit) = unit(word)
                {
                    self.at += 1;
                    return Ok(self.node(start, Node::Duration(number, unit.to_owned())));
                }
                Ok(self.node(start, Node::Number(number)))
            }
            Kind::Word(word) if constant(&word).is_some() => {
                self.at += 1;
                Ok(self.node(start, constant(&word).unwrap_or(Node::Null)))
            }
            Kind::Word(word) if !is_keyword(&word) => {
                if self.next_is(|next| *next == Kind::Sign("(")) {
                    self.at += 1;
                    return self.call(start, &word);
                }
                self.field(start)
            }
            Kind::Quoted(_) => self.field(start),
            _ => self.unexpected("a field, a value or `(`"),
        }
    }

    fn field(&mut self, start: usize) -> Parsed<Expr> {
        let name = self.name()?;
        Ok(self.node(start, Node::Field(name.text)))
    }

    fn call(&mut self, start: usize, name: &str) -> Parsed<Expr> {
        self.expect_sign("(")?;
        let arguments = if self.is_sign(")") {
            Vec::new()
        } else {
            self.deeper(|parser| parser.list(Self::argument))?
        };
        if !self.take_sign(")") {
            return self.unexpected("`,` or `)`");
        }
        // Functions are found in any letter case; one spelling makes trees comparable.
        let name = name.to_lowercase();
        Ok(self.node(start, Node::Call { name, arguments }))
    }

    fn argument(&mut self) -> Parsed<Expr> {
        let start = self.token().span.start;
        if self.is_sign("*") && self.next_is(|next| *next == Kind::Sign(")")) {
            self.at += 1;
            return Ok(self.node(start, Node::Star));
        }
        if self.take_sign("{") {
            let options = self.deeper(|parser| parser.list(Self::option))?;
            self.expect_sign("}")?;
            return Ok(self.node(start, Node::Options(options)));
        }
        self.condition()
    }

    fn option(&mut self) -> Parsed<(String, Expr)> {
        let Kind::Text(name) = &self.token().kind else {
            return self.unexpected("the option's name in quotes");
        };
        let name = name.clone();
        self.at += 1;
        self.expect_sign(":")?;
        Ok((name, self.unary()?))
    }
}

fn constant(word: &str) -> Option<Node> {
    [
        ("null", Node::Null),
        ("true", Node::Bool(true)),
        ("false", Node::Bool(false)),
    ]
    .into_iter()
    .find(|(name, _)| name.eq_ignore_ascii_case(word))
    .map(|(_, node)| node)
}

fn comparison(sign: &str) -> Option<Comparison> {
    Some(match sign {
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn negate(number: Number) -> Number {
    match number {
        Number::Int(whole) => whole
            .checked_neg()
            .map_or(Number::Float(-(whole as f64)), Number::Int),
        Number::Float(float) => Number::Float(-float),
    }
}
