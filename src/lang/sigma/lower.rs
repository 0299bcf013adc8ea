//! Items become conditions on the verbatim Windows names.

use super::detection::Search;
use super::function;
use super::glob::Glob;
use super::item::{Form, Item, Position, Regex, Value};
use crate::event::FieldId;
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{
    AnyField, Case, Comparison, Expr, Leaf, Lists, Number, Pattern, Pred, Regex as Compiled, Test,
    Truth,
};
use crate::lang::spl::pcre;
use crate::lang::{Diagnostic, Span};
use crate::schema::{FieldRef, Vocabulary};

/// Fields beside an event's data that keywords are looked for in.
const BESIDE: [&str; 2] = ["Message", "Provider_Name"];

/// Lowers a search and collects what is wrong with its regular expressions.
pub fn search(search: &Search, errors: &mut Vec<Diagnostic>) -> Pred {
    let mut each = |parts: &[Search]| -> Vec<Pred> {
        parts
            .iter()
            .map(|part| self::search(part, errors))
            .collect()
    };
    match search {
        Search::Any(parts) => Pred::any(each(parts)),
        Search::All(parts) => Pred::all(each(parts)),
        Search::Item(item) => of_item(item, errors),
    }
}

/// Returns the field called `name`.
#[must_use]
pub fn field(name: &str) -> FieldRef {
    FieldRef {
        vocabulary: Vocabulary::Windows,
        name: FieldId::of(name),
    }
}

/// Returns the condition that `name` passes `test`.
#[must_use]
pub const fn leaf(field: FieldRef, test: Test, span: Span) -> Pred {
    Pred::Leaf(Leaf { field, test }, span)
}

fn of_item(item: &Item, errors: &mut Vec<Diagnostic>) -> Pred {
    let values: Vec<Pred> = item
        .values
        .iter()
        .map(|value| of_value(item, value, errors))
        .collect();
    let joined = if item.all {
        Pred::all(values)
    } else {
        Pred::any(values)
    };
    if item.negated {
        joined.negate()
    } else {
        joined
    }
}

fn of_value(item: &Item, value: &Value, errors: &mut Vec<Diagnostic>) -> Pred {
    let mut forms = value.forms.iter().map(|form| match &item.field {
        Some(name) => of_form(field(name), form, item.case, &value.span),
        None => keyword(form, item.case, &value.span),
    });
    let parts: Result<Vec<Pred>, Diagnostic> = forms.by_ref().collect();
    match parts {
        Ok(parts) => Pred::any(parts),
        Err(error) => {
            errors.push(error);
            Pred::Const(false)
        }
    }
}

fn of_form(field: FieldRef, form: &Form, case: Case, span: &Span) -> Result<Pred, Diagnostic> {
    let leaf = |test| leaf(field, test, span.clone());
    Ok(match form {
        Form::Text(_, glob) => leaf(glob.test(case)),
        Form::Bytes(bytes) => leaf(Glob::literal(&super::modifier::as_text(bytes)).test(case)),
        Form::Number(number) => leaf(Test::Number(Comparison::Equal, *number)),
        Form::Bool(flag) => leaf(Test::Text(flag.to_string().into(), Case::Insensitive)),
        // Shippers leave empty members out, so a missing one and an empty one mean the same.
        Form::Null => leaf(Test::Wildcard(Pattern::new(
            [Piece::One, Piece::Many],
            case,
        )))
        .negate(),
        Form::Regex(regex) => leaf(Test::Regex(compiled(regex, case, span)?)),
        Form::Network(network) => leaf(Test::Network(*network)),
        Form::Compare(op, number) => leaf(Test::Number(*op, *number)),
        Form::Exists(true) => leaf(Test::Exists),
        Form::Exists(false) => leaf(Test::Exists).negate(),
        Form::Field(other, position) => truth(against(field, other, *position, case), span),
        Form::Part(part, op, wanted) => {
            let value = Expr::Call(function::part(*part), vec![Expr::Field(field)]);
            let wanted = Box::new(Expr::Number(Number::Int(*wanted)));
            truth(
                Expr::Compare(*op, Case::Sensitive, Box::new(value), wanted),
                span,
            )
        }
    })
}

fn truth(expr: Expr, span: &Span) -> Pred {
    let lists = Lists::Any;
    Pred::Truth(Truth { expr, lists }, span.clone())
}

fn against(left: FieldRef, other: &str, position: Position, case: Case) -> Expr {
    let (left, right) = (Expr::Field(left), Expr::Field(field(other)));
    match function::position(position, case) {
        Some(function) => Expr::Call(function, vec![left, right]),
        None => Expr::Compare(Comparison::Equal, case, Box::new(left), Box::new(right)),
    }
}

/// A keyword stands anywhere in the event: in its data, its message, or the names of its provider, channel and host.
fn keyword(form: &Form, case: Case, span: &Span) -> Result<Pred, Diagnostic> {
    let contains = |glob: Glob| {
        let glob = glob.open(true, true);
        Test::Wildcard(Pattern::new(glob.0, case))
    };
    let test = match form {
        Form::Text(_, glob) => contains(glob.clone()),
        Form::Bytes(bytes) => contains(Glob::literal(&super::modifier::as_text(bytes))),
        Form::Number(number) => contains(Glob::literal(&number.to_string())),
        Form::Bool(flag) => contains(Glob::literal(&flag.to_string())),
        Form::Regex(regex) => Test::Regex(compiled(regex, case, span)?),
        other => {
            let message = format!("{} needs a field", other.kind());
            let error = Diagnostic::error("E614", message, span.clone(), "without a field");
            return Err(error.help("write it behind a field's name"));
        }
    };
    let everywhere = AnyField {
        names: None,
        ecs: false,
        test: test.clone(),
        analysed: test.clone(),
    };
    let beside = BESIDE.map(|name| leaf(field(name), test.clone(), span.clone()));
    Ok(Pred::any(
        [Pred::AnyField(everywhere, span.clone())]
            .into_iter()
            .chain(beside),
    ))
}

/// `re` keeps to case unless it says `i`; `cased` changes nothing there.
fn compiled(regex: &Regex, _case: Case, span: &Span) -> Result<Compiled, Diagnostic> {
    let translated = pcre::translate(&regex.source);
    let body = translated.strip_prefix("(?-s)").unwrap_or(&translated);
    let lines = if regex.lines { "m" } else { "" };
    let source = if regex.dot_all {
        format!("(?s{lines}){body}")
    } else {
        format!("(?{lines}-s){body}")
    };
    let case = if regex.ignore_case {
        Case::Insensitive
    } else {
        Case::Sensitive
    };
    Compiled::compile(&source, case).map_err(|error| {
        // The first lines of the report draw the pattern; the last says what is wrong.
        let reason = error.to_string();
        let reason = reason
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned();
        Diagnostic::error(
            "E615",
            format!("the regular expression cannot be used: {reason}"),
            span.clone(),
            "in here",
        )
    })
}
