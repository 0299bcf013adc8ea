//! A tree becomes an [`Expr`]; `where`'s becomes a condition.

use super::super::names::Names;
use super::super::problem::{Parsed, not_runnable, unknown, wrong};
use super::{Kind, Node, functions, pcre};
use crate::event::FieldId;
use crate::lang::function::Function;
use crate::lang::ir::expr::Arithmetic;
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{Case, Comparison, Expr, Lists, Pattern, Pred, Regex, Test, Truth};
use crate::lang::spl::token;
use crate::lang::{Diagnostic, Span};
use crate::schema::{FieldRef, Vocabulary};

/// Lowers an expression that is used as a condition.
pub fn condition(node: &Node, names: &mut dyn Names) -> Parsed<Pred> {
    // A conjunction is split, so that each part is told apart in what made a rule fire.
    if let Kind::And(parts) = &node.kind {
        let parts: Parsed<Vec<_>> = parts.iter().map(|part| condition(part, names)).collect();
        return Ok(Pred::all(parts?));
    }
    let expr = value(node, names)?;
    let truth = Truth {
        expr,
        lists: Lists::Whole,
    };
    Ok(Pred::Truth(truth, node.span.clone()))
}

/// Lowers an expression.
pub fn value(node: &Node, names: &mut dyn Names) -> Parsed<Expr> {
    Ok(match &node.kind {
        Kind::Number(number) => Expr::Number(*number),
        Kind::Text(text) => match token::value(text, names) {
            Some(value) => value,
            None => Expr::Text(text.as_str().into()),
        },
        Kind::Field(name) => field(name, node, names)?,
        Kind::Call(name, arguments) => call(name, arguments, &node.span, names)?,
        Kind::Compare(operator, left, right) => compare(*operator, left, right, names)?,
        Kind::Like(text, pattern) => like(text, pattern, names)?,
        Kind::In(one, list) => one_of(one, list, names)?,
        Kind::Arithmetic(operator, left, right) => {
            warn_of_points(*operator, left, right, names);
            Expr::Arithmetic(
                *operator,
                Box::new(value(left, names)?),
                Box::new(value(right, names)?),
            )
        }
        Kind::Negative(inner) => Expr::Negative(Box::new(value(inner, names)?)),
        Kind::Not(inner) => Expr::Not(Box::new(value(inner, names)?)),
        Kind::And(parts) => Expr::And(all(parts, names)?),
        Kind::Or(parts) => Expr::Or(all(parts, names)?),
        Kind::Xor(left, right) => {
            let (left, right) = (value(left, names)?, value(right, names)?);
            let not = |expr: &Expr| Expr::Not(Box::new(expr.clone()));
            Expr::Or(vec![
                Expr::And(vec![left.clone(), not(&right)]),
                Expr::And(vec![not(&left), right]),
            ])
        }
    })
}

fn all(nodes: &[Node], names: &mut dyn Names) -> Parsed<Vec<Expr>> {
    nodes.iter().map(|node| value(node, names)).collect()
}

fn field(name: &str, node: &Node, names: &mut dyn Names) -> Parsed<Expr> {
    if name.eq_ignore_ascii_case("null") {
        // Published searches write `null` for `null()`; no field is called so.
        return Ok(Expr::Null);
    }
    // Bare, `$a$` is a word of its own.
    if let Some(value) = token::value(name, names) {
        return Ok(value);
    }
    Ok(Expr::Field(names.field(name, &node.span)?))
}

/// `a.b` joins two fields; who writes it mostly means one field with a point in its name.
fn warn_of_points(operator: Arithmetic, left: &Node, right: &Node, names: &mut dyn Names) {
    if let (Arithmetic::Join, Kind::Field(a), Kind::Field(b)) = (operator, &left.kind, &right.kind)
        && left.span.end + 1 == right.span.start
    {
        let span = left.span.start..right.span.end;
        let message = format!("`{a}.{b}` joins the values of two fields");
        names.warn(
            Diagnostic::warning("E312", message, span, "two fields")
                .help(format!("write '{a}.{b}' for one field of this name")),
        );
    }
}

fn compare(operator: Comparison, left: &Node, right: &Node, names: &mut dyn Names) -> Parsed<Expr> {
    let literal = |node: &Node| matches!(node.kind, Kind::Number(_) | Kind::Text(_));
    let neither = !literal(left) && !literal(right);
    let mut side = |node: &Node| -> Parsed<Box<Expr>> {
        let expr = value(node, names)?;
        // Two values that both spell numbers compare as numbers, however a log writes them.
        Ok(Box::new(if neither {
            Expr::Call(functions::numeric(), vec![expr])
        } else {
            expr
        }))
    };
    let (left, right) = (side(left)?, side(right)?);
    Ok(Expr::Compare(operator, Case::Sensitive, left, right))
}

fn like(text: &Node, pattern: &Node, names: &mut dyn Names) -> Parsed<Expr> {
    let Kind::Text(pattern) = &pattern.kind else {
        let parts = vec![value(text, names)?, value(pattern, names)?];
        return function("like", parts, &pattern.span);
    };
    // A backslash is no escape: published patterns end folders with it (`%\\temp\\%`).
    let pieces = pattern.chars().map(|char| match char {
        '%' => Piece::Many,
        '_' => Piece::One,
        char => Piece::Char(char),
    });
    let test = Test::Wildcard(Pattern::new(pieces, Case::Sensitive));
    Ok(Expr::Test(Box::new(value(text, names)?), test))
}

fn one_of(one: &Node, list: &[Node], names: &mut dyn Names) -> Parsed<Expr> {
    let tests: Parsed<Vec<Expr>> = list
        .iter()
        .map(|other| compare(Comparison::Equal, one, other, names))
        .collect();
    Ok(Expr::Or(tests?))
}

/// Compiles a regular expression as Splunk's PCRE reads it: anywhere in the text, `.` stops at a line's end.
pub fn regex(source: &str, span: &Span) -> Parsed<Regex> {
    match Regex::compile_looking(&pcre::translate(source), Case::Sensitive) {
        Ok(regex) => Ok(regex),
        Err(error) => {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim();
            let why = why.strip_prefix("error: ").unwrap_or(why);
            Err(wrong(
                format!("this regular expression cannot be read: {why}"),
                span,
                "here",
            ))
        }
    }
}

fn call(name: &str, arguments: &[Node], span: &Span, names: &mut dyn Names) -> Parsed<Expr> {
    let lower = name.to_ascii_lowercase();
    match (lower.as_str(), arguments) {
        ("true", []) => return Ok(Expr::Bool(true)),
        ("false", []) => return Ok(Expr::Bool(false)),
        ("null", []) => return Ok(Expr::Null),
        ("isnotnull", [one]) => {
            return Ok(Expr::Test(Box::new(value(one, names)?), Test::Exists));
        }
        ("isnull", [one]) => {
            let exists = Expr::Test(Box::new(value(one, names)?), Test::Exists);
            return Ok(Expr::Not(Box::new(exists)));
        }
        ("like", [text, pattern]) => return like(text, pattern, names),
        ("match", [text, pattern]) if let Kind::Text(source) = &pattern.kind => {
            let test = Test::Regex(regex(source, &pattern.span)?);
            return Ok(Expr::Test(Box::new(value(text, names)?), test));
        }
        ("now" | "time", []) => return Ok(now()),
        ("mvmap", [field, body]) => return elements(field, body, false, names),
        ("mvfilter", [condition]) => {
            let field = only_field(condition, names)?;
            let body = Box::new(value(condition, names)?);
            return Ok(Expr::Elements {
                field,
                body,
                keep: true,
            });
        }
        ("in", [one, list @ ..]) if !list.is_empty() => return one_of(one, list, names),
        ("replace", [_, pattern, _]) if let Kind::Text(source) = &pattern.kind => {
            regex(source, &pattern.span)?;
        }
        _ => {}
    }
    let function = find(&lower, arguments.len(), span)?;
    Ok(Expr::Call(function, all(arguments, names)?))
}

/// Returns a call of the function `name`.
pub fn function(name: &str, arguments: Vec<Expr>, span: &Span) -> Parsed<Expr> {
    let function = find(name, arguments.len(), span)?;
    Ok(Expr::Call(function, arguments))
}

/// Returns the time of the search: the end of a window, or of one event alone the time of that event.
pub fn now() -> Expr {
    Expr::Field(FieldRef {
        vocabulary: Vocabulary::SplunkAddon,
        name: FieldId::of("now()"),
    })
}

/// `mvfilter` and `mvmap`: the body sees each value of one field.
fn elements(field: &Node, body: &Node, keep: bool, names: &mut dyn Names) -> Parsed<Expr> {
    let Expr::Field(field) = value(field, names)? else {
        return Err(not_runnable(
            "a function over other than one field's values",
            &field.span,
        ));
    };
    let body = Box::new(value(body, names)?);
    Ok(Expr::Elements { field, body, keep })
}

/// Returns the only field that a condition reads.
fn only_field(node: &Node, names: &mut dyn Names) -> Parsed<FieldRef> {
    let mut found: Vec<FieldRef> = Vec::new();
    value(node, names)?.fields(&mut |field| {
        if !found.contains(&field) {
            found.push(field);
        }
    });
    match found.as_slice() {
        [one] => Ok(*one),
        _ => Err(wrong("`mvfilter` looks at one field", &node.span, "here")),
    }
}

fn find(name: &str, arguments: usize, span: &Span) -> Parsed<&'static Function> {
    let Some(function) = functions::find(name) else {
        if functions::NOT_RUN.contains(&name) {
            return Err(not_runnable(format!("the function `{name}`"), span));
        }
        let called = span.start..span.end.min(span.start + name.len());
        return Err(unknown("function", name, &called, functions::names()));
    };
    let (least, most) = function.arguments;
    if (least..=most).contains(&arguments) {
        return Ok(function);
    }
    let takes = if least == most {
        least.to_string()
    } else {
        format!("{least} to {most}")
    };
    let message = format!("`{name}` takes {takes} arguments, here are {arguments}");
    Err(wrong(message, span, "here"))
}

/// Lowers what an aggregate counts or collects: a condition gives 1 where it holds and nothing elsewhere.
pub fn counted(node: &Node, names: &mut dyn Names) -> Parsed<Expr> {
    let expr = value(node, names)?;
    let is_condition = matches!(
        expr,
        Expr::Test(..)
            | Expr::Compare(..)
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Bool(_)
    );
    if !is_condition {
        return Ok(expr);
    }
    let one = Expr::Number(crate::lang::ir::Number::Int(1));
    Ok(Expr::Call(functions::choose(), vec![expr, one, Expr::Null]))
}
