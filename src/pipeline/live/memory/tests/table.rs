//! Small rules, at least one for every operator over several events, in the files of their vendors.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use crate::rule::{Rule, RuleSet, RuleState};

/// EQL, each with what follows its query in the rule's file.
const EQL: [(&str, &str, &str); 19] = [
    (
        "sequence",
        "sequence by k with maxspan=20s [a where true] [b where true]",
        "",
    ),
    (
        "until",
        "sequence by k [a where true] [b where true] [c where true] until [m where true]",
        "",
    ),
    (
        "runs",
        "sequence by k with maxspan=15s [a where true] with runs=2",
        "",
    ),
    (
        "absent at the end",
        "sequence by k with maxspan=10s [a where true] ![m where true]",
        "",
    ),
    (
        "absent at the start",
        "sequence with maxspan=10s ![m where true] [a where true] [b where true]",
        "",
    ),
    (
        "absent everywhere",
        "sequence by k with maxspan=10s ![c where true] [a where true] ![m where true] [b where true] ![c where true]",
        "",
    ),
    (
        "keys of each event",
        "sequence with maxspan=20s [a where true] by k [b where true] by other",
        "",
    ),
    (
        "any",
        "sequence by k with maxspan=8s [any where true] [any where n > 5]",
        "",
    ),
    (
        "sample",
        "sample by k [a where true] [b where true] [c where true]",
        "",
    ),
    (
        "sample of two keys",
        "sample by k, other [a where true] [b where true]",
        "",
    ),
    (
        "tail",
        "sequence by k [any where true] [c where true] | tail 2",
        "",
    ),
    ("head", "any where true | head 3", ""),
    (
        "filter",
        "sequence by k [a where true] [b where true] | filter n > 3",
        "",
    ),
    ("unique", "any where event.category != \"m\" | unique k", ""),
    (
        "unique count",
        "any where true | unique_count k | filter count > 2",
        "",
    ),
    ("count", "a where true | count k", ""),
    ("sort", "any where true | sort n | head 2", ""),
    (
        "suppressed sequence",
        "sequence by k with maxspan=20s [a where true] [b where true]",
        "[rule.alert_suppression]\ngroup_by = ['k']\nduration = { value = 30, unit = 's' }\n",
    ),
    (
        "suppressed event",
        "a where n > 2",
        "[rule.alert_suppression]\ngroup_by = ['k']\nmissing_fields_strategy = 'doNotSuppress'\n",
    ),
];

/// KQL: name, and the file behind its query.
const KQL: [(&str, &str); 10] = [
    (
        "threshold",
        "type = 'threshold'\nfrom = 'now-1m'\n[rule.threshold]\nfield = ['k']\nvalue = 3\n",
    ),
    (
        "threshold of two fields",
        "type = 'threshold'\nfrom = 'now-1m'\n[rule.threshold]\nfield = ['k', 'other']\nvalue = 2\n",
    ),
    (
        "threshold without a field",
        "type = 'threshold'\nfrom = 'now-20s'\n[rule.threshold]\nfield = []\nvalue = 4\n",
    ),
    (
        "cardinality",
        "type = 'threshold'\nfrom = 'now-1m'\n[rule.threshold]\nfield = ['k']\nvalue = 2\n\
         [[rule.threshold.cardinality]]\nfield = 'n'\nvalue = 3\n",
    ),
    (
        "suppressed threshold",
        "type = 'threshold'\nfrom = 'now-30s'\n[rule.threshold]\nfield = ['k']\nvalue = 2\n\
         [rule.alert_suppression]\nduration = { value = 2, unit = 'm' }\n",
    ),
    (
        "new terms",
        "type = 'new_terms'\nnew_terms_fields = ['other']\nhistory_window_start = 'now-1m'\n",
    ),
    (
        "new terms of two fields",
        "type = 'new_terms'\nnew_terms_fields = ['k', 'n']\nhistory_window_start = 'now-2m'\n",
    ),
    (
        "suppressed new terms",
        "type = 'new_terms'\nnew_terms_fields = ['k', 'n']\nhistory_window_start = 'now-1m'\n\
         [rule.alert_suppression]\ngroup_by = ['k']\nduration = { value = 1, unit = 'm' }\n",
    ),
    (
        "suppression",
        "type = 'query'\n[rule.alert_suppression]\ngroup_by = ['k']\nduration = { value = 20, unit = 's' }\n",
    ),
    (
        "suppression by the run",
        "type = 'query'\n[rule.alert_suppression]\ngroup_by = ['k', 'other']\n",
    ),
];

const ESQL: [(&str, &str); 6] = [
    (
        "stats",
        "| stats n = count(*), v = values(event.category) by k | where n > 2",
    ),
    (
        "distinct",
        "| stats n = count_distinct(n), last = max(@timestamp) by k | sort n desc | limit 2",
    ),
    (
        "inline stats",
        "| inline stats n = count(*) by k | where n > 3 | keep k, n",
    ),
    (
        "stats by time",
        "| stats n = count(*) by t = date_trunc(1 minute, @timestamp) | where n > 2",
    ),
    (
        "mv_expand",
        "| eval both = mv_append(k, other) | mv_expand both | where both == \"1\"",
    ),
    (
        "age",
        "| stats first = min(@timestamp), n = count(*) by k | where first > now() - 3 minutes and n > 1",
    ),
];

const SPL: [(&str, &str); 31] = [
    (
        "share",
        "Kind=a | stats count min(_time) as first max(_time) as last values(Number) as v dc(Number) as d by Key",
    ),
    (
        "latest",
        "Kind=* | stats latest(Number) as l earliest(Number) as e sum(Number) as s by Key Kind",
    ),
    (
        "share of a bucket",
        "Kind=b | bucket _time span=1m | stats count by _time Key",
    ),
    (
        "tstats",
        "| tstats count min(_time) as first values(Processes.process) as p from datamodel=Endpoint.Processes by Processes.dest Processes.process_name",
    ),
    (
        "tstats of a span",
        "| tstats count from datamodel=Endpoint.Processes by Processes.process_name _time span=1m | where count > 1",
    ),
    (
        "stats",
        "Kind=* | stats count dc(Number) as n by Key | where count > 3",
    ),
    (
        "stats that shrink",
        "Kind=* | stats count by Key Kind | where count < 3",
    ),
    (
        "stats over stats",
        "Kind=* | stats count by Key Kind | stats avg(count) as a list(Kind) as l by Key | where a > 1",
    ),
    (
        "eventstats",
        "Kind=* | eventstats avg(Number) as a stdev(Number) as s by Key | where Number > a + s",
    ),
    (
        "streamstats",
        "Kind=* | sort 0 _time | streamstats current=f window=3 max(Number) as m by Key | where Number > m",
    ),
    (
        "streamstats reset",
        "Kind=* | reverse | streamstats count reset_on_change=t by Kind | where count=2",
    ),
    ("dedup", "Kind=* | dedup Key | table Key Kind Number"),
    (
        "dedup of two",
        "Kind=* | dedup 2 Key sortby -Number | table Key Number",
    ),
    (
        "dedup in a row",
        "Kind=* | dedup consecutive=t Kind | table Kind",
    ),
    (
        "transaction",
        "Kind=* | transaction Key maxspan=30s | where eventcount > 2",
    ),
    (
        "transaction by its ends",
        "Kind=* | transaction Key startswith=(Kind=a) endswith=(Kind=b) maxpause=20s | table Key duration eventcount",
    ),
    (
        "join",
        "Kind=a | join Key [search Kind=b | stats max(Number) as n by Key] | table Key Number n",
    ),
    (
        "join of all",
        "Kind=a | join type=left max=0 Key [search Kind=b | table Key Other] | table Key Number Other",
    ),
    (
        "append",
        "Kind=a | stats count by Key | append [search Kind=b | stats count by Key] | stats sum(count) as s by Key",
    ),
    (
        "append columns",
        "Kind=a | stats count as a | appendcols [search Kind=b | stats count as b] | where a > b",
    ),
    (
        "append a pipe",
        "Kind=* | stats count by Key | appendpipe [stats sum(count) as count | eval Key=\"all\"] | where count > 4",
    ),
    (
        "union",
        "Kind=a | table Key Number | union [search Kind=c | table Key Number] | stats max(Number) as m by Key",
    ),
    (
        "map",
        "Kind=a | dedup Key | map maxsearches=3 search=\"search Kind=b Key=$Key$ | stats count by Key\"",
    ),
    (
        "subsearch",
        "Kind=a [search Kind=c | fields Key] | table Key Number",
    ),
    (
        "without a subsearch",
        "Kind=a NOT [search Kind=m | fields Key] | table Key Number",
    ),
    (
        "buckets",
        "Kind=* | bucket _time span=30s | stats count values(Kind) as k by _time | eventstats avg(count) as a | where count > a",
    ),
    ("top", "Kind=* | top limit=1 Kind by Key"),
    ("rare", "Kind=* | rare limit=1 Number"),
    (
        "order",
        "Kind=* | sort 3 -Number | tail 2 | table Key Number",
    ),
    (
        "expand",
        "Kind=* | eval both=mvappend(Key, Other) | mvexpand both | stats count by both | where count > 5",
    ),
    (
        "totals",
        "Kind=* | stats count sum(Number) as s by Key | addtotals fieldname=t count s | where t > 20",
    ),
];

/// Sigma: the section of the correlation.
const SIGMA: [(&str, &str); 14] = [
    (
        "event_count",
        "type: event_count, rules: [a], timespan: 1m, condition: {gte: 3}",
    ),
    (
        "few events",
        "type: event_count, rules: [a], timespan: 30s, condition: {lt: 2}",
    ),
    (
        "value_count",
        "type: value_count, rules: [a, b], timespan: 1m, condition: {field: Number, gte: 3}",
    ),
    (
        "exact value_count",
        "type: value_count, rules: [a, b], timespan: 1m, condition: {field: Number, eq: 2}",
    ),
    (
        "value_sum",
        "type: value_sum, rules: [a, c], timespan: 30s, condition: {field: Number, gt: 12}",
    ),
    (
        "value_avg",
        "type: value_avg, rules: [a, b, c], timespan: 1m, condition: {field: Number, gt: 4}",
    ),
    (
        "value_median",
        "type: value_median, rules: [a, b, c], timespan: 1m, condition: {field: Number, gte: 4}",
    ),
    (
        "value_percentile",
        "type: value_percentile, rules: [a, b], timespan: 1m, condition: {field: Number, gte: 7, percentile: 80}",
    ),
    (
        "temporal",
        "type: temporal, rules: [a, b, c], timespan: 30s",
    ),
    (
        "some of them",
        "type: temporal, rules: [a, b, c, m], timespan: 20s, condition: {gte: 2}",
    ),
    (
        "and not",
        "type: temporal, rules: [a, b, m], timespan: 20s, condition: a and b and not m",
    ),
    (
        "temporal_ordered",
        "type: temporal_ordered, rules: [a, b, c], timespan: 45s",
    ),
    (
        "of correlations",
        "type: temporal, rules: [pairs, c], timespan: 1m",
    ),
    (
        "count of correlations",
        "type: event_count, rules: [pairs], timespan: 2m, condition: {gte: 2}",
    ),
];

/// Returns every rule of the table.
pub fn rules() -> Vec<Arc<Rule>> {
    load("interval = '1m'\n")
}

/// Returns Elastic's rules of the table with a cap of one alert in ten seconds.
pub fn capped() -> Vec<Arc<Rule>> {
    let mut rules = load("max_signals = 1\ninterval = '10s'\n");
    rules.retain(|rule| rule.schedule.max_alerts == Some(1));
    rules
}

/// Loads the table, with more in the head of each of Elastic's files.
fn load(more: &str) -> Vec<Arc<Rule>> {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), more);
    let set = RuleSet::load(&[home.path().to_owned()]);
    let expected = EQL.len() + KQL.len() + ESQL.len() + SPL.len() + SIGMA.len();
    let runs: Vec<_> = set
        .rules
        .into_iter()
        .filter(|rule| !is_part(rule))
        .collect();
    // Some fields are the table's own, which no source is known to fill.
    let refused = runs.iter().filter_map(|rule| match &rule.state {
        RuleState::NotRunnable(why) => Some(format!("{}: {why}", rule.name)),
        _ => None,
    });
    assert_eq!(refused.collect::<Vec<_>>(), [] as [String; 0]);
    assert_eq!(runs.len(), expected);
    runs
}

/// Whether it only serves correlations.
fn is_part(rule: &Rule) -> bool {
    rule.name.starts_with("part ")
}

fn write(home: &Path, cap: &str) {
    let file = |name: &str, text: String| std::fs::write(home.join(name), text).unwrap();
    let head = |name: &str| {
        format!(
            "[rule]\nname = '{name}'\nrule_id = '{name}'\nseverity = 'low'\nrisk_score = 21\n{cap}"
        )
    };
    for (name, query, more) in EQL {
        let text = format!("type = 'eql'\nlanguage = 'eql'\nquery = '''{query}'''\n{more}");
        file(&format!("eql-{name}.toml"), head(name) + &text);
    }
    for (name, more) in KQL {
        let text = format!("language = 'kuery'\nquery = 'event.category: (a or b or c)'\n{more}");
        file(&format!("kql-{name}.toml"), head(name) + &text);
    }
    for (name, query) in ESQL {
        let name = format!("esql {name}");
        let query = format!(
            "from winlogbeat-*, logs-* | where event.category in (\"a\", \"b\", \"c\") {query}"
        );
        let text = format!("type = 'esql'\nlanguage = 'esql'\nquery = '''{query}'''\n");
        file(&format!("{name}.toml"), head(&name) + &text);
    }
    for (name, query) in SPL {
        let text = format!("name: spl {name}\nid: spl {name}\ntype: TTP\nsearch: >-\n  {query}\n");
        file(&format!("spl-{name}.yml"), text);
    }
    file("sigma.yml", sigma());
}

fn sigma() -> String {
    let mut text = String::new();
    for kind in ["a", "b", "c", "m"] {
        let _ = writeln!(
            text,
            "title: part {kind}\nname: {kind}\nlogsource: {{product: windows, service: sysmon}}\n\
             detection: {{sel: {{Kind: {kind}}}, condition: sel}}\n---"
        );
    }
    text += "title: part pairs\nname: pairs\n\
             correlation: {type: temporal, rules: [a, b], group-by: [Key], timespan: 20s}\n---\n";
    let written = SIGMA.map(|(name, section)| {
        format!("title: sigma {name}\ncorrelation: {{{section}, group-by: [Key]}}\nlevel: low\n")
    });
    text + &written.join("---\n")
}
