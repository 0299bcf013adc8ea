//! Lucene text becomes a tree.

use super::tree::{Clause, Clauses, Node, Occur, Term, Value};
use crate::lang::ir::Comparison;
use crate::lang::ir::pattern::Piece;
use crate::lang::{CompileError, Diagnostic};

/// How deep parentheses may nest, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 200;

/// Parses a query.
pub fn parse(text: &str) -> Result<Clauses, CompileError> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
    };
    parser.whole().map_err(|error| vec![*error].into())
}

/// Errors are rare and large, so they travel in a box.
type Parsed<T> = Result<T, Box<Diagnostic>>;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// What stands ahead of a clause.
#[derive(Clone, Copy, PartialEq)]
enum Joined {
    Nothing,
    And,
    Or,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    /// Takes an operator that is a word: it stands alone.
    fn take_word(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest().strip_prefix(word) else {
            return false;
        };
        let alone = rest
            .chars()
            .next()
            .is_none_or(|next| next.is_whitespace() || next == '(');
        self.at += if alone { word.len() } else { 0 };
        alone
    }

    fn wrong<T>(&self, code: &'static str, message: &str, help: &str) -> Parsed<T> {
        let found = self.peek();
        let end = self.at + found.map_or(0, char::len_utf8);
        let label = found.map_or_else(
            || "the query ends here".to_owned(),
            |char| format!("found `{char}`"),
        );
        let error = Diagnostic::error(code, message, self.at..end, label).help(help);
        Err(Box::new(error))
    }

    fn whole(&mut self) -> Parsed<Clauses> {
        let clauses = self.clauses(None)?;
        match self.peek() {
            None => Ok(clauses),
            Some(_) => self.wrong(
                "E250",
                "expected a clause or the end of the query",
                "close what was opened, or escape the character with a backslash",
            ),
        }
    }

    /// Reads clauses up to a closing parenthesis or the end.
    fn clauses(&mut self, field: Option<&[Piece]>) -> Parsed<Clauses> {
        let mut clauses: Vec<Clause> = Vec::new();
        loop {
            self.spaces();
            if matches!(self.peek(), None | Some(')')) {
                return Ok(Clauses(clauses));
            }
            let joined = if self.take_word("AND") || self.take("&&") {
                Joined::And
            } else if self.take_word("OR") || self.take("||") {
                Joined::Or
            } else {
                Joined::Nothing
            };
            self.spaces();
            let occur = if self.take("+") {
                Occur::Must
            } else if self.take_word("NOT") || self.take("-") || self.take("!") {
                Occur::MustNot
            } else {
                Occur::Should
            };
            self.spaces();
            let node = self.node(field)?;
            if joined == Joined::And
                && let Some(before) = clauses.last_mut()
                && before.occur == Occur::Should
            {
                before.occur = Occur::Must;
            }
            let occur = match (joined, occur) {
                (Joined::And, Occur::Should) => Occur::Must,
                (_, occur) => occur,
            };
            clauses.push(Clause { occur, node });
        }
    }

    fn node(&mut self, outer: Option<&[Piece]>) -> Parsed<Node> {
        let start = self.at;
        let mut field = outer.map(<[Piece]>::to_vec);
        if let Some(name) = self.field()? {
            field = Some(name);
            self.spaces();
        }
        if self.take("(") {
            if self.depth >= MAX_DEPTH {
                return self.wrong("E251", "the query nests too deep", "write it flatter");
            }
            self.depth += 1;
            let inner = self.clauses(field.as_deref())?;
            self.depth -= 1;
            if !self.take(")") {
                return self.wrong("E250", "expected `)`", "close the group");
            }
            self.boost()?;
            return Ok(Node::Group(inner));
        }
        let value = self.value()?;
        self.boost()?;
        let span = start..self.at;
        Ok(Node::Term(Term { field, value, span }))
    }

    /// Reads a name and its colon, if that is what stands here.
    fn field(&mut self) -> Parsed<Option<Vec<Piece>>> {
        let start = self.at;
        if self.peek().is_some_and(|char| "\"/[{(<>".contains(char)) {
            return Ok(None);
        }
        let name = self.pieces()?;
        if !name.is_empty() && self.take(":") {
            return Ok(Some(name));
        }
        self.at = start;
        Ok(None)
    }

    fn value(&mut self) -> Parsed<Value> {
        match self.peek() {
            Some('"') => {
                let text = self.quoted()?;
                let slop = self.tilde();
                Ok(Value::Phrase(text, slop))
            }
            Some('/') => self.regex(),
            Some('[' | '{') => self.range(),
            Some('<' | '>') => self.compare(),
            _ => {
                let word = self.pieces()?;
                if word.is_empty() {
                    return self.wrong(
                        "E250",
                        "expected a term",
                        "escape the character with a backslash, or quote the text",
                    );
                }
                let fuzzy = self.tilde();
                Ok(Value::Word(word, fuzzy))
            }
        }
    }

    fn tilde(&mut self) -> Option<String> {
        self.take("~").then(|| self.number())
    }

    fn number(&mut self) -> String {
        let rest = self.rest();
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        self.at += length;
        rest[..length].to_owned()
    }

    fn boost(&mut self) -> Parsed<()> {
        if self.take("^") && self.number().is_empty() {
            return self.wrong("E250", "expected a number after `^`", "as in `term^2`");
        }
        Ok(())
    }

    /// Reads an unquoted word, `*` and `?` as wildcards.
    fn pieces(&mut self) -> Parsed<Vec<Piece>> {
        let mut pieces = Vec::new();
        while let Some(char) = self.peek() {
            match char {
                '\\' => {
                    pieces.push(Piece::Char(self.escape()?));
                    continue;
                }
                '*' => pieces.push(Piece::Many),
                '?' => pieces.push(Piece::One),
                '+' | '-' | '!' if pieces.is_empty() => break,
                ':' | '(' | ')' | '[' | ']' | '{' | '}' | '"' | '^' | '~' => break,
                space if space.is_whitespace() => break,
                '&' | '|' if pieces.is_empty() && self.rest()[1..].starts_with(char) => break,
                other => pieces.push(Piece::Char(other)),
            }
            self.at += char.len_utf8();
        }
        Ok(pieces)
    }

    /// Reads a backslash and what it makes literal.
    fn escape(&mut self) -> Parsed<char> {
        let rest = &self.rest()[1..];
        let digits = rest.strip_prefix('u').and_then(|digits| digits.get(..4));
        if let Some(digits) = digits
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            && let Some(char) = u32::from_str_radix(digits, 16)
                .ok()
                .and_then(char::from_u32)
        {
            self.at += 6;
            return Ok(char);
        }
        match rest.chars().next() {
            Some(char) => {
                self.at += 1 + char.len_utf8();
                Ok(char)
            }
            None => self.wrong("E252", "a lone backslash", "write `\\\\` for a backslash"),
        }
    }

    fn quoted(&mut self) -> Parsed<String> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(char) = self.peek() {
            match char {
                '"' => {
                    self.at += 1;
                    return Ok(text);
                }
                '\\' => text.push(self.escape()?),
                other => {
                    text.push(other);
                    self.at += other.len_utf8();
                }
            }
        }
        self.at = start;
        self.wrong("E253", "the text is not closed", "end it with `\"`")
    }

    fn regex(&mut self) -> Parsed<Value> {
        let start = self.at;
        self.at += 1;
        let mut source = String::new();
        while let Some(char) = self.peek() {
            self.at += char.len_utf8();
            match char {
                '/' => return Ok(Value::Regex(source)),
                '\\' if self.take("/") => source.push('/'),
                '\\' => {
                    source.push('\\');
                    if let Some(next) = self.peek() {
                        source.push(next);
                        self.at += next.len_utf8();
                    }
                }
                other => source.push(other),
            }
        }
        self.at = start;
        self.wrong(
            "E253",
            "the regular expression is not closed",
            "end it with `/`, or escape the slash that begins it",
        )
    }

    fn range(&mut self) -> Parsed<Value> {
        let low_included = self.peek() == Some('[');
        self.at += 1;
        let low = self.bound()?;
        self.spaces();
        if !self.take_word("TO") {
            return self.wrong("E254", "expected `TO` in a range", "as in `[1 TO 5]`");
        }
        let high = self.bound()?;
        self.spaces();
        let high_included = match self.peek() {
            Some(']') => true,
            Some('}') => false,
            _ => return self.wrong("E254", "expected `]` or `}`", "as in `[1 TO 5]`"),
        };
        self.at += 1;
        Ok(Value::Range(
            low.map(|text| (text, low_included)),
            high.map(|text| (text, high_included)),
        ))
    }

    /// Reads an end of a range; `*` is none.
    fn bound(&mut self) -> Parsed<Option<String>> {
        self.spaces();
        if self.peek() == Some('"') {
            return self.quoted().map(Some);
        }
        let mut text = String::new();
        while let Some(char) = self.peek() {
            match char {
                ']' | '}' => break,
                space if space.is_whitespace() => break,
                '\\' => text.push(self.escape()?),
                other => {
                    text.push(other);
                    self.at += other.len_utf8();
                }
            }
        }
        match text.as_str() {
            "" => self.wrong(
                "E254",
                "expected a bound",
                "as in `[1 TO 5]`, or `*` for none",
            ),
            "*" => Ok(None),
            _ => Ok(Some(text)),
        }
    }

    fn compare(&mut self) -> Parsed<Value> {
        let op = match (self.take(">"), self.take("<"), self.take("=")) {
            (true, _, true) => Comparison::GreaterOrEqual,
            (true, _, false) => Comparison::Greater,
            (false, _, true) => Comparison::LessOrEqual,
            (false, _, false) => Comparison::Less,
        };
        let bound = if self.peek() == Some('"') {
            self.quoted()?
        } else {
            let pieces = self.pieces()?;
            let text: Option<String> = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Char(char) => Some(*char),
                    Piece::One | Piece::Many => None,
                })
                .collect();
            text.unwrap_or_default()
        };
        if bound.is_empty() {
            return self.wrong("E254", "expected a bound", "as in `>=5`, without wildcards");
        }
        Ok(Value::Compare(op, bound))
    }
}
