//! The tree of an ES|QL query. It prints as a query that parses to an equal tree; spans do not count for equality.

mod print;

use crate::lang::Span;
use crate::lang::ir::{Comparison, Number};

/// A source command and what its rows are piped through.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    pub source: Source,
    pub commands: Vec<Command>,
}

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// `FROM patterns METADATA fields`
    From {
        patterns: Vec<Name>,
        metadata: Vec<Name>,
    },
    /// `ROW`, `SHOW`, `TS`, ...: the command's name and its text.
    Other(Unread),
}

/// A command that is recognised and kept as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Unread {
    /// In capitals: `COMPLETION`, `LOOKUP JOIN`.
    pub name: String,
    /// What follows the name.
    pub rest: String,
    pub span: Place,
}

/// A place that does not count for equality.
#[derive(Debug, Clone, Default)]
pub struct Place(pub Span);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A name and its place. In `keep` and `drop` it may hold `*`.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    pub text: String,
    pub span: Place,
}

/// A command after the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    pub verb: Verb,
    pub span: Place,
}

/// What a command does.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    Where(Expr),
    Eval(Vec<Assignment>),
    Keep(Vec<Name>),
    Drop(Vec<Name>),
    /// From, to.
    Rename(Vec<(Name, Name)>),
    Stats(Stats),
    Sort(Vec<Order>),
    Limit(u64),
    Grok {
        input: Name,
        patterns: Vec<(String, Place)>,
    },
    Dissect {
        input: Name,
        pattern: (String, Place),
        separator: String,
    },
    MvExpand(Name),
    Unread(Unread),
}

/// `STATS` and `INLINE STATS`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    pub inline: bool,
    pub measures: Vec<Measure>,
    pub by: Vec<Assignment>,
}

/// A column of `STATS`: `name = function(...) WHERE condition`.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub column: Assignment,
    pub filter: Option<Expr>,
}

/// `name = value`; without a name the column is called as the value is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    pub name: Option<Name>,
    pub value: Expr,
    /// The value as it is written, in one line.
    pub written: Written,
}

/// Text of an expression; formatting does not count for equality.
#[derive(Debug, Clone, Default)]
pub struct Written(pub String);

impl PartialEq for Written {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Assignment {
    /// Returns the name of the column.
    #[must_use]
    pub fn column(&self) -> &str {
        match (&self.name, &self.value.node) {
            (Some(name), _) => &name.text,
            (None, Node::Field(name)) => name,
            (None, _) => &self.written.0,
        }
    }
}

/// A key of `SORT`.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub key: Expr,
    pub descending: bool,
    /// `NULLS FIRST`; by default nulls are last when ascending, first when descending.
    pub nulls_first: Option<bool>,
}

/// A node and its place.
#[derive(Debug, Clone)]
pub struct Expr {
    pub node: Node,
    pub span: Span,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

/// What stands there.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// `5 minutes`: how many of which unit, as written.
    Duration(Number, String),
    Field(String),
    /// `*` in `count(*)`.
    Star,
    Call {
        name: String,
        arguments: Vec<Expr>,
    },
    /// `[1, 2]`
    List(Vec<Expr>),
    /// `{"option": value}`
    Options(Vec<(String, Expr)>),
    Cast(Box<Expr>, String),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    Arithmetic(Operator, Box<Expr>, Box<Expr>),
    Negative(Box<Expr>),
    /// `field : query`
    Match(Box<Expr>, Box<Expr>),
    Like {
        negated: bool,
        /// `RLIKE`
        regex: bool,
        value: Box<Expr>,
        patterns: Vec<Expr>,
    },
    In {
        negated: bool,
        value: Box<Expr>,
        list: Vec<Expr>,
    },
    IsNull {
        negated: bool,
        value: Box<Expr>,
    },
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
}

/// An arithmetic operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}
