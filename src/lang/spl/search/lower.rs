//! A search expression becomes a condition.

use super::super::duration;
use super::super::names::Names;
use super::super::problem::{Parsed, not_runnable};
use super::{Node, Word, place};
use crate::lang::Span;
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{
    AnyField, Case, Comparison, Expr, Leaf, Lists, Number, Pattern, Pred, Regex, Test, Truth,
};
use crate::lang::spl::{eval, token};
use crate::schema::Dataset;

/// Splunk's own indexes: what they hold is not in an event log.
const OWN_INDEXES: [&str; 5] = ["risk", "notable", "summary", "cim_modactions", "_"];

/// Lowers an expression on what `names` has at this place: the event, or the row.
pub fn lower(node: &Node, names: &mut dyn Names) -> Parsed<Pred> {
    let mut all = |nodes: &[Node]| {
        nodes
            .iter()
            .map(|node| lower(node, names))
            .collect::<Parsed<Vec<_>>>()
    };
    match node {
        Node::And(parts) => Ok(Pred::all(all(parts)?)),
        Node::Or(parts) => Ok(Pred::any(all(parts)?)),
        Node::Not(inner) => Ok(lower(inner, names)?.negate()),
        Node::Compare {
            field,
            operator,
            value,
        } => match place::comparison(field, *operator, value) {
            Some(renamed) if of_events(field, names) => lower(&renamed, names),
            _ => compare(field, *operator, value, names),
        },
        Node::In { field, values } => {
            if let Some(renamed) = place::list(field, values)
                && of_events(field, names)
            {
                return lower(&renamed, names);
            }
            let tests = values.iter().map(|value| value_test(&value.text)).collect();
            if let Some(placed) = placement(field, values, names)? {
                return Ok(placed);
            }
            if values.iter().any(|value| token::is_in(&value.text)) {
                let any = values
                    .iter()
                    .map(|value| compare(field, Comparison::Equal, value, names));
                return Ok(Pred::any(any.collect::<Parsed<Vec<_>>>()?));
            }
            leaf(field, &field.span, Test::AnyOf(tests), names)
        }
        Node::Term(word) => term(word, Case::Insensitive, names),
        Node::Exact(word) => term(word, Case::Sensitive, names),
    }
}

/// Whether `field` is what an event has, and no column that the search made.
fn of_events(field: &Word, names: &mut dyn Names) -> bool {
    !names.are_rows() && !names.sets(&field.text)
}

/// Returns the test for a value: the whole text in any case, `*` standing for any text; numbers also by value.
#[must_use]
pub fn value_test(text: &str) -> Test {
    if text.contains('*') {
        let pattern = pattern(text);
        return if pattern.is_everything() {
            Test::Exists
        } else {
            Test::Wildcard(pattern)
        };
    }
    let whole = Test::Text(Case::Insensitive.fold_text(text), Case::Insensitive);
    match Number::parse(text) {
        Some(number) => Test::AnyOf([whole, Test::Number(Comparison::Equal, number)].into()),
        None => whole,
    }
}

fn pattern(text: &str) -> Pattern {
    let pieces = text.chars().map(|char| match char {
        '*' => Piece::Many,
        char => Piece::Char(char),
    });
    Pattern::new(pieces, Case::Insensitive)
}

fn compare(
    field: &Word,
    operator: Comparison,
    value: &Word,
    names: &mut dyn Names,
) -> Parsed<Pred> {
    if let Some(wanted) = token::value(&value.text, names) {
        return with_token(field, operator, wanted, names);
    }
    if let Some(placed) = placement(field, std::slice::from_ref(value), names)? {
        return Ok(if operator == Comparison::NotEqual {
            placed.negate()
        } else {
            placed
        });
    }
    let span = field.span.start..value.span.end.max(field.span.end);
    let test = match operator {
        Comparison::Equal => value_test(&value.text),
        Comparison::NotEqual => match value_test(&value.text) {
            // Every value is like `*`.
            Test::Exists => {
                names.field(&field.text, &field.span)?;
                return Ok(Pred::Const(false));
            }
            test => Test::Differs(Box::new(test)),
        },
        order => match Number::parse(&value.text) {
            Some(number) => Test::Number(order, number),
            None => Test::TextOrder(
                order,
                Case::Insensitive.fold_text(&value.text),
                Case::Insensitive,
            ),
        },
    };
    leaf(field, &span, test, names)
}

/// A comparison with a value of the row that `map` runs for.
fn with_token(
    field: &Word,
    operator: Comparison,
    wanted: Expr,
    names: &mut dyn Names,
) -> Parsed<Pred> {
    let truth = |expr| {
        let lists = Lists::Whole;
        Ok(Pred::Truth(Truth { expr, lists }, field.span.clone()))
    };
    let wanted_time = |operator, time| {
        let seconds = eval::function("tonumber", vec![wanted.clone()], &field.span)?;
        let within = Expr::Compare(operator, Case::Sensitive, Box::new(time), Box::new(seconds));
        // What is no number of seconds bounds nothing.
        eval::function("coalesce", vec![within, Expr::Bool(true)], &field.span)
    };
    let name = match field.text.as_str() {
        "earliest" | "latest" => "_time",
        "index" | "splunk_server" => return Ok(Pred::Const(true)),
        name => name,
    };
    let held = Expr::Field(names.field(name, &field.span)?);
    let fits = |held: &Expr| {
        let parts = vec![held.clone(), wanted.clone()];
        Expr::Call(eval::wildcard(), parts)
    };
    truth(match (field.text.as_str(), operator) {
        ("earliest", _) => wanted_time(Comparison::GreaterOrEqual, held)?,
        ("latest", _) => wanted_time(Comparison::Less, held)?,
        (_, Comparison::Equal) => fits(&held),
        (_, Comparison::NotEqual) => Expr::And(vec![
            Expr::Test(Box::new(held.clone()), Test::Exists),
            Expr::Not(Box::new(fits(&held))),
        ]),
        (_, order) => Expr::Compare(
            order,
            Case::Insensitive,
            Box::new(Expr::Call(eval::numeric(), vec![held])),
            Box::new(Expr::Call(eval::numeric(), vec![wanted])),
        ),
    })
}

fn leaf(field: &Word, span: &Span, test: Test, names: &mut dyn Names) -> Parsed<Pred> {
    let field = names.field(&field.text, &field.span)?;
    Ok(Pred::Leaf(Leaf { field, test }, span.clone()))
}

/// Conditions on where Splunk keeps an event and on when a search runs. watchglass has one place, and each event is
/// looked at once, as it arrives.
fn placement(field: &Word, values: &[Word], names: &mut dyn Names) -> Parsed<Option<Pred>> {
    if names.are_rows() || names.sets(&field.text) {
        return Ok(None);
    }
    match field.text.as_str() {
        "earliest" => {
            let seconds = values.first().and_then(|value| back(&value.text));
            if let Some(seconds) = seconds {
                names.looks_back(seconds, &field.span);
            }
            Ok(Some(Pred::Const(true)))
        }
        "nodename" => {
            let nodes = values.iter().map(|value| node_of(value, names));
            Ok(Some(Pred::any(nodes.collect::<Parsed<Vec<_>>>()?)))
        }
        "latest" | "splunk_server" | "splunk_server_group" => Ok(Some(Pred::Const(true))),
        "index" => {
            let own = values.iter().find(|value| {
                OWN_INDEXES.iter().any(|own| match *own {
                    "_" => value.text.starts_with('_'),
                    own => value.text.eq_ignore_ascii_case(own),
                })
            });
            match own {
                Some(value) => {
                    let construct = format!("a search of Splunk's own index `{}`", value.text);
                    Err(not_runnable(construct, &value.span))
                }
                None => Ok(Some(Pred::Const(true))),
            }
        }
        _ => Ok(None),
    }
}

/// The part of a data model that `nodename` names.
fn node_of(value: &Word, names: &mut dyn Names) -> Parsed<Pred> {
    let node = value.text.rsplit('.').next().unwrap_or_default();
    let (name, wanted) = match node {
        "Failed_Authentication" => ("action", "failure"),
        "Successful_Authentication" => ("action", "success"),
        "Blocked_Traffic" => ("action", "blocked"),
        "Allowed_Traffic" => ("action", "allowed"),
        "Account_Management" => ("change_type", "AAA"),
        _ => {
            return Ok(match Dataset::parse(&value.text) {
                Some(dataset) => Pred::Member(dataset, value.span.clone()),
                None => Pred::Const(true),
            });
        }
    };
    let field = names.field(name, &value.span)?;
    let test = value_test(wanted);
    Ok(Pred::Leaf(Leaf { field, test }, value.span.clone()))
}

/// Returns how many seconds `-24h@h` lies back.
fn back(text: &str) -> Option<u32> {
    let text = text.strip_prefix('-')?;
    duration::seconds(text.split('@').next()?)
}

/// A text that stands somewhere in the event as a word of its own, or as several side by side.
fn term(word: &Word, case: Case, names: &mut dyn Names) -> Parsed<Pred> {
    if word.text.chars().all(|char| char == '*') && !word.text.is_empty() {
        return Ok(Pred::Const(true));
    }
    if token::value(&word.text, names).is_some() {
        let construct = "a text search for a value of a row";
        return Err(not_runnable(construct, &word.span));
    }
    if names.are_rows() && !names.has_texts() {
        return Err(not_runnable("a text search in result rows", &word.span));
    }
    // Splunk's index breaks texts into words at these characters, so a text found in the middle of a word is none.
    let breaker = r#"[\s\[\]<>(){}|!;,'"*&?+/:=@.\-$#%\\_]"#;
    let text = word.text.trim_matches('*');
    let wanted: Vec<String> = text.split('*').map(regex::escape).collect();
    let start = if word.text.starts_with('*') {
        ""
    } else {
        breaker
    };
    let end = if word.text.ends_with('*') {
        ""
    } else {
        breaker
    };
    let bound = |set: &str, edge: &str| match set {
        "" => String::new(),
        set => format!("(?:{edge}|{set})"),
    };
    let source = format!(
        "{}{}{}",
        bound(start, r"\A"),
        wanted.join(r"\S*?"),
        bound(end, r"\z")
    );
    let regex = Regex::compile(&source, case).map_err(|_| {
        super::super::problem::wrong("this text is too long to look for", &word.span, "here")
    })?;
    let any = AnyField {
        names: None,
        ecs: false,
        test: Test::Regex(regex.clone()),
        analysed: Test::Regex(regex),
    };
    Ok(Pred::AnyField(any, word.span.clone()))
}
