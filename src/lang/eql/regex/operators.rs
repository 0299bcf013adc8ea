//! Expressions with `&` or `~`, read as Lucene's `RegExp` reads them.
//!
//! Takes the text after `regex`; gives its parts. What has neither operator stays text, and is translated as a whole.
//! `|` binds loosest, then `&`, then sequence, repetition, and `~`, which takes in the one thing behind it.

use super::translate;
use crate::lang::ir::Case;
use crate::lang::ir::operators::Part;
use crate::lang::ir::test::Regex;

/// Brackets in each other.
const MAX_DEPTH: usize = 100;

/// Most copies that a repetition asks for.
const MAX_COUNT: usize = 1_000;

/// Reads an expression; `None` when it is none.
pub fn parse(lucene: &str, case: Case) -> Option<Part> {
    let mut parser = Parser {
        rest: lucene,
        case,
        depth: 0,
    };
    let piece = parser.union()?;
    parser.rest.is_empty().then_some(())?;
    parser.part(piece)
}

enum Piece {
    Text(String),
    Part(Part),
}

struct Parser<'t> {
    rest: &'t str,
    case: Case,
    depth: usize,
}

impl Parser<'_> {
    fn eat(&mut self, char: char) -> bool {
        let rest = self.rest.strip_prefix(char);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn part(&self, piece: Piece) -> Option<Part> {
        match piece {
            Piece::Part(part) => Some(part),
            Piece::Text(text) => {
                let source = translate(&text).ok()?;
                let regex = Regex::whole(&source, self.case).ok()?;
                Some(Part::Plain(regex))
            }
        }
    }

    fn parts(&self, pieces: Vec<Piece>) -> Option<Vec<Part>> {
        pieces.into_iter().map(|piece| self.part(piece)).collect()
    }

    fn union(&mut self) -> Option<Piece> {
        let mut pieces = vec![self.intersection()?];
        while self.eat('|') {
            pieces.push(self.intersection()?);
        }
        let texts: Option<Vec<&str>> = pieces.iter().map(Piece::text).collect();
        match texts {
            Some(texts) => Some(Piece::Text(texts.join("|"))),
            None if pieces.len() == 1 => pieces.pop(),
            None => Some(Piece::Part(Part::Any(self.parts(pieces)?))),
        }
    }

    fn intersection(&mut self) -> Option<Piece> {
        let mut pieces = vec![self.sequence()?];
        while self.eat('&') {
            pieces.push(self.sequence()?);
        }
        if pieces.len() == 1 {
            return pieces.pop();
        }
        Some(Piece::Part(Part::Both(self.parts(pieces)?)))
    }

    fn sequence(&mut self) -> Option<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        while !self.rest.is_empty() && !self.rest.starts_with(['|', '&', ')']) {
            let piece = self.repeated()?;
            match (pieces.last_mut(), piece) {
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                (_, piece) => pieces.push(piece),
            }
        }
        match pieces.len() {
            0 => Some(Piece::Text(String::new())),
            1 => pieces.pop(),
            _ => Some(Piece::Part(Part::Sequence(self.parts(pieces)?))),
        }
    }

    fn repeated(&mut self) -> Option<Piece> {
        let mut piece = self.one()?;
        loop {
            let before = self.rest;
            let (least, most) = match self.rest.chars().next() {
                Some('?') => (0, Some(1)),
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('{') => match counts(self.rest) {
                    Some((least, most, length)) => {
                        self.rest = &self.rest[length - 1..];
                        (least, most)
                    }
                    None => return Some(piece),
                },
                _ => return Some(piece),
            };
            self.rest = &self.rest[1..];
            let operator = &before[..before.len() - self.rest.len()];
            piece = match piece {
                Piece::Text(text) => Piece::Text(text + operator),
                Piece::Part(part) => Piece::Part(Part::Repeat(Box::new(part), least, most)),
            };
        }
    }

    fn one(&mut self) -> Option<Piece> {
        if self.eat('~') {
            self.enter()?;
            let inner = self.one()?;
            self.depth -= 1;
            return Some(Piece::Part(Part::Not(Box::new(self.part(inner)?))));
        }
        if self.eat('(') {
            self.enter()?;
            let inner = self.union()?;
            self.depth -= 1;
            self.eat(')').then_some(())?;
            return Some(match inner {
                Piece::Text(text) => Piece::Text(format!("({text})")),
                part @ Piece::Part(_) => part,
            });
        }
        let length = self.length()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Piece::Text(text.to_owned()))
    }

    fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())
    }

    /// Returns the length of the letter, class, text in quotes or interval that comes next.
    fn length(&self) -> Option<usize> {
        let mut chars = self.rest.char_indices();
        let (_, first) = chars.next()?;
        let closed = match first {
            '\\' => return Some(chars.next().map_or(1, |(at, char)| at + char.len_utf8())),
            '"' => '"',
            '<' => '>',
            '[' => ']',
            char => return Some(char.len_utf8()),
        };
        while let Some((at, char)) = chars.next() {
            if char == '\\' && first == '[' {
                chars.next();
            } else if char == closed {
                return Some(at + 1);
            }
        }
        None
    }
}

impl Piece {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Part(_) => None,
        }
    }
}

/// Reads `{2}`, `{2,}` or `{2,5}`: how often at least and at most, and the length of it.
fn counts(text: &str) -> Option<(usize, Option<usize>, usize)> {
    let (inner, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = match inner.split_once(',') {
        None => (inner, Some(inner)),
        Some((least, "")) => (least, None),
        Some((least, most)) => (least, Some(most)),
    };
    let number = |text: &str| text.parse().ok().filter(|count| *count <= MAX_COUNT);
    let most = match most {
        Some(most) => Some(number(most)?),
        None => None,
    };
    Some((number(least)?, most, inner.len() + 2))
}
