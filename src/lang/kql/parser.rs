//! KQL text becomes a tree.

use super::tree::{Literal, Node, Part, Values};
use crate::lang::ir::Comparison;
use crate::lang::{CompileError, Diagnostic};

/// How deep parentheses and `not`s may nest, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 200;

const KEYWORDS: [&str; 3] = ["and", "or", "not"];

/// Parses a query.
pub fn parse(text: &str) -> Result<Node, CompileError> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
    };
    parser.whole().map_err(|error| vec![*error].into())
}

/// Returns whether an unquoted value must escape it.
pub fn is_special(char: char) -> bool {
    matches!(
        char,
        '\\' | '(' | ')' | ':' | '<' | '>' | '"' | '*' | '{' | '}'
    )
}

/// Returns the operator that `text` begins with.
pub fn keyword(text: &str) -> Option<&'static str> {
    let word = starting_keyword(text)?;
    let next = text[word.len()..].chars().next();
    next.is_none_or(|char| char.is_whitespace() || char == '(')
        .then_some(word)
}

fn starting_keyword(text: &str) -> Option<&'static str> {
    KEYWORDS.into_iter().find(|word| {
        text.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
    })
}

/// Errors are rare and large, so they travel in a box.
type Parsed<T> = Result<T, Box<Diagnostic>>;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, sign: &str) -> bool {
        self.spaces();
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn take_keyword(&mut self, word: &str) -> bool {
        self.spaces();
        let found = keyword(self.rest()) == Some(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn unexpected<T>(&mut self, wanted: &str) -> Parsed<T> {
        self.spaces();
        let found = self.rest().chars().next();
        let end = self.at + found.map_or(0, char::len_utf8);
        let (label, help) = match (found, keyword(self.rest())) {
            (None, _) => ("the query ends here".to_owned(), None),
            (_, Some(word)) => (
                format!("`{word}` is an operator"),
                Some(format!("quote it to look for the word: \"{word}\"")),
            ),
            (Some(char), _) if is_special(char) => (
                format!("found `{char}`"),
                Some(format!(
                    "quote the value, or write `\\{char}`, to look for this character"
                )),
            ),
            (Some(char), _) => (format!("found `{char}`"), None),
        };
        let mut error =
            Diagnostic::error("E201", format!("expected {wanted}"), self.at..end, label);
        error.help = help;
        Err(Box::new(error))
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Box::new(Diagnostic::error(
                "E203",
                "the query nests too deep",
                self.at..self.at,
                format!("more than {MAX_DEPTH} levels"),
            )));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn whole(&mut self) -> Parsed<Node> {
        self.spaces();
        if self.rest().is_empty() {
            return Ok(Node::Everything);
        }
        let node = self.or()?;
        self.spaces();
        if self.rest().is_empty() {
            Ok(node)
        } else {
            self.unexpected("`and`, `or` or the end of the query")
        }
    }

    /// Reads parts joined by `word`; a single one stays as it is.
    fn chain<T>(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Parsed<T>,
        make: fn(Vec<T>) -> T,
    ) -> Parsed<T> {
        let first = part(self)?;
        if !self.take_keyword(word) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self)?];
        while self.take_keyword(word) {
            parts.push(part(self)?);
        }
        Ok(make(parts))
    }

    fn or(&mut self) -> Parsed<Node> {
        self.chain("or", Self::and, Node::Or)
    }

    fn and(&mut self) -> Parsed<Node> {
        self.chain("and", Self::not, Node::And)
    }

    fn not(&mut self) -> Parsed<Node> {
        if self.take_keyword("not") {
            return Ok(Node::Not(Box::new(self.deeper(Self::not)?)));
        }
        if self.take("(") {
            let inner = self.deeper(Self::or)?;
            if !self.take(")") {
                return self.unexpected("`)`");
            }
            return Ok(inner);
        }
        self.expression()
    }

    fn expression(&mut self) -> Parsed<Node> {
        let literal = self.literal("a field, a value or `(`")?;
        for (sign, op) in [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ] {
            if self.take(sign) {
                let value = self.literal("a value")?;
                return Ok(Node::Range {
                    field: literal,
                    op,
                    value,
                });
            }
        }
        if !self.take(":") {
            let values = Values::One(literal);
            return Ok(Node::Is {
                field: None,
                values,
            });
        }
        if self.take("{") {
            let query = Box::new(self.deeper(Self::or)?);
            if !self.take("}") {
                return self.unexpected("`}`");
            }
            return Ok(Node::Nested {
                field: literal,
                query,
            });
        }
        let values = self.values()?;
        let field = Some(literal);
        Ok(Node::Is { field, values })
    }

    fn values(&mut self) -> Parsed<Values> {
        if !self.take("(") {
            return Ok(Values::One(self.literal("a value")?));
        }
        let values = self.deeper(Self::values_or)?;
        if !self.take(")") {
            return self.unexpected("`or`, `and` or `)`");
        }
        Ok(values)
    }

    fn values_or(&mut self) -> Parsed<Values> {
        self.chain("or", Self::values_and, Values::Or)
    }

    fn values_and(&mut self) -> Parsed<Values> {
        self.chain("and", Self::values_not, Values::And)
    }

    fn values_not(&mut self) -> Parsed<Values> {
        if self.take_keyword("not") {
            return Ok(Values::Not(Box::new(self.deeper(Self::values_not)?)));
        }
        self.values()
    }

    fn literal(&mut self, wanted: &str) -> Parsed<Literal> {
        self.spaces();
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let start = self.at;
        let mut reader = Reader::default();
        while let Some(char) = self.rest().chars().next() {
            let after_space =
                self.at == start || self.text[..self.at].ends_with(char::is_whitespace);
            if after_space && keyword(self.rest()).is_some() {
                break;
            }
            match char {
                '\\' => self.escape(&mut reader)?,
                '*' => {
                    reader.any();
                    self.at += 1;
                }
                special if is_special(special) => break,
                other => {
                    reader.char(other);
                    self.at += other.len_utf8();
                }
            }
        }
        let parts = reader.trimmed();
        if parts.is_empty() {
            self.at = start;
            return self.unexpected(wanted);
        }
        let end = start + self.text[start..self.at].trim_end().len();
        self.at = end;
        Ok(Literal {
            parts,
            quoted: false,
            span: start..end,
        })
    }

    /// Reads an escape in an unquoted value.
    fn escape(&mut self, reader: &mut Reader) -> Parsed<()> {
        let rest = &self.rest()[1..];
        if let Some(char) = unicode(rest) {
            reader.kept(char);
            self.at += 6;
            return Ok(());
        }
        if let Some(word) = starting_keyword(rest) {
            rest[..word.len()]
                .chars()
                .for_each(|char| reader.kept(char));
            self.at += 1 + word.len();
            return Ok(());
        }
        let char = match rest.chars().next() {
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some(special) if is_special(special) => special,
            found => {
                let end = self.at + 1 + found.map_or(0, char::len_utf8);
                return Err(Box::new(
                    Diagnostic::error("E204", "a lone backslash", self.at..end, "escapes nothing")
                        .help("write `\\\\` for a backslash"),
                ));
            }
        };
        reader.kept(char);
        self.at += 2;
        Ok(())
    }

    fn quoted(&mut self) -> Parsed<Literal> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        while let Some(char) = self.rest().chars().next() {
            if char == '"' {
                self.at += 1;
                return Ok(Literal {
                    parts: if text.is_empty() {
                        Vec::new()
                    } else {
                        vec![Part::Text(text)]
                    },
                    quoted: true,
                    span: start..self.at,
                });
            }
            let rest = &self.rest()[char.len_utf8()..];
            let escaped = if char == '\\' {
                rest.chars().next()
            } else {
                None
            };
            let (value, length) = match escaped {
                Some('u') => unicode(rest).map_or(('\\', 1), |char| (char, 6)),
                Some(itself @ ('"' | '\\')) => (itself, 2),
                Some('t') => ('\t', 2),
                Some('n') => ('\n', 2),
                Some('r') => ('\r', 2),
                _ => (char, char.len_utf8()),
            };
            text.push(value);
            self.at += length;
        }
        Err(Box::new(
            Diagnostic::error(
                "E202",
                "the text is not closed",
                start..start + 1,
                "opened here",
            )
            .help("end it with `\"`"),
        ))
    }
}

/// Reads `uXXXX`, which follows a backslash.
fn unicode(text: &str) -> Option<char> {
    let digits = text.strip_prefix('u')?.get(..4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

/// Collects the parts of an unquoted literal; spaces at its end do not belong to it unless they were escaped.
#[derive(Default)]
struct Reader {
    parts: Vec<Part>,
    /// Bytes of the last text part that must stay.
    keep: usize,
}

impl Reader {
    fn any(&mut self) {
        if self.parts.last() != Some(&Part::Any) {
            self.parts.push(Part::Any);
        }
        self.keep = 0;
    }

    fn char(&mut self, char: char) {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            text.push(char);
        } else {
            self.parts.push(Part::Text(char.to_string()));
        }
    }

    fn kept(&mut self, char: char) {
        self.char(char);
        if let Some(Part::Text(text)) = self.parts.last() {
            self.keep = text.len();
        }
    }

    fn trimmed(mut self) -> Vec<Part> {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            let length = text.trim_end().len().max(self.keep);
            text.truncate(length);
            if text.is_empty() {
                self.parts.pop();
            }
        }
        self.parts
    }
}
