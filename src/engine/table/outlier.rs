//! `outlier`: numbers far from the middle of their column.

use super::Rows;
use super::aggregate::float;
use crate::event::Value;
use crate::lang::ir::Number;
use crate::lang::ir::table::Outliers;
use crate::lang::ir::test::number;

/// Cuts the numbers that are outside to the border, or takes out their rows.
pub fn run(outliers: &Outliers, rows: &mut Rows) {
    let places: Vec<usize> = rows
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| {
            let names = &outliers.columns;
            let own = column.name.starts_with('_');
            names.iter().any(|name| name.fits(&column.name)) || names.is_empty() && !own
        })
        .map(|(at, _)| at)
        .collect();
    for at in places {
        let Some((low, high)) = borders(outliers, at, rows) else {
            continue;
        };
        let value = |value: &Value| number(value).map(Number::as_f64);
        let outside = |number: f64| number > high || outliers.below && number < low;
        if outliers.remove {
            rows.rows
                .retain(|row| !row.get(at).and_then(value).is_some_and(outside));
            continue;
        }
        for row in &mut rows.rows {
            let Some(number) = row.get(at).and_then(value).filter(|one| outside(*one)) else {
                continue;
            };
            let border = float(if number > high { high } else { low });
            row.set(
                at,
                Some(if outliers.mark {
                    format!("000{}", border.text()).into()
                } else {
                    border
                }),
            );
        }
    }
}

/// The median, and from it so many times the distance between the quartiles in both directions.
fn borders(outliers: &Outliers, at: usize, rows: &Rows) -> Option<(f64, f64)> {
    let mut numbers: Vec<f64> = rows
        .rows
        .iter()
        .filter_map(|row| Some(number(row.get(at)?)?.as_f64()))
        .collect();
    if numbers.is_empty() {
        return None;
    }
    numbers.sort_by(f64::total_cmp);
    let quarter = |n: usize| numbers[(numbers.len() - 1) * n / 4];
    let distance = (quarter(3) - quarter(1)) * outliers.times;
    Some((quarter(2) - distance, quarter(2) + distance))
}
