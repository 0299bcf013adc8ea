//! What of an event a rule's outcome depends on.
//!
//! Takes a rule's condition and pipeline; gives the fields, and tells the time, which differs from event to event and is
//! mostly only shown, from all others.

use crate::engine::naive;
use crate::lang::ir::Pred;
use crate::lang::ir::rows::{Measure, Rows, Step};
use crate::schema::{Dataset, FieldRef};

/// What a rule asks of one event.
#[derive(Debug, Clone, Copy)]
pub struct Question<'r> {
    pub select: &'r Pred,
    pub rows: Option<&'r Rows>,
    /// Columns of a table whose values are asked for besides.
    pub columns: Option<&'r [(Box<str>, FieldRef)]>,
}

/// What its outcome depends on.
#[derive(Debug)]
pub struct Reads {
    /// The fields that decide whether it fires.
    pub deciding: Vec<FieldRef>,
    /// All fields but the time.
    pub all: Vec<FieldRef>,
}

impl Reads {
    /// Returns it; `None` when the rule reads what it names no field for, or does more with the time than to show it.
    pub fn of(question: Question<'_>) -> Option<Self> {
        let Question {
            select,
            rows,
            columns,
        } = question;
        if !is_of_fields(select) {
            return None;
        }
        let mut deciding = Fields::default();
        select.fields(&mut |field| deciding.add(field));
        let mut shown = Fields::default();
        if let Some(rows) = rows {
            if !rows.before.iter().chain(&rows.after).all(is_plain) {
                return None;
            }
            let before = Rows {
                before: rows.before.clone(),
                ..Rows::default()
            };
            before.fields(&mut |field| deciding.add(field));
            grouped(rows, &mut deciding, &mut shown)?;
        }
        if deciding.time {
            return None;
        }
        for (_, field) in columns.unwrap_or_default() {
            shown.add(*field);
        }
        let mut all = deciding.fields.clone();
        all.extend(
            shown
                .fields
                .into_iter()
                .filter(|field| !deciding.fields.contains(field)),
        );
        Some(Self {
            deciding: deciding.fields,
            all,
        })
    }
}

/// Fields, each once, and whether the time is among them.
#[derive(Debug, Default)]
struct Fields {
    fields: Vec<FieldRef>,
    time: bool,
}

impl Fields {
    fn add(&mut self, field: FieldRef) {
        if naive::is_time(field) {
            self.time = true;
        } else if !self.fields.contains(&field) {
            self.fields.push(field);
        }
    }
}

/// Adds the fields that grouping reads to those that decide whether a row is left, or to those that are only shown; `None`
/// when it does more with the time than to show the first or the last.
fn grouped(rows: &Rows, deciding: &mut Fields, shown: &mut Fields) -> Option<()> {
    let Some(group) = &rows.group else {
        return Some(());
    };
    let decides = read_columns(rows);
    let decides = |name: &str| {
        decides
            .as_ref()
            .is_none_or(|read| read.iter().any(|one| one == last(name)))
    };
    for by in &group.by {
        // Without a text for what is missing, an event that lacks the field gives no row.
        if by.fill.is_none() || decides(&by.name) || naive::is_time(by.field) {
            deciding.add(by.field);
        } else {
            shown.add(by.field);
        }
    }
    for aggregate in &group.aggregates {
        match aggregate.measure {
            // They hold the time beside the value.
            Measure::Latest(_) | Measure::Earliest(_) => return None,
            Measure::Min(field) | Measure::Max(field) if !decides(&aggregate.name) => {
                shown.add(field);
            }
            measure => {
                if let Some(field) = measure.field() {
                    deciding.add(field);
                }
            }
        }
    }
    Some(())
}

/// Returns the last parts of the names of the columns that steps on rows look at, under any name that they had; `None` when
/// a step gives columns names that are not followed here.
fn read_columns(rows: &Rows) -> Option<Vec<String>> {
    let mut read = Vec::new();
    let mut add = |name: &str| read.push(last(name).to_owned());
    let mut looks = false;
    let mut follows = true;
    for step in &rows.after {
        match step {
            Step::Filter(pred) => {
                looks = true;
                pred.fields(&mut |field| add(field.name.name()));
            }
            Step::Set { value, .. } => {
                looks = true;
                value.fields(&mut |field| add(field.name.name()));
            }
            Step::Extract(extract) => {
                looks = true;
                add(extract.field.name.name());
            }
            // `Processes.*` as `*` leaves the last part as it is.
            Step::Rename { from, to, .. } if from.0.contains('*') => {
                follows &= from.0.ends_with(".*") && &*to.0 == "*";
            }
            Step::Rename { from, .. } => add(&from.0),
            Step::StripPrefix(_)
            | Step::TimeFormat { .. }
            | Step::Fill { .. }
            | Step::Keep(_)
            | Step::Drop(_) => {}
        }
    }
    (follows || !looks).then_some(read)
}

/// Returns the part of a name behind its last dot: prefixes come and go with `drop_dm_object_name`.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Returns whether a step reads nothing but fields and columns that it names.
fn is_plain(step: &Step) -> bool {
    match step {
        Step::Filter(pred) => is_of_fields(pred),
        _ => true,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::spl::{self, Macros};

    const HEAD: &str = "| tstats fillnull_value=null count min(_time) as firstTime max(_time) as lastTime from \
                        datamodel=Endpoint.Processes where Processes.process_name=a.exe";

    /// Returns the names of the deciding fields and of all fields.
    fn reads(search: &str) -> Option<[Vec<String>; 2]> {
        let query = spl::compile(search, &Macros::default()).unwrap();
        assert!(query.stateful.is_none(), "{search}");
        let reads = Reads::of(Question {
            select: &query.select,
            rows: query.rows.as_ref(),
            columns: None,
        })?;
        let names = |fields: &[FieldRef]| {
            let names = fields.iter().map(|field| field.name.name().to_owned());
            names.collect()
        };
        Some([names(&reads.deciding), names(&reads.all)])
    }

    #[test]
    fn what_is_only_shown_decides_nothing() {
        let [deciding, all] = reads(&format!(
            "{HEAD} by Processes.dest Processes.process Processes.process_id | rename \"Processes.*\" as * \
             | where len(process) > 40"
        ))
        .unwrap();
        assert_eq!(deciding, ["process_name", "process"]);
        assert_eq!(all, ["process_name", "process", "dest", "process_id"]);
    }

    #[test]
    fn names_that_change_are_followed_or_all_decide() {
        let [deciding, _] = reads(&format!(
            "{HEAD} by Processes.user Processes.dest | rename Processes.user as u | rename u as v | search v=*x*"
        ))
        .unwrap();
        assert_eq!(deciding, ["process_name", "user"]);
        let search = "| tstats fillnull_value=null count from datamodel=Endpoint.Processes by Processes.user \
                      Processes.dest | rename Processes.* as a_* | search a_user=*x*";
        assert_eq!(reads(search).unwrap()[0], ["user", "dest"]);
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
            "EventCode=1 | rename _time as t | where t > 5 | stats count by Image".to_owned(),
            "EventCode=1 | stats latest(Image) as i by Computer".to_owned(),
            "EventCode=1 word".to_owned(),
            "EventCode=1 | where _time > 7".to_owned(),
        ] {
            assert!(reads(&search).is_none(), "{search}");
        }
    }
}
