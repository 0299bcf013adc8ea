//! Three-valued expressions on one event.

use std::borrow::Cow;

use super::Fields;
use crate::event::Value;
use crate::lang::ir::expr::Arithmetic;
use crate::lang::ir::limit::COMBINATIONS;
use crate::lang::ir::test::{number, with_text};
use crate::lang::ir::{Case, Comparison, Expr, Lists, Number, Test, Truth};
use crate::schema::FieldRef;

/// How many choices of elements are tried when several fields of an expression have several values.
const MAX_CHOICES: usize = 10_000;

/// Fields of an expression and the element that stands for each.
pub type Bound = Vec<(FieldRef, Value)>;

/// Returns whether the expression is true.
pub fn is_true(truth: &Truth, scope: &impl Fields) -> bool {
    let tried = |bound: &Bound| value(&truth.expr, scope, bound) == Some(Value::Bool(true));
    let mut lists: Vec<(FieldRef, Vec<Value>)> = Vec::new();
    if truth.lists == Lists::Any {
        truth.expr.fields(&mut |field| {
            if lists.iter().any(|(known, _)| *known == field) {
                return;
            }
            if let Some(Value::List(list)) = scope.value(field).as_deref() {
                lists.push((field, list.clone()));
            }
        });
    }
    if lists.is_empty() {
        return tried(&Vec::new());
    }
    let choices = lists
        .iter()
        .try_fold(1_usize, |product, (_, list)| {
            product.checked_mul(list.len())
        })
        .unwrap_or(usize::MAX);
    COMBINATIONS.add(choices.saturating_sub(MAX_CHOICES));
    (0..choices.min(MAX_CHOICES)).any(|mut choice| {
        let mut bound = Bound::new();
        for (field, list) in &lists {
            bound.push((*field, list[choice % list.len()].clone()));
            choice /= list.len();
        }
        tried(&bound)
    })
}

/// Returns the expression's value; `None` is null.
pub fn value(expr: &Expr, scope: &impl Fields, bound: &Bound) -> Option<Value> {
    let of = |expr: &Expr| value(expr, scope, bound);
    match expr {
        Expr::Null => None,
        Expr::Bool(flag) => Some(Value::Bool(*flag)),
        Expr::Number(number) => Some(from_number(*number)),
        Expr::Text(text) => Some(Value::Str(text.clone())),
        Expr::Field(field) => match bound.iter().find(|(known, _)| known == field) {
            Some((_, element)) => Some(element.clone()),
            None => scope.value(*field).map(Cow::into_owned),
        },
        Expr::Call(function, parts) => {
            let arguments: Vec<_> = parts.iter().map(of).collect();
            if function.strict && arguments.iter().any(Option::is_none) {
                return None;
            }
            (function.call)(&arguments)
        }
        Expr::Test(inner, test) => match (of(inner), test) {
            (inner, Test::Exists) => Some(inner.is_some().into()),
            (inner, test) => inner.map(|inner| test.passes(Some(&inner)).into()),
        },
        Expr::Compare(op, case, left, right) => compare(*op, *case, &of(left)?, &of(right)?),
        Expr::Arithmetic(operator, left, right) => arithmetic(*operator, &of(left)?, &of(right)?),
        Expr::Negative(inner) => match number(&of(inner)?)? {
            Number::Int(whole) => whole.checked_neg().map(Value::Int),
            Number::Float(float) => Some(Value::Float(-float)),
        },
        Expr::Not(inner) => truth(of(inner).as_ref()).map(|flag| Value::Bool(!flag)),
        Expr::And(parts) => logic(parts.iter().map(of), false),
        Expr::Or(parts) => logic(parts.iter().map(of), true),
        Expr::Elements { field, body, keep } => elements(*field, body, *keep, scope, bound),
    }
}

/// `mvfilter` and `mvmap`.
fn elements(
    field: FieldRef,
    body: &Expr,
    keep: bool,
    scope: &impl Fields,
    bound: &Bound,
) -> Option<Value> {
    let list = value(&Expr::Field(field), scope, bound)?;
    let mut out: Vec<Value> = Vec::new();
    for element in list.elements() {
        let mut bound = bound.clone();
        bound.retain(|(known, _)| *known != field);
        bound.push((field, element.clone()));
        match value(body, scope, &bound) {
            Some(Value::Bool(true)) if keep => out.push(element.clone()),
            Some(made) if !keep => out.push(made),
            _ => {}
        }
    }
    match out.len() {
        0 => None,
        1 => out.pop(),
        _ => Some(Value::List(out)),
    }
}

/// `or` when `decisive` is true, `and` when it is false: one such part decides, else a null makes null.
fn logic(parts: impl Iterator<Item = Option<Value>>, decisive: bool) -> Option<Value> {
    let mut unknown = false;
    for part in parts {
        match truth(part.as_ref()) {
            Some(flag) if flag == decisive => return Some(Value::Bool(decisive)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(Value::Bool(!decisive))
}

fn truth(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(flag) => Some(*flag),
        Value::Str(text) if &**text == "true" => Some(true),
        Value::Str(text) if &**text == "false" => Some(false),
        _ => None,
    }
}

fn from_number(number: Number) -> Value {
    match number {
        Number::Int(whole) => Value::Int(whole),
        Number::Float(float) => Value::Float(float),
    }
}

const fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_))
}

/// Numbers compare as numbers also with texts that spell one; everything else as text.
fn compare(op: Comparison, case: Case, left: &Value, right: &Value) -> Option<Value> {
    if matches!(left, Value::List(_)) || matches!(right, Value::List(_)) {
        return among(op, case, left, right);
    }
    if is_number(left) || is_number(right) {
        let (left, right) = (number(left), number(right));
        if let (Some(left), Some(right)) = (left, right) {
            return left.compare(right).map(|order| op.accepts(order).into());
        }
    }
    let left = with_text(left, |text| case.fold_text(text))?;
    let right = with_text(right, |text| case.fold_text(text))?;
    Some(op.accepts(left.cmp(&right)).into())
}

/// Where lists are seen whole (Splunk), one element that compares so suffices.
fn among(op: Comparison, case: Case, left: &Value, right: &Value) -> Option<Value> {
    let pairs = left
        .elements()
        .flat_map(|left| right.elements().map(move |right| (left, right)));
    let single = |value: &Value| !matches!(value, Value::List(_));
    let found = pairs
        .filter(|(left, right)| single(left) && single(right))
        .filter_map(|(left, right)| compare(op, case, left, right));
    found.reduce(|best, next| {
        if best == Value::Bool(true) {
            best
        } else {
            next
        }
    })
}

fn arithmetic(operator: Arithmetic, left: &Value, right: &Value) -> Option<Value> {
    let join = || {
        let left = with_text(left, str::to_owned)?;
        Some(Value::from(left + &with_text(right, str::to_owned)?))
    };
    if operator == Arithmetic::Join {
        return join();
    }
    let (Some(x), Some(y)) = (number(left), number(right)) else {
        return if operator == Arithmetic::AddOrJoin {
            join()
        } else {
            None
        };
    };
    if let (Number::Int(x), Number::Int(y)) = (x, y) {
        let whole = match operator {
            Arithmetic::Add | Arithmetic::AddOrJoin => x.checked_add(y),
            Arithmetic::Subtract => x.checked_sub(y),
            Arithmetic::Multiply => x.checked_mul(y),
            Arithmetic::DivideWhole => return x.checked_div(y).map(Value::Int),
            Arithmetic::Modulo => return x.checked_rem(y).map(Value::Int),
            Arithmetic::Divide | Arithmetic::Join => None,
        };
        if let Some(whole) = whole {
            return Some(Value::Int(whole));
        }
    }
    let (x, y) = (x.as_f64(), y.as_f64());
    let result = match operator {
        Arithmetic::Add | Arithmetic::AddOrJoin => x + y,
        Arithmetic::Subtract => x - y,
        Arithmetic::Multiply => x * y,
        Arithmetic::Divide | Arithmetic::DivideWhole => x / y,
        Arithmetic::Modulo => x % y,
        Arithmetic::Join => return None,
    };
    result.is_finite().then(|| {
        // Splunk writes 6/3 as 2.
        if result.fract() == 0.0 && operator == Arithmetic::Divide && result.abs() < 9e15 {
            Value::Int(result as i64)
        } else {
            Value::Float(result)
        }
    })
}
