//! Functions of `stats`: what each computes over a group.

use std::ops::RangeInclusive;

use super::functions::Kind;
use crate::lang::ir::table::Function;

/// An aggregate function.
#[derive(Debug)]
pub struct Shape {
    pub name: &'static str,
    pub arguments: RangeInclusive<usize>,
    pub function: Function,
    /// `None`: what the argument holds.
    pub gives: Option<Kind>,
}

const fn shape(
    name: &'static str,
    arguments: RangeInclusive<usize>,
    function: Function,
    gives: Option<Kind>,
) -> Shape {
    Shape {
        name,
        arguments,
        function,
        gives,
    }
}

/// Distinct values are counted exactly, where Elasticsearch estimates many; `top` takes each value once.
const SHAPES: &[Shape] = &[
    shape("absent", 1..=1, Function::Count, Some(Kind::Number)),
    shape("avg", 1..=1, Function::Mean, Some(Kind::Number)),
    shape("count", 0..=1, Function::Count, Some(Kind::Number)),
    shape(
        "count_distinct",
        1..=2,
        Function::Distinct,
        Some(Kind::Number),
    ),
    shape("first", 2..=2, Function::First, None),
    shape("last", 2..=2, Function::Last, None),
    shape("max", 1..=1, Function::Max, None),
    shape("median", 1..=1, Function::Median, Some(Kind::Number)),
    shape("min", 1..=1, Function::Min, None),
    shape("percentile", 2..=2, Function::Median, Some(Kind::Number)),
    shape("present", 1..=1, Function::Count, Some(Kind::Number)),
    shape(
        "std_dev",
        1..=1,
        Function::PopulationDeviation,
        Some(Kind::Number),
    ),
    shape("sum", 1..=1, Function::Sum, Some(Kind::Number)),
    shape("top", 2..=3, Function::Values, None),
    shape("values", 1..=1, Function::Values, None),
    shape(
        "variance",
        1..=1,
        Function::PopulationVariance,
        Some(Kind::Number),
    ),
];

/// Aggregates of ES|QL that are known and not run.
pub const NOT_RUN: &[&str] = &[
    "median_absolute_deviation",
    "sample",
    "st_centroid_agg",
    "st_extent_agg",
    "weighted_avg",
];

/// Returns the function called `name`, in small letters.
pub fn find(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.name == name)
}

/// Returns whether there is such a function.
pub fn is_known(name: &str) -> bool {
    find(name).is_some()
}

/// Returns all names.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHAPES.iter().map(|shape| shape.name)
}
