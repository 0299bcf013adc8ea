//! The numbers that correlations compare.

use crate::lang::ir::Number;
use crate::lang::ir::correlation::Kind;

/// Returns what the alert calls the number.
pub const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::EventCount => "events",
        Kind::ValueCount => "values",
        Kind::Sum => "sum",
        Kind::Average => "average",
        Kind::Percentile(_) => "percentile",
        Kind::Median => "median",
        Kind::Temporal | Kind::Ordered => "rules",
    }
}

/// Returns the number of `values`; `None` when there are none, or the kind is no computation.
pub fn of(kind: Kind, values: &[Number]) -> Option<Number> {
    if values.is_empty() {
        return None;
    }
    let float = |of: fn(&[f64]) -> f64| {
        let floats: Vec<f64> = values.iter().map(|number| number.as_f64()).collect();
        Some(Number::Float(of(&floats)))
    };
    match kind {
        Kind::Sum => Some(sum(values)),
        Kind::Average => float(|floats| floats.iter().sum::<f64>() / floats.len() as f64),
        Kind::Median => float(median),
        Kind::Percentile(percent) => {
            let mut floats: Vec<f64> = values.iter().map(|number| number.as_f64()).collect();
            floats.sort_by(f64::total_cmp);
            let rank = (floats.len() as f64 * percent / 100.0) as usize;
            floats
                .get(rank.min(floats.len() - 1))
                .copied()
                .map(Number::Float)
        }
        Kind::EventCount | Kind::ValueCount | Kind::Temporal | Kind::Ordered => None,
    }
}

/// Whole numbers stay whole as long as they fit.
fn sum(values: &[Number]) -> Number {
    let whole = values.iter().try_fold(0_i64, |sum, number| match number {
        Number::Int(whole) => sum.checked_add(*whole),
        Number::Float(_) => None,
    });
    match whole {
        Some(whole) => Number::Int(whole),
        None => Number::Float(values.iter().map(|number| number.as_f64()).sum()),
    }
}

fn median(floats: &[f64]) -> f64 {
    let mut floats = floats.to_vec();
    floats.sort_by(f64::total_cmp);
    let middle = floats.len() / 2;
    let upper = floats.get(middle).copied().unwrap_or_default();
    match middle.checked_sub(1).and_then(|below| floats.get(below)) {
        Some(lower) if floats.len().is_multiple_of(2) => f64::midpoint(*lower, upper),
        _ => upper,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, values: &[i64]) -> Option<f64> {
        let values: Vec<Number> = values.iter().map(|value| Number::Int(*value)).collect();
        super::of(kind, &values).map(Number::as_f64)
    }

    #[test]
    fn numbers() {
        assert_eq!(of(Kind::Sum, &[1, 2, 4]), Some(7.0));
        assert_eq!(of(Kind::Average, &[1, 2]), Some(1.5));
        assert_eq!(of(Kind::Median, &[9, 1, 2]), Some(2.0));
        assert_eq!(of(Kind::Median, &[4, 1, 2, 9]), Some(3.0));
        assert_eq!(of(Kind::Percentile(95.0), &[5, 1, 2, 3, 4]), Some(5.0));
        assert_eq!(of(Kind::Percentile(50.0), &[5, 1, 2, 3, 4]), Some(3.0));
        assert_eq!(of(Kind::Sum, &[]), None);
        assert_eq!(
            of(Kind::Sum, &[i64::MAX, 1]),
            Some(9.223_372_036_854_776e18)
        );
    }
}
