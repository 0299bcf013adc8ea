use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::engine::state::States;
use crate::engine::state::testing::{event, found, rule as any_rule, take};
use crate::engine::{Detection, Matches};
use crate::event::{Event, FieldId, Time, Value};
use crate::lang::Query;
use crate::lang::ir::{Case, Leaf, Pred, Test};
use crate::lang::sigma::Text;
use crate::lang::sigma::correlation::{Referenced, Resolve, Unresolved, compile};
use crate::rule::{Language, Rule};
use crate::schema::{FieldRef, Vocabulary};

const MINUTE: i64 = 60_000;

/// Rules called `a` to `z` match events of that category; others are correlations of `sections`.
fn resolve(name: &str, sections: &BTreeMap<&str, &str>) -> Result<Referenced, Unresolved> {
    let query = match sections.get(name) {
        Some(section) => query(section, sections),
        None if name.len() == 1 => Query {
            select: Pred::Leaf(
                Leaf {
                    field: FieldRef {
                        vocabulary: Vocabulary::Ecs,
                        name: FieldId::of("event.category"),
                    },
                    test: Test::Text(name.into(), Case::Sensitive),
                },
                0..0,
            ),
            ..Query::default()
        },
        None => return Err(Unresolved::Unknown(None)),
    };
    Ok(Referenced {
        names: vec![name.to_owned()],
        query,
    })
}

fn query(section: &str, sections: &BTreeMap<&str, &str>) -> Query {
    let tree: Json = serde_saphyr::from_str(section).unwrap();
    let text = Text {
        whole: section,
        start: 0,
    };
    let resolver: &mut Resolve<'_> = &mut |name| resolve(name, sections);
    compile(&tree, text, resolver).unwrap_or_else(|error| panic!("{section}: {error:?}"))
}

fn rule_with(section: &str, sections: &[(&str, &str)]) -> Arc<Rule> {
    let sections = sections.iter().copied().collect();
    any_rule("rule", Language::Sigma, section, query(section, &sections))
}

fn rule(section: &str) -> Arc<Rule> {
    rule_with(section, &[])
}

/// An event so many minutes after the epoch, with Windows members.
#[allow(
    clippy::needless_pass_by_value,
    reason = "members are written where they are used"
)]
fn at(number: u64, minutes: i64, category: &str, members: Json) -> Arc<Event> {
    event(
        number,
        minutes * MINUTE,
        category,
        json!({"winlog": {"event_data": members}}),
    )
}

fn run(rule: &Arc<Rule>, events: &[Arc<Event>]) -> Matches {
    let mut states = States::new(std::slice::from_ref(rule));
    let mut matches = Matches::default();
    take(&mut states, rule, events, &mut matches);
    states.finish(&mut matches.detections);
    matches
}

/// The numbers of the events of each alert, sorted; detections of one group are one alert.
fn alerts(rule: &Arc<Rule>, events: &[Arc<Event>]) -> Vec<Vec<u64>> {
    joined(&run(rule, events))
}

fn joined(matches: &Matches) -> Vec<Vec<u64>> {
    let mut order = Vec::new();
    let mut by_group: BTreeMap<_, Vec<Detection>> = BTreeMap::new();
    for detection in &matches.detections {
        if !by_group.contains_key(&detection.group) {
            order.push(detection.group);
        }
        by_group
            .entry(detection.group)
            .or_default()
            .push(detection.clone());
    }
    let numbers = |detections: &Vec<Detection>| {
        let one = Matches {
            detections: detections.clone(),
            ..Matches::default()
        };
        let mut numbers = found(&one).concat();
        numbers.sort_unstable();
        numbers
    };
    order
        .iter()
        .map(|group| numbers(&by_group[group]))
        .collect()
}

fn series(minutes: &[i64], category: &str, user: &str) -> Vec<Arc<Event>> {
    (1..)
        .zip(minutes)
        .map(|(n, minute)| at(n, *minute, category, json!({"User": user})))
        .collect()
}

const COUNT: &str =
    "type: event_count\nrules: [a]\ngroup-by: [User]\ntimespan: 10m\ncondition: {gte: 3}\n";

#[test]
fn a_count_is_reached_within_the_timespan_its_ends_included() {
    let rule = rule(COUNT);
    assert_eq!(alerts(&rule, &series(&[1, 5, 11], "a", "x")), [[1, 2, 3]]);
    assert!(alerts(&rule, &series(&[1, 5, 12], "a", "x")).is_empty());
    assert!(alerts(&rule, &series(&[1, 2, 3], "b", "x")).is_empty());
    // Two users with two each.
    let mut mixed = series(&[1, 2], "a", "x");
    mixed.extend([
        at(3, 2, "a", json!({"User": "y"})),
        at(4, 3, "a", json!({"User": "y"})),
    ]);
    assert!(alerts(&rule, &mixed).is_empty());
    // Without a user it does not count.
    let without: Vec<_> = (1..=4).map(|n| at(n, 1, "a", json!({}))).collect();
    assert!(alerts(&rule, &without).is_empty());
}

#[test]
fn what_goes_on_is_one_alert_a_stretch() {
    let rule = rule(COUNT);
    let events = series(&[1, 2, 3, 4, 5, 9, 11, 12, 13, 31], "a", "x");
    assert_eq!(
        alerts(&rule, &events),
        [vec![1, 2, 3, 4, 5, 6], vec![5, 6, 7, 8, 9]]
    );
}

#[test]
fn the_cut_of_arrival_changes_nothing() {
    let rule = rule(COUNT);
    let events = series(&[1, 2, 3, 4, 5, 9, 11, 12, 13, 31], "a", "x");
    let whole = alerts(&rule, &events);
    for cut in 1..events.len() {
        let mut states = States::new(std::slice::from_ref(&rule));
        let mut matches = Matches::default();
        for part in [&events[..cut], &events[cut..]] {
            take(&mut states, &rule, part, &mut matches);
            let last = part.last().unwrap().time;
            states.advance(Time(last.0 - 1), &mut matches.detections);
        }
        states.finish(&mut matches.detections);
        assert_eq!(joined(&matches), whole, "{cut}");
    }
}

#[test]
fn a_restart_finds_the_same_alerts_again() {
    let rule = rule(COUNT);
    let events = series(&[1, 2, 3, 4, 5, 9, 11, 12, 13, 14, 31], "a", "x");
    let groups = |matches: &Matches| {
        matches
            .detections
            .iter()
            .map(|one| (one.group, one.event.id))
            .collect::<std::collections::BTreeSet<_>>()
    };
    let whole = groups(&run(&rule, &events));
    for cut in 1..events.len() {
        let mut states = States::new(std::slice::from_ref(&rule));
        let mut matches = Matches::default();
        take(&mut states, &rule, &events[..cut], &mut matches);
        states.advance(events[cut - 1].time, &mut matches.detections);
        let since = states.needs_since()[0].1.unwrap_or(Time(i64::MAX));
        // Another process reads again from where the first one needed it.
        let again: Vec<_> = events
            .iter()
            .enumerate()
            .filter(|(n, one)| one.time >= since || *n >= cut)
            .map(|(_, one)| Arc::clone(one))
            .collect();
        let mut all = groups(&matches);
        all.extend(groups(&run(&rule, &again)));
        assert_eq!(all, whole, "{cut}");
    }
}

#[test]
fn upper_bounds_wait_for_the_end_of_the_stretch() {
    let rule = rule(
        "type: event_count\nrules: [a]\ngroup-by: [User]\ntimespan: 10m\ncondition: {gte: 2, lt: 4}\n",
    );
    assert_eq!(alerts(&rule, &series(&[1, 2, 3], "a", "x")), [[1, 2, 3]]);
    assert!(alerts(&rule, &series(&[1, 2, 3, 4], "a", "x")).is_empty());
    assert!(alerts(&rule, &series(&[1], "a", "x")).is_empty());
    let mut states = States::new(std::slice::from_ref(&rule));
    let mut matches = Matches::default();
    take(&mut states, &rule, &series(&[1, 2], "a", "x"), &mut matches);
    states.advance(Time(9 * MINUTE * 1_000_000), &mut matches.detections);
    assert!(matches.detections.is_empty());
    states.advance(Time(10 * MINUTE * 1_000_000), &mut matches.detections);
    assert_eq!(joined(&matches), [[1, 2]]);
}

#[test]
fn distinct_values_are_counted() {
    let rule = rule(
        "type: value_count\nrules: a\ngroup-by: [Computer]\ntimespan: 10m\ncondition: {field: User, gte: 3}\n",
    );
    let users = |users: &[&str]| -> Vec<_> {
        let member = |user: &&str| json!({"User": user, "Computer": "c"});
        (1..)
            .zip(users)
            .map(|(n, user)| at(n, n as i64, "a", member(user)))
            .collect()
    };
    assert!(alerts(&rule, &users(&["x", "y", "x", "y", "x"])).is_empty());
    assert_eq!(alerts(&rule, &users(&["x", "y", "x", "z"])), [[2, 3, 4]]);
    let detections = run(&rule, &users(&["x", "y", "z"])).detections;
    let columns = detections[0].row.as_ref().unwrap().columns();
    let shown: Vec<_> = columns
        .map(|(column, value)| (column.name.as_str(), value.clone()))
        .collect();
    assert_eq!(
        shown,
        [("Computer", Value::from("c")), ("values", Value::Int(3))]
    );
}

#[test]
fn sums_are_reached_and_averages_are_taken_at_the_end() {
    let sized = |sizes: &[i64]| -> Vec<_> {
        (1..)
            .zip(sizes)
            .map(|(n, size)| at(n, n as i64, "a", json!({"Size": size, "User": "x"})))
            .collect()
    };
    let of = |kind: &str, condition: &str| {
        rule(&format!(
            "type: {kind}\nrules: [a]\ngroup-by: [User]\ntimespan: 10m\ncondition: {{field: Size, {condition}}}\n"
        ))
    };
    assert_eq!(
        alerts(&of("value_sum", "gt: 10"), &sized(&[4, 5, 2])),
        [[1, 2, 3]]
    );
    assert!(alerts(&of("value_sum", "gt: 11"), &sized(&[4, 5, 2])).is_empty());
    assert_eq!(
        alerts(&of("value_avg", "gte: 4"), &sized(&[9, 1, 2])),
        [[1, 2, 3]]
    );
    assert!(alerts(&of("value_avg", "gt: 4"), &sized(&[9, 1, 2])).is_empty());
    assert_eq!(
        alerts(&of("value_median", "eq: 2"), &sized(&[9, 1, 2])),
        [[1, 2, 3]]
    );
    assert_eq!(
        alerts(
            &of("value_percentile", "percentile: 90, gte: 9"),
            &sized(&[9, 1, 2])
        ),
        [[1, 2, 3]]
    );
    assert!(
        alerts(
            &of("value_percentile", "percentile: 10, gte: 9"),
            &sized(&[9, 1, 2])
        )
        .is_empty()
    );
    assert!(alerts(&of("value_sum", "gt: 0"), &series(&[1, 2], "a", "x")).is_empty());
}

#[test]
fn rules_match_together_in_any_order() {
    let rule = rule("type: temporal\nrules: [a, b]\ngroup-by: [User]\ntimespan: 5m\n");
    let pair = |first: &str, second: &str, gap: i64| {
        [
            at(1, 1, first, json!({"User": "x"})),
            at(2, 1 + gap, second, json!({"User": "x"})),
        ]
    };
    assert_eq!(alerts(&rule, &pair("a", "b", 4)), [[1, 2]]);
    assert_eq!(alerts(&rule, &pair("b", "a", 5)), [[1, 2]]);
    assert!(alerts(&rule, &pair("b", "a", 6)).is_empty());
    assert!(alerts(&rule, &pair("a", "a", 1)).is_empty());
}

#[test]
fn conditions_on_rules() {
    let of = |condition: &str| {
        rule(&format!(
            "type: temporal\nrules: [a, b, c]\ntimespan: 5m\ncondition: {condition}\n"
        ))
    };
    let events = [at(1, 1, "a", json!({})), at(2, 2, "b", json!({}))];
    assert_eq!(alerts(&of("a and b"), &events), [[1, 2]]);
    assert!(alerts(&of("a and c"), &events).is_empty());
    assert_eq!(alerts(&of("{gte: 2}"), &events), [[1, 2]]);
    assert_eq!(alerts(&of("a and not c"), &events), [[1, 2]]);
    assert!(alerts(&of("a and not b"), &events).is_empty());
    assert_eq!(alerts(&of("2 of them"), &events), [[1, 2]]);
}

#[test]
fn rules_match_in_order() {
    let rule = rule("type: temporal_ordered\nrules: [a, b, c]\ngroup-by: [User]\ntimespan: 10m\n");
    let at = |n: u64, minute, kind: &str| at(n, minute, kind, json!({"User": "x"}));
    assert_eq!(
        alerts(&rule, &[at(1, 1, "a"), at(2, 2, "b"), at(3, 3, "c")]),
        [[1, 2, 3]]
    );
    assert!(alerts(&rule, &[at(1, 1, "b"), at(2, 2, "a"), at(3, 3, "c")]).is_empty());
    // The latest start counts, so that an old one does not spoil it.
    let late = [at(1, 1, "a"), at(2, 9, "a"), at(3, 10, "b"), at(4, 12, "c")];
    assert_eq!(alerts(&rule, &late), [[2, 3, 4]]);
    assert!(alerts(&rule, &[at(1, 1, "a"), at(2, 2, "b"), at(3, 12, "c")]).is_empty());
}

#[test]
fn aliases_name_each_rule_s_field() {
    let rule = rule(
        "type: temporal\nrules: [a, b]\ngroup-by: [ip]\ntimespan: 5m\naliases:\n    ip:\n        a: SourceIp\n        b: DestinationIp\n",
    );
    let pair = |to: &str| {
        [
            at(1, 1, "a", json!({"SourceIp": "10.0.0.1"})),
            at(
                2,
                2,
                "b",
                json!({"DestinationIp": to, "SourceIp": "10.0.0.1"}),
            ),
        ]
    };
    assert_eq!(alerts(&rule, &pair("10.0.0.1")), [[1, 2]]);
    assert!(alerts(&rule, &pair("10.0.0.2")).is_empty());
}

#[test]
fn correlations_of_correlations() {
    let many =
        "type: event_count\nrules: [f]\ngroup-by: [User]\ntimespan: 10m\ncondition: {gte: 3}\n";
    let sections = [("many", many)];
    let rule = rule_with(
        "type: temporal_ordered\nrules: [many, s]\ngroup-by: [User]\ntimespan: 10m\n",
        &sections,
    );
    let mut events = series(&[1, 2, 3], "f", "x");
    events.push(at(4, 5, "s", json!({"User": "x"})));
    assert_eq!(alerts(&rule, &events), [[1, 2, 3, 4]]);
    events[3] = at(4, 5, "s", json!({"User": "y"}));
    assert!(alerts(&rule, &events).is_empty());
    let mut early = series(&[3, 4, 5], "f", "x");
    early.push(at(4, 2, "s", json!({"User": "x"})));
    assert!(alerts(&rule, &early).is_empty());
    // A count counts alerts of the inner correlation, not each event that makes one grow.
    let twice = rule_with(
        "type: event_count\nrules: [many]\ngroup-by: [User]\ntimespan: 1h\ncondition: {gte: 2}\n",
        &sections,
    );
    assert!(alerts(&twice, &series(&[1, 2, 3, 4, 5, 6], "f", "x")).is_empty());
    assert_eq!(
        alerts(&twice, &series(&[1, 2, 3, 21, 22, 23], "f", "x")),
        [[1, 2, 3, 4, 5, 6]]
    );
}

#[test]
fn memory_is_bounded_and_what_is_over_is_forgotten() {
    let rule = rule(COUNT);
    let mut states = States::new(std::slice::from_ref(&rule));
    let mut matches = Matches::default();
    let many: Vec<_> = (1..=200)
        .map(|n| at(n, 1, "a", json!({"User": "x"})))
        .collect();
    take(&mut states, &rule, &many, &mut matches);
    states.advance(many[0].time, &mut matches.detections);
    let weight = super::super::weight_read(&many[0]);
    assert!(
        states.health().bytes < 10 * weight as u64 + 200 * 24,
        "{:?}",
        states.health()
    );
    assert_eq!(joined(&matches)[0].len(), 200);
    states.advance(Time(30 * MINUTE * 1_000_000), &mut matches.detections);
    assert_eq!(states.health().bytes, 0);
    assert_eq!(states.needs_since()[0].1, None);
}
