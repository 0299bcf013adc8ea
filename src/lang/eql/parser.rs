//! Tokens become a tree.
//!
//! After an error the parser goes on behind the part that it stands in, so that a text shows all its errors at once.

mod statement;

use super::lexer::{KEYWORDS, Kind, Token, lex};
use super::statement::Statement;
use super::tree::{EventQuery, Expr, MatchKind, Node, Operator};
use crate::lang::ir::{Comparison, Number};
use crate::lang::{CompileError, Diagnostic};
use crate::text::similar;

/// How deep parentheses, `not`s and operators may nest, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 150;

/// Most errors that are told of one text; the rest are counted.
const MAX_ERRORS: usize = 20;

/// Parses a whole text.
pub fn parse(text: &str) -> Result<Statement, CompileError> {
    let (tokens, errors) = lex(text);
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
        errors: Vec::new(),
        untold: 0,
        resumed: None,
    };
    if let Some(refusal) = parser.refusal() {
        return Err(refusal);
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    match parser.statement() {
        Ok(statement) if parser.errors.is_empty() => return Ok(statement),
        Ok(_) => {}
        Err(error) => parser.report(*error),
    }
    Err(parser.told().into())
}

/// Errors are rare and large, so they travel in a box.
type Parsed<T> = Result<T, Box<Diagnostic>>;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    errors: Vec<Diagnostic>,
    untold: usize,
    /// The token at which parsing went on after the last error.
    resumed: Option<usize>,
}

impl Parser {
    fn token(&self) -> &Token {
        // The last token is the end, and nothing moves past it.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn advance(&mut self) -> Token {
        let token = self.token().clone();
        self.at += usize::from(token.kind != Kind::End);
        token
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(&self.token().kind, Kind::Sign(found) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.token().kind, Kind::Word(found) if found == word)
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
            "E110",
            format!("expected {wanted}"),
            token.span.clone(),
            found,
        );
        if let Kind::Word(word) = &token.kind
            && !KEYWORDS.contains(&word.as_str())
            && let Some(near) = similar::nearest(word, KEYWORDS.iter().copied())
        {
            error = error.help(format!("did you mean `{near}`?"));
        } else if self.is_sign("=") {
            error = error.help("equality is written `==`, or `:` to ignore case");
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
                "E111",
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

    /// Keeps an error, unless it only follows from the one before.
    fn report(&mut self, error: Diagnostic) {
        let resumed = self.resumed.map(|at| self.tokens[at].span.start);
        let follows =
            error.code == "E110" && error.labels.first().map(|label| label.span.start) == resumed;
        if follows {
            return;
        }
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        } else {
            self.untold += 1;
        }
    }

    /// Returns the errors, with a last one for those that are not told.
    fn told(&mut self) -> Vec<Diagnostic> {
        let mut errors = std::mem::take(&mut self.errors);
        if self.untold > 0 {
            errors.push(Diagnostic::error(
                "E112",
                format!("and {} more errors", self.untold),
                self.tokens.last().map_or(0..0, |end| end.span.clone()),
                "",
            ));
        }
        errors
    }

    /// Moves behind the broken part that began at token `from`: to what ends it or comes after it.
    fn skip(&mut self, from: usize) {
        let mut open = 0_usize;
        for token in &self.tokens[from..self.at] {
            match token.kind {
                Kind::Sign("(" | "[") => open += 1,
                Kind::Sign(")" | "]") => open = open.saturating_sub(1),
                _ => {}
            }
        }
        loop {
            match &self.token().kind {
                Kind::End => break,
                Kind::Sign("(" | "[") => open += 1,
                Kind::Sign(")" | "]") if open > 0 => open -= 1,
                Kind::Sign(")" | "]" | "," | "|") if open == 0 => break,
                Kind::Word(word) if open == 0 && matches!(word.as_str(), "and" | "or") => break,
                _ => {}
            }
            self.at += 1;
        }
        self.resumed = Some(self.at.min(self.tokens.len() - 1));
    }

    /// Moves behind the next `]` that is not opened on the way.
    fn skip_to_bracket(&mut self) {
        let mut open = 0_usize;
        while self.token().kind != Kind::End {
            match self.advance().kind {
                Kind::Sign("[") => open += 1,
                Kind::Sign("]") if open == 0 => break,
                Kind::Sign("]") => open -= 1,
                _ => {}
            }
        }
    }

    /// Returns what the text is when it is no statement that Elasticsearch runs.
    fn refusal(&self) -> Option<CompileError> {
        if !self.begins("join") {
            return None;
        }
        Some(CompileError {
            diagnostics: vec![
                Diagnostic::error(
                    "E190",
                    "Elasticsearch has no EQL join, and neither has watchglass",
                    self.token().span.clone(),
                    "not runnable",
                )
                .help("`sample` finds events in any order, `sequence` in this one"),
            ],
            construct: Some("join".to_owned()),
        })
    }

    fn event(&mut self) -> Parsed<EventQuery> {
        let token = self.token().clone();
        let category = match token.kind {
            Kind::Word(word) if word == "any" => None,
            Kind::Word(word) if word != "where" => Some(word),
            Kind::Text(name) | Kind::Quoted(name) => Some(name),
            _ => return self.unexpected("an event category or `any`"),
        };
        self.at += 1;
        if !self.take_word("where") {
            return self.unexpected("`where` after the event category");
        }
        Ok(EventQuery {
            category,
            category_span: token.span,
            condition: self.or(),
        })
    }

    fn or(&mut self) -> Expr {
        self.chain("or", Self::and, Node::Or)
    }

    fn and(&mut self) -> Expr {
        self.chain("and", |parser| parser.part(Self::not), Node::And)
    }

    fn chain(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Expr,
        make: fn(Vec<Expr>) -> Node,
    ) -> Expr {
        let start = self.token().span.start;
        let first = part(self);
        if !self.is_word(word) {
            return first;
        }
        let mut parts = vec![first];
        while self.take_word(word) {
            parts.push(part(self));
        }
        self.node(start, make(parts))
    }

    /// Reads a part of a condition; a broken one is reported and left behind.
    fn part(&mut self, part: fn(&mut Self) -> Parsed<Expr>) -> Expr {
        let (start, depth, at) = (self.token().span.start, self.depth, self.at);
        part(self).unwrap_or_else(|error| {
            self.depth = depth;
            self.report(*error);
            self.skip(at);
            self.node(start, Node::Bool(true))
        })
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
        if self.is_word("not") && self.next_is(|next| *next == Kind::Word("in".into())) {
            self.at += 1;
            return self.membership(start, left, true);
        }
        if self.is_word("in") {
            return self.membership(start, left, false);
        }
        if let Some(kind) = self.match_kind() {
            let patterns = self.patterns()?;
            let value = Box::new(left);
            return Ok(self.node(
                start,
                Node::Match {
                    kind,
                    value,
                    patterns,
                },
            ));
        }
        if self.is_sign("=") {
            return self.unexpected("a comparison");
        }
        Ok(left)
    }

    fn match_kind(&mut self) -> Option<MatchKind> {
        if self.take_sign(":") {
            return Some(MatchKind::Colon);
        }
        let (plain, tilde) = if self.is_word("like") {
            (MatchKind::Like, MatchKind::LikeIgnoreCase)
        } else if self.is_word("regex") {
            (MatchKind::Regex, MatchKind::RegexIgnoreCase)
        } else {
            return None;
        };
        self.at += 1;
        Some(if self.take_sign("~") { tilde } else { plain })
    }

    fn membership(&mut self, start: usize, value: Expr, negated: bool) -> Parsed<Expr> {
        self.at += 1;
        let ignore_case = self.take_sign("~");
        self.expect_sign("(")?;
        let list = self.list(|parser| Ok(parser.or()))?;
        let value = Box::new(value);
        Ok(self.node(
            start,
            Node::In {
                negated,
                ignore_case,
                value,
                list,
            },
        ))
    }

    /// One constant, or several in parentheses.
    fn patterns(&mut self) -> Parsed<Vec<Expr>> {
        if self.take_sign("(") {
            return self.list(Self::constant);
        }
        Ok(vec![self.constant()?])
    }

    /// The rest of a list of at least one, up to and with `)`.
    fn list(&mut self, item: fn(&mut Self) -> Parsed<Expr>) -> Parsed<Vec<Expr>> {
        self.deeper(|parser| {
            let mut items = vec![item(parser)?];
            while parser.take_sign(",") {
                items.push(item(parser)?);
            }
            if !parser.take_sign(")") {
                return parser.unexpected("`,` or `)`");
            }
            Ok(items)
        })
    }

    fn constant(&mut self) -> Parsed<Expr> {
        let start = self.token().span.start;
        let negative = self.take_sign("-");
        let node = match (&self.token().kind, negative) {
            (Kind::Text(text), false) => Node::Text(text.clone()),
            (Kind::Number(number), false) => Node::Number(*number),
            (Kind::Number(number), true) => Node::Number(negate(*number)),
            (Kind::Word(word), false) if word == "null" => Node::Null,
            (Kind::Word(word), false) if word == "true" => Node::Bool(true),
            (Kind::Word(word), false) if word == "false" => Node::Bool(false),
            _ => return self.unexpected("a text, a number, `true`, `false` or `null`"),
        };
        self.at += 1;
        Ok(self.node(start, node))
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
        self.primary()
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let token = self.token().clone();
        let start = token.span.start;
        match token.kind {
            Kind::Sign("(") => {
                self.at += 1;
                let mut inner = self.deeper(|parser| Ok(parser.or()))?;
                self.expect_sign(")")?;
                inner.span = start..self.last_end();
                Ok(inner)
            }
            Kind::Sign("?") => {
                self.at += 1;
                let name = self.field_name()?;
                Ok(self.node(
                    start,
                    Node::Field {
                        name,
                        optional: true,
                    },
                ))
            }
            Kind::Text(_) | Kind::Number(_) => self.constant(),
            Kind::Word(word) if matches!(word.as_str(), "null" | "true" | "false") => {
                self.constant()
            }
            Kind::Word(word) if !KEYWORDS.contains(&word.as_str()) => self.name_or_call(start),
            Kind::Quoted(_) => self.name_or_call(start),
            _ => self.unexpected("a field, a value or `(`"),
        }
    }

    fn name_or_call(&mut self, start: usize) -> Parsed<Expr> {
        let called = |kind: &Kind| matches!(kind, Kind::Sign("(" | "~"));
        if matches!(self.token().kind, Kind::Word(_)) && self.next_is(called) {
            return self.call(start);
        }
        let name = self.field_name()?;
        Ok(self.node(
            start,
            Node::Field {
                name,
                optional: false,
            },
        ))
    }

    fn call(&mut self, start: usize) -> Parsed<Expr> {
        let Kind::Word(name) = self.advance().kind else {
            return self.unexpected("a function");
        };
        let ignore_case = self.take_sign("~");
        self.expect_sign("(")?;
        let arguments = if self.take_sign(")") {
            Vec::new()
        } else {
            self.list(|parser| Ok(parser.or()))?
        };
        Ok(self.node(
            start,
            Node::Call {
                name,
                ignore_case,
                arguments,
            },
        ))
    }

    /// A dotted name whose parts may be quoted; keywords may stand in it after the first dot.
    fn field_name(&mut self) -> Parsed<String> {
        let mut name = String::new();
        loop {
            match &self.token().kind {
                Kind::Word(part) if !name.is_empty() || !KEYWORDS.contains(&part.as_str()) => {
                    name.push_str(part);
                }
                Kind::Quoted(part) => name.push_str(part),
                _ => return self.unexpected("a field name"),
            }
            self.at += 1;
            if !self.take_sign(".") {
                return Ok(name);
            }
            name.push('.');
        }
    }
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
