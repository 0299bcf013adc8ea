//! A search as a tree, command by command. It prints as a search that parses to an equal tree; places in the text do
//! not count for equality.
//!
//! Conditions and expressions are the trees that the compiler lowers. The arguments of the other commands are kept as
//! the words and brackets which those commands read.

mod print;

use super::lexer::{self, Kind, Token};
use super::problem::Parsed;
use super::{aggregate, eval, pipeline, search};
use crate::lang::Span;
use crate::lang::ir::Comparison;

/// Commands whose brackets hold commands on rows that are there, not a search of its own.
const ON_ROWS: [&str; 2] = ["appendpipe", "foreach"];
/// Most subsearches in each other; what is nested deeper is refused by the compiler too.
const MAX_DEPTH: usize = 32;

/// Commands one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    pub commands: Vec<Command>,
}

/// A command.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// In small letters.
    pub name: String,
    pub arguments: Arguments,
}

/// What follows a command's name.
#[derive(Debug, Clone, PartialEq)]
pub enum Arguments {
    /// Of `search`; none selects everything.
    Search(Option<search::Node>),
    /// Of `where`.
    Condition(eval::Node),
    /// Of `eval`: columns and their values.
    Columns(Vec<(String, eval::Node)>),
    /// Of any other command, and of a `search` that holds subsearches.
    Parts(Vec<Part>),
}

/// A piece of the arguments.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Word {
        text: String,
        quoted: bool,
    },
    Operator(Comparison),
    Comma,
    /// Round brackets.
    Group {
        /// No blank stands between it and the word before it, as in `count(x)`.
        touches: bool,
        parts: Vec<Part>,
    },
    /// `eval(...)`, as aggregates and options take it.
    Eval(eval::Node),
    Subsearch(Pipeline),
}

/// Parses an expanded text.
pub fn parse(text: &str) -> Parsed<Pipeline> {
    commands(text, &(0..text.len()), true, 0)
}

fn commands(text: &str, within: &Span, implied: bool, depth: usize) -> Parsed<Pipeline> {
    let commands = pipeline::split_in(text, within, implied)?;
    let commands = commands.iter().map(|command| {
        Ok(Command {
            name: command.name.clone(),
            arguments: arguments(text, command, depth)?,
        })
    });
    Ok(Pipeline {
        commands: commands.collect::<Parsed<_>>()?,
    })
}

fn arguments(text: &str, command: &pipeline::Command, depth: usize) -> Parsed<Arguments> {
    let span = &command.arguments;
    match command.name.as_str() {
        "where" => return Ok(Arguments::Condition(eval::parse(text, span)?)),
        "eval" => {
            let columns = eval::assignments(text, span)?.into_iter();
            let columns = columns.map(|(name, _, value)| (name, value));
            return Ok(Arguments::Columns(columns.collect()));
        }
        _ => {}
    }
    let tokens = lexer::lex(text, span)?;
    let is_whole = tokens.iter().all(|token| token.kind != Kind::Subsearch);
    if command.name == "search" && is_whole {
        return Ok(Arguments::Search(search::parse(&tokens, span.end)?.0));
    }
    let reader = Reader {
        text,
        implied: !ON_ROWS.contains(&command.name.as_str()),
        depth,
    };
    Ok(Arguments::Parts(reader.parts(&tokens)?))
}

/// Reads the arguments of one command.
struct Reader<'t> {
    text: &'t str,
    /// A subsearch may start with the words of a `search`.
    implied: bool,
    depth: usize,
}

impl Reader<'_> {
    fn parts(&self, tokens: &[Token]) -> Parsed<Vec<Part>> {
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            parts.push(match &token.kind {
                Kind::Word { text, quoted } => Part::Word {
                    text: text.clone(),
                    quoted: *quoted,
                },
                Kind::Eval(inside) => Part::Eval(eval::parse(self.text, inside)?),
                Kind::Operator(operator) => Part::Operator(*operator),
                Kind::Comma => Part::Comma,
                Kind::Open => {
                    let close = aggregate::closing(tokens, at - 1)?;
                    let before = at.checked_sub(2).map(|before| &tokens[before]);
                    let touches = before.is_some_and(|before| {
                        before.word().is_some() && before.span.end == token.span.start
                    });
                    let parts = self.parts(&tokens[at..close])?;
                    at = close + 1;
                    Part::Group { touches, parts }
                }
                Kind::Close => {
                    let message = "this bracket closes nothing";
                    return Err(super::problem::wrong(message, &token.span, "here"));
                }
                Kind::Subsearch => Part::Subsearch(self.subsearch(token)?),
            });
        }
        Ok(parts)
    }

    fn subsearch(&self, token: &Token) -> Parsed<Pipeline> {
        if self.depth >= MAX_DEPTH {
            let message = "subsearches are nested too deep";
            return Err(super::problem::wrong(message, &token.span, "here"));
        }
        let inside = token.span.start + 1..token.span.end - 1;
        commands(self.text, &inside, self.implied, self.depth + 1)
    }
}

#[cfg(test)]
mod tests;
