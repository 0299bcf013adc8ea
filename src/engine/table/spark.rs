//! `sparkline`: how a number goes over the time of a table, drawn in one line.

use super::Rows;
use crate::event::Value;
use crate::lang::ir::Number;
use crate::lang::ir::test::number;

/// Most columns of a drawing.
const MAX_BINS: usize = 50;
/// From nothing to the largest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws what `compute` gives for the rows of each stretch of time; `seconds` is a stretch's length, 0 for one that
/// fits. All rows of the table share the scale of time, so that drawings can be compared.
pub fn draw(
    places: &[usize],
    seconds: u32,
    rows: &Rows,
    compute: impl Fn(&[usize]) -> Option<Value>,
) -> Option<Value> {
    let at = rows.place("_time")?;
    let time_of = |place: usize| Some(number(rows.rows[place].get(at)?)?.as_f64());
    let times = (0..rows.rows.len()).filter_map(time_of);
    let (first, last) = times.fold((f64::MAX, f64::MIN), |(first, last), time| {
        (first.min(time), last.max(time))
    });
    if first > last {
        return None;
    }
    let fitting = ((last - first) / (MAX_BINS as f64 - 1.0)).ceil().max(1.0);
    let length = f64::from(seconds).max(fitting);
    let start = (first / length).floor() * length;
    let bin_of = |time: f64| (((time - start) / length) as usize).min(MAX_BINS - 1);
    let mut bins: Vec<Vec<usize>> = vec![Vec::new(); bin_of(last) + 1];
    for place in places {
        if let Some(time) = time_of(*place) {
            bins[bin_of(time)].push(*place);
        }
    }
    let values: Vec<f64> = bins
        .iter()
        .map(|bin| match bin.as_slice() {
            [] => 0.0,
            bin => compute(bin)
                .as_ref()
                .and_then(number)
                .map_or(0.0, Number::as_f64),
        })
        .collect();
    let most = values.iter().copied().fold(0.0, f64::max);
    let bar = |value: f64| {
        let share = if most > 0.0 {
            value.max(0.0) / most
        } else {
            0.0
        };
        BARS[(share * (BARS.len() as f64 - 1.0)).round() as usize]
    };
    Some(values.into_iter().map(bar).collect::<String>().into())
}
