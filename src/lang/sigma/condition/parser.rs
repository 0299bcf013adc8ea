//! Tokens become a tree, by binding power.

use super::lexer::{Kind, Token, lex};
use super::tree::{Name, Node, Quantity, Target};
use crate::lang::{CompileError, Diagnostic, Span};

/// How deep brackets and `not` may nest; a longer chain is no rule.
pub const MAX_DEPTH: usize = 128;

const OR: u8 = 1;
const AND: u8 = 2;

/// Parses a condition.
///
/// # Errors
/// Everything that is wrong with the text; an aggregation of Sigma 1 is named as a construct.
pub fn parse(text: &str) -> Result<Node, CompileError> {
    let (tokens, errors) = lex(text);
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        depth: 0,
    };
    if let Some(aggregation) = parser.aggregation() {
        return Err(aggregation);
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let node = parser.expression(0)?;
    match parser.peek() {
        Kind::End => Ok(node),
        Kind::Close => Err(parser.wrong("this bracket closes nothing", "not opened")),
        _ => Err(parser.wrong(
            "two searches without `and` or `or` between them",
            "`and` or `or` before this",
        )),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Kind {
        self.tokens
            .get(self.at)
            .map_or(&Kind::End, |token| &token.kind)
    }

    fn span(&self) -> Span {
        let end = self.text.len();
        self.tokens
            .get(self.at)
            .map_or(end..end, |token| token.span.clone())
    }

    fn wrong(&self, message: &str, label: &str) -> CompileError {
        vec![Diagnostic::error("E602", message, self.span(), label)].into()
    }

    /// Returns the refusal of what stands behind a pipe.
    fn aggregation(&self) -> Option<CompileError> {
        let pipe = self.tokens.iter().find(|token| token.kind == Kind::Pipe)?;
        let behind = self.text[pipe.span.clone()].trim_start_matches('|').trim();
        let end = behind
            .find(|char: char| !char.is_alphanumeric() && char != '_')
            .unwrap_or(behind.len());
        let construct = match &behind[..end] {
            "near" => "`near` in a condition (Sigma 1)".to_owned(),
            name => format!("aggregation `{name}()` in a condition (Sigma 1)"),
        };
        let error = Diagnostic::error(
            "E690",
            format!("watchglass does not run this: {construct}"),
            pipe.span.clone(),
            "not runnable",
        )
        .help("write a correlation rule that refers to this one");
        Some(CompileError {
            diagnostics: vec![error],
            construct: Some(construct),
        })
    }

    fn expression(&mut self, least: u8) -> Result<Node, CompileError> {
        let mut left = self.operand()?;
        loop {
            let power = match self.peek() {
                Kind::Word(word) if word.eq_ignore_ascii_case("or") => OR,
                Kind::Word(word) if word.eq_ignore_ascii_case("and") => AND,
                _ => return Ok(left),
            };
            if power <= least {
                return Ok(left);
            }
            self.at += 1;
            let right = self.expression(power)?;
            left = match (power, left) {
                // Brackets around a chain do not change what it means.
                (OR, Node::Or(mut parts)) => {
                    parts.push(right);
                    Node::Or(parts)
                }
                (AND, Node::And(mut parts)) => {
                    parts.push(right);
                    Node::And(parts)
                }
                (OR, left) => Node::Or(vec![left, right]),
                (_, left) => Node::And(vec![left, right]),
            };
        }
    }

    fn operand(&mut self) -> Result<Node, CompileError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong("the condition is nested too deeply", "one level too many"));
        }
        let node = self.unnested_operand();
        self.depth -= 1;
        node
    }

    fn unnested_operand(&mut self) -> Result<Node, CompileError> {
        let span = self.span();
        match self.peek().clone() {
            Kind::Open => {
                self.at += 1;
                let inner = self.expression(0)?;
                if *self.peek() != Kind::Close {
                    let error =
                        Diagnostic::error("E602", "a bracket is not closed", span, "opened here");
                    return Err(vec![error.label(self.span(), "`)` expected")].into());
                }
                self.at += 1;
                Ok(inner)
            }
            Kind::Word(word) if word.eq_ignore_ascii_case("not") => {
                self.at += 1;
                Ok(Node::Not(Box::new(self.operand()?)))
            }
            Kind::Word(word) if is_operator(&word) => Err(self.wrong(
                &format!("`{word}` needs a search on either side"),
                "nothing before this",
            )),
            Kind::Word(word) => {
                self.at += 1;
                match self.quantity(&word, &span)? {
                    Some(quantity) => self.of(quantity),
                    None => Self::search(word, span),
                }
            }
            Kind::End if self.text.trim().is_empty() => {
                Err(self.wrong("the condition is empty", "nothing here"))
            }
            Kind::End => Err(self.wrong("the condition ends too early", "a search expected")),
            Kind::Close | Kind::Pipe => {
                Err(self.wrong("a search is missing", "a search expected before this"))
            }
        }
    }

    /// Returns the quantity that `word` is when `of` follows it.
    fn quantity(&self, word: &str, span: &Span) -> Result<Option<Quantity>, CompileError> {
        if !matches!(self.peek(), Kind::Word(next) if next.eq_ignore_ascii_case("of")) {
            return Ok(None);
        }
        if word.eq_ignore_ascii_case("all") {
            return Ok(Some(Quantity::All));
        }
        if word.eq_ignore_ascii_case("any") {
            return Ok(Some(Quantity::AtLeast(1)));
        }
        match word.parse() {
            Ok(count) if count > 0 => Ok(Some(Quantity::AtLeast(count))),
            _ => {
                let error = Diagnostic::error(
                    "E603",
                    format!("`{word} of` is no quantity"),
                    span.clone(),
                    "how many?",
                );
                Err(vec![error.help("write `1 of`, `all of` or another number")].into())
            }
        }
    }

    fn of(&mut self, quantity: Quantity) -> Result<Node, CompileError> {
        self.at += 1;
        let span = self.span();
        match self.peek().clone() {
            Kind::Word(word) if !is_operator(&word) => {
                self.at += 1;
                let target = if word.eq_ignore_ascii_case("them") {
                    Target::Them
                } else {
                    Target::Like(Name { text: word, span })
                };
                Ok(Node::Of(quantity, target))
            }
            _ => Err(self.wrong("`of` what?", "`them` or names of searches expected")),
        }
    }

    fn search(word: String, span: Span) -> Result<Node, CompileError> {
        if word.contains('*') {
            let error = Diagnostic::error(
                "E603",
                "a name with `*` stands for several searches",
                span,
                "how many of them?",
            );
            return Err(vec![error.help(format!("write `1 of {word}` or `all of {word}`"))].into());
        }
        Ok(Node::Search(Name { text: word, span }))
    }
}

fn is_operator(word: &str) -> bool {
    ["and", "or", "not", "of"]
        .iter()
        .any(|operator| word.eq_ignore_ascii_case(operator))
}
