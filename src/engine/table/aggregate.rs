//! What is computed over the rows of a group.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::sort::compare;
use super::{Context, Rows, spark};
use crate::event::Value;
use crate::lang::ir::table::{Aggregate, Argument, Dialect, Function, Group};
use crate::lang::ir::test::number;
use crate::lang::ir::{Expr, Number};

/// An aggregate over one thing: a pattern of columns has been told apart.
#[derive(Debug)]
pub struct Columns<'a> {
    pub name: String,
    function: Function,
    source: Source<'a>,
}

#[derive(Debug)]
enum Source<'a> {
    Rows,
    Value(&'a Expr),
    Column(usize),
}

/// Returns the aggregates of a group, one for each column where an argument is a pattern.
#[must_use]
pub fn columns<'a>(group: &'a Group, rows: &Rows) -> Vec<Columns<'a>> {
    let mut found = Vec::new();
    for aggregate in &group.aggregates {
        let mut add = |name: String, source| {
            found.push(Columns {
                name,
                function: aggregate.function,
                source,
            });
        };
        match &aggregate.argument {
            Argument::Rows => add(aggregate.name.to_string(), Source::Rows),
            Argument::Value(expr) => add(aggregate.name.to_string(), Source::Value(expr)),
            Argument::Each(pattern) => {
                let to = crate::lang::ir::rows::Name(aggregate.name.clone());
                for (at, column) in rows.columns.iter().enumerate() {
                    let key = group.by.contains(&column.name);
                    if let Some(name) = pattern.carry(&column.name, &to).filter(|_| !key) {
                        add(name, Source::Column(at));
                    }
                }
            }
        }
    }
    found
}

/// A value and the row that it stands in.
type Seen<'v> = (Cow<'v, Value>, usize);

impl Columns<'_> {
    /// Computes it over the rows at these places.
    #[must_use]
    pub fn compute(&self, places: &[usize], rows: &Rows, context: &Context<'_>) -> Option<Value> {
        if let Function::Spark(of, seconds) = self.function {
            return spark::draw(places, seconds, rows, |places| {
                self.computed(*of, places, rows, context)
            });
        }
        self.computed(self.function, places, rows, context)
    }

    fn computed(
        &self,
        function: Function,
        places: &[usize],
        rows: &Rows,
        context: &Context<'_>,
    ) -> Option<Value> {
        let mut seen: Vec<Seen<'_>> = Vec::new();
        match &self.source {
            Source::Rows if function == Function::Count => {
                return Some(Value::Int(places.len() as i64));
            }
            Source::Rows => {}
            Source::Column(at) => {
                for place in places {
                    let value = rows.rows[*place].get(*at);
                    let elements = value.into_iter().flat_map(Value::elements);
                    seen.extend(elements.map(|element| (Cow::Borrowed(element), *place)));
                }
            }
            Source::Value(expr) => {
                for place in places {
                    match context.value(expr, &rows.columns, &rows.rows[*place]) {
                        Some(Value::List(list)) => {
                            seen.extend(list.into_iter().map(|one| (Cow::Owned(one), *place)));
                        }
                        Some(value) => seen.push((Cow::Owned(value), *place)),
                        None => {}
                    }
                }
            }
        }
        compute(function, &seen, rows, context.dialect)
    }
}

/// Returns whether all of them are 0 where there are no rows.
pub fn counts(aggregates: &[Aggregate]) -> bool {
    let counts = |one: &Aggregate| matches!(one.function, Function::Count | Function::Distinct);
    aggregates.iter().all(counts)
}

fn compute(function: Function, seen: &[Seen<'_>], rows: &Rows, dialect: Dialect) -> Option<Value> {
    let values = || seen.iter().map(|(value, _)| &**value);
    let least = |a: &&Value, b: &&Value| compare(a, b, dialect);
    match function {
        Function::Count => Some(Value::Int(seen.len() as i64)),
        Function::Distinct => Some(Value::Int(distinct(values()).len() as i64)),
        Function::DistinctError => Some(Value::Int(0)),
        Function::Min => values().min_by(least).cloned(),
        Function::Max => values().max_by(least).cloned(),
        Function::Values => list(distinct(values()).into_iter().map(typed(dialect, seen))),
        Function::List => list(values().take(Function::MAX_LISTED).cloned()),
        Function::First => values().next().cloned(),
        Function::Last => values().next_back().cloned(),
        Function::Earliest => ends(seen, rows)?.0.map(|(value, _)| value.clone()),
        Function::Latest => ends(seen, rows)?.1.map(|(value, _)| value.clone()),
        Function::EarliestTime => ends(seen, rows)?.0.map(|(_, time)| float(time)),
        Function::LatestTime => ends(seen, rows)?.1.map(|(_, time)| float(time)),
        Function::Rate => rate(seen, rows),
        Function::Mode => mode(values()),
        _ => over_numbers(function, seen, dialect),
    }
}

/// What a distinct text stands for: in ES|QL the value that it is the text of.
fn typed<'s>(dialect: Dialect, seen: &'s [Seen<'_>]) -> impl Fn(String) -> Value + 's {
    move |text| {
        let original = (dialect == Dialect::Esql)
            .then(|| seen.iter().find(|(value, _)| value.text() == text.as_str()))
            .flatten();
        original.map_or_else(|| Value::from(text), |(value, _)| (**value).clone())
    }
}

fn distinct<'v>(values: impl Iterator<Item = &'v Value>) -> BTreeSet<String> {
    values.map(|value| value.text().into_owned()).collect()
}

fn list(values: impl Iterator<Item = Value>) -> Option<Value> {
    let mut values: Vec<Value> = values.collect();
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(Value::List(values)),
    }
}

fn mode<'v>(values: impl Iterator<Item = &'v Value>) -> Option<Value> {
    let mut counts: BTreeMap<String, (usize, &Value)> = BTreeMap::new();
    for value in values {
        counts
            .entry(value.text().into_owned())
            .or_insert((0, value))
            .0 += 1;
    }
    // Of two that are as frequent the first in order is taken.
    let best = counts
        .values()
        .fold(None::<&(usize, &Value)>, |best, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        });
    best.map(|(_, value)| (*value).clone())
}

/// A value and its time.
type Timed<'v> = Option<(&'v Value, f64)>;

/// The values of the oldest and of the newest row; of rows of one time the first.
fn ends<'v>(seen: &'v [Seen<'_>], rows: &Rows) -> Option<(Timed<'v>, Timed<'v>)> {
    let at = rows.place("_time").or_else(|| rows.place("@timestamp"))?;
    let (mut oldest, mut newest): (Timed<'v>, Timed<'v>) = (None, None);
    for (value, row) in seen {
        let Some(time) = rows.rows[*row].get(at).and_then(number) else {
            continue;
        };
        let time = time.as_f64();
        if oldest.is_none_or(|(_, known)| time < known) {
            oldest = Some((value, time));
        }
        if newest.is_none_or(|(_, known)| time > known) {
            newest = Some((value, time));
        }
    }
    Some((oldest, newest))
}

fn rate(seen: &[Seen<'_>], rows: &Rows) -> Option<Value> {
    let (oldest, newest) = ends(seen, rows)?;
    let ((first, from), (last, to)) = (oldest?, newest?);
    let change = number(last)?.as_f64() - number(first)?.as_f64();
    (to > from).then(|| float(change / (to - from)))
}

fn over_numbers(function: Function, seen: &[Seen<'_>], dialect: Dialect) -> Option<Value> {
    let mut numbers: Vec<f64> = seen
        .iter()
        .filter_map(|(value, _)| number(value))
        .map(Number::as_f64)
        .collect();
    if numbers.is_empty() {
        return None;
    }
    let count = numbers.len() as f64;
    let sum: f64 = numbers.iter().sum();
    let mean = sum / count;
    let squares = || numbers.iter().map(|one| (one - mean).powi(2)).sum::<f64>();
    let sample = || {
        if count > 1.0 {
            squares() / (count - 1.0)
        } else {
            0.0
        }
    };
    let result = match function {
        Function::Sum => sum,
        Function::SumOfSquares => numbers.iter().map(|one| one * one).sum(),
        Function::Mean => mean,
        Function::Deviation => sample().sqrt(),
        Function::Variance => sample(),
        Function::PopulationDeviation => (squares() / count).sqrt(),
        Function::PopulationVariance => squares() / count,
        Function::Range | Function::Median | Function::Percentile(_) => {
            numbers.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
            of_sorted(function, &numbers, dialect)?
        }
        _ => return None,
    };
    Some(float(result))
}

fn of_sorted(function: Function, sorted: &[f64], dialect: Dialect) -> Option<f64> {
    let last = sorted.len() - 1;
    Some(match function {
        Function::Range => sorted[last] - sorted[0],
        // Splunk takes the higher of two in the middle.
        Function::Median if dialect == Dialect::Spl => sorted[sorted.len() / 2],
        Function::Median => interpolated(sorted, 50.0),
        Function::Percentile(rank) if dialect == Dialect::Esql => interpolated(sorted, rank),
        Function::Percentile(rank) => {
            let place = (rank / 100.0 * sorted.len() as f64).ceil().max(1.0) as usize;
            sorted[(place - 1).min(last)]
        }
        _ => return None,
    })
}

fn interpolated(sorted: &[f64], rank: f64) -> f64 {
    let place = (rank / 100.0).clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = place.ceil() as usize;
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

/// A float without a fraction is written without one.
pub fn float(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        Value::Int(number as i64)
    } else {
        Value::Float(number)
    }
}
