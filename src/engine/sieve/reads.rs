//! What of an event a rule's outcome depends on.
//!
//! Takes a rule's condition and pipeline; gives the fields, and tells the time, which differs from event to event and is
//! mostly only shown, from all others.

use std::sync::Arc;

use crate::engine::naive;
use crate::lang::ir::Pred;
use crate::lang::ir::rows::{By, Measure, Rows, Step};
use crate::schema::{Dataset, FieldRef};

/// What a rule asks of one event.
#[derive(Debug, Clone, Copy)]
pub struct Question<'r> {
    pub select: &'r Pred,
    pub rows: Option<&'r Rows>,
    /// Columns of a table whose values are asked for besides.
    pub columns: &'r [(Box<str>, FieldRef)],
}

/// What its outcome depends on.
#[derive(Debug)]
pub struct Reads {
    /// The fields that decide whether it fires.
    pub deciding: Vec<FieldRef>,
    /// All fields but the time.
    pub all: Vec<FieldRef>,
    /// Names of the columns that hold the event's time.
    pub timed: Arc<[Box<str>]>,
}

impl Reads {
    /// Returns it; `None` when the rule reads what it names no field for, or does more with the time than to show it.
    pub fn of(question: Question<'_>) -> Option<Self> {
        let timed = timed(question)?;
        let Question {
            select,
            rows,
            columns,
        } = question;
        let mut deciding = Vec::new();
        let mut add = |field: FieldRef| {
            if !naive::is_time(field) && !deciding.contains(&field) {
                deciding.push(field);
            }
        };
        select.fields(&mut add);
        if let Some(rows) = rows {
            let read = read_columns(rows);
            let decides = |name: &str| read.iter().any(|read| last(read) == last(name));
            // The steps ahead of grouping.
            Rows {
                group: None,
                ..rows.clone()
            }
            .fields(&mut add);
            if let Some(group) = &rows.group {
                let by = group.by.iter();
                by.filter(|by| by.fill.is_none() || decides(&by.name))
                    .for_each(|by: &By| add(by.field));
                for aggregate in &group.aggregates {
                    if let Some(field) = aggregate.measure.field()
                        && decides(&aggregate.name)
                    {
                        add(field);
                    }
                }
            }
        }
        let mut all = deciding.clone();
        let mut add = |field: FieldRef| {
            if !naive::is_time(field) && !all.contains(&field) {
                all.push(field);
            }
        };
        if let Some(rows) = rows {
            rows.fields(&mut add);
        }
        for (_, field) in columns {
            add(*field);
        }
        Some(Self {
            deciding,
            all,
            timed,
        })
    }
}

/// Returns the names of the columns that steps on rows look at.
fn read_columns(rows: &Rows) -> Vec<String> {
    let mut read = Vec::new();
    let mut add = |field: FieldRef| read.push(field.name.name().to_owned());
    for step in &rows.after {
        match step {
            Step::Filter(pred) => pred.fields(&mut add),
            Step::Set { value, .. } => value.fields(&mut add),
            Step::Extract(extract) => add(extract.field),
            _ => {}
        }
    }
    // What was renamed is looked at under its new name.
    for step in &rows.after {
        if let Step::Rename { from, .. } = step
            && !from.0.ends_with('*')
        {
            read.push(from.0.to_string());
        }
    }
    read
}

/// Returns the part of a name behind its last dot: prefixes come and go with `drop_dm_object_name`.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Returns the names of the columns that hold the event's time; `None` when the rule reads what it names no field for, or
/// does more with the time than to show it.
fn timed(question: Question<'_>) -> Option<Arc<[Box<str>]>> {
    let Question { select, rows, .. } = question;
    if !is_of_fields(select) || reads_time(select) {
        return None;
    }
    let Some(rows) = rows else {
        return Some(Arc::default());
    };
    let timed: Vec<Box<str>> = match &rows.group {
        Some(group) => {
            if group.by.iter().any(|by| naive::is_time(by.field)) {
                return None;
            }
            let mut timed = Vec::new();
            for aggregate in &group.aggregates {
                match aggregate.measure {
                    // They hold the time beside the value.
                    Measure::Latest(_) | Measure::Earliest(_) => return None,
                    Measure::Min(field) | Measure::Max(field) if naive::is_time(field) => {
                        timed.push(aggregate.name.clone());
                    }
                    measure if measure.field().is_some_and(naive::is_time) => return None,
                    _ => {}
                }
            }
            timed
        }
        None => Vec::new(),
    };
    let mut steps = rows.before.iter().chain(&rows.after);
    let plain = |step: &Step| match step {
        Step::Filter(pred) => {
            is_of_fields(pred) && !names_any(&timed, |mut see| pred.fields(&mut see))
        }
        Step::Set { column, value } => {
            !timed.contains(column) && !names_any(&timed, |mut see| value.fields(&mut see))
        }
        Step::Extract(extract) => {
            !names_any(&timed, |see| see(extract.field))
                && !extract
                    .regex
                    .group_names()
                    .iter()
                    .any(|name| timed.contains(&Box::from(&**name)))
        }
        Step::Rename { from, to, .. } => {
            let becomes_timed = |name: &str| {
                let new = from.carry(name, to);
                new.is_some_and(|new| timed.contains(&new.into()))
            };
            !timed.iter().any(|name| from.fits(name)) && !columns(rows).any(becomes_timed)
        }
        Step::Fill { .. }
        | Step::StripPrefix(_)
        | Step::TimeFormat { .. }
        | Step::Keep(_)
        | Step::Drop(_) => true,
    };
    steps.all(plain).then(|| timed.into())
}

/// Returns the names of the columns that a pipeline makes.
fn columns(rows: &Rows) -> impl Iterator<Item = &str> {
    let group = rows.group.iter();
    let grouped = group.flat_map(|group| {
        let keys = group.by.iter().map(|by| &*by.name);
        keys.chain(group.aggregates.iter().map(|aggregate| &*aggregate.name))
    });
    let steps = rows.before.iter().chain(&rows.after);
    grouped.chain(steps.filter_map(|step| match step {
        Step::Set { column, .. } => Some(&**column),
        _ => None,
    }))
}

/// Returns whether a condition reads nothing but fields that it names.
fn is_of_fields(pred: &Pred) -> bool {
    match pred {
        Pred::And(parts) | Pred::Or(parts) => parts.iter().all(is_of_fields),
        Pred::Not(inner) => is_of_fields(inner),
        Pred::AnyField(..) | Pred::Nested(..) | Pred::Member(Dataset::Authentication, _) => false,
        Pred::Const(_) | Pred::Leaf(..) | Pred::Member(..) | Pred::Truth(..) => true,
    }
}

fn reads_time(pred: &Pred) -> bool {
    names_any(&[], |mut see| pred.fields(&mut see))
}

/// Returns whether the fields that `visit` shows are the time, or have one of the names.
fn names_any(names: &[Box<str>], visit: impl FnOnce(&mut dyn FnMut(FieldRef))) -> bool {
    let mut any = false;
    visit(&mut |field: FieldRef| {
        let name = field.name.name();
        any |= naive::is_time(field) || names.iter().any(|known| **known == *name);
    });
    any
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::spl::{self, Macros};

    const HEAD: &str = "| tstats fillnull_value=null count min(_time) as firstTime max(_time) as lastTime from \
                        datamodel=Endpoint.Processes where Processes.process_name=a.exe";

    /// Returns names of deciding fields, of all fields and of the columns that hold the time.
    fn reads(search: &str) -> Option<[Vec<String>; 3]> {
        let query = spl::compile(search, &Macros::default()).unwrap();
        assert!(query.stateful.is_none(), "{search}");
        let reads = Reads::of(Question {
            select: &query.select,
            rows: query.rows.as_ref(),
            columns: &[],
        })?;
        let names = |fields: &[FieldRef]| {
            let names = fields.iter().map(|field| field.name.name().to_owned());
            names.collect()
        };
        let timed = reads.timed.iter().map(ToString::to_string).collect();
        Some([names(&reads.deciding), names(&reads.all), timed])
    }

    #[test]
    fn what_is_only_shown_decides_nothing() {
        let [deciding, all, timed] = reads(&format!(
            "{HEAD} by Processes.dest Processes.process Processes.process_id | rename \"Processes.*\" as * \
             | where len(process) > 40"
        ))
        .unwrap();
        assert_eq!(deciding, ["process_name", "process"]);
        assert_eq!(all, ["process_name", "process", "dest", "process_id"]);
        assert_eq!(timed, ["firstTime", "lastTime"]);
    }

    #[test]
    fn a_key_that_may_be_missing_decides() {
        let [deciding, ..] = reads("EventCode=1 | stats count by Image").unwrap();
        assert_eq!(deciding, ["EventCode", "Image"]);
    }

    #[test]
    fn a_rule_that_asks_for_the_time_or_for_any_field_is_left_to_the_whole_event() {
        for search in [
            format!("{HEAD} by Processes.dest _time span=1h"),
            format!("{HEAD} by Processes.dest | eval firstTime=1"),
            format!("{HEAD} by Processes.dest | rename Processes.dest as firstTime"),
            "EventCode=1 | stats latest(Image) as i by Computer".to_owned(),
            "EventCode=1 word".to_owned(),
            "EventCode=1 | where _time > 7".to_owned(),
        ] {
            assert!(reads(&search).is_none(), "{search}");
        }
    }
}
