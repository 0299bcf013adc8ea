//! Splunk's commands on small tables, from the text of the search to the rows.

use super::tests::{shown, table};
use super::{Context, Rows, run};
use crate::lang::ir::Case;
use crate::lang::ir::Stateful;
use crate::lang::ir::table::{Start, Table};
use crate::lang::lookup::{Lookup, Match};
use crate::lang::spl::{self, Macros};

fn macros() -> Macros {
    let mut macros = Macros::default();
    let rows = [
        ["*.exe", "program", "yes"],
        ["cmd.exe", "shell", ""],
        ["10.0.0.0/8", "net", "inside"],
    ];
    let rows = rows.iter().map(|row| row.map(Box::from).to_vec()).collect();
    let header = ["name", "kind", "note"].map(Box::from).to_vec();
    let wild = [("name".into(), Match::Wildcard)];
    let mut lookup = Lookup::new("names", header, rows, Case::Insensitive, &wild);
    lookup.max_matches = 1;
    lookup.min_matches = 1;
    lookup.default = Some("none".into());
    macros.insert_lookup(Some("names.csv"), lookup);
    macros
}

fn compiled(pipeline: &str) -> Table {
    // `eventstats` makes every search one over several events.
    let text = format!("x=1 | eventstats count as all_ | fields - all_ {pipeline}");
    let query = spl::compile(&text, &macros()).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    match *query.stateful.unwrap() {
        Stateful::Table(table) => table,
        other => panic!("{other:?}"),
    }
}

/// Runs a pipeline on a table; subsearches read `others`, in the order of the text.
fn rows(main: &str, others: &[&str], pipeline: &str) -> Rows {
    let compiled = compiled(pipeline);
    let Start::Input(place) = compiled.pipeline.start else {
        panic!("no events");
    };
    let mut inputs: Vec<Rows> = others.iter().map(|other| table(other)).collect();
    inputs.insert(place, table(main));
    let context = Context::new(&inputs, compiled.dialect, 100_000);
    run(&compiled.pipeline, &context)
}

/// Checks what a pipeline makes of a table, columns in the order of `expected`.
#[track_caller]
pub(super) fn check(main: &str, pipeline: &str, expected: &str) {
    check_with(main, &[], pipeline, expected);
}

#[track_caller]
pub(super) fn check_with(main: &str, others: &[&str], pipeline: &str, expected: &str) {
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    let names = expected[0].replace(' ', ", ");
    let found = rows(main, others, &format!("{pipeline} | table {names}"));
    let mut found = shown(&found);
    // A column that no row has is not there.
    if !found.starts_with(expected[0]) {
        found = format!("columns {found}");
    }
    assert_eq!(found, expected.join("\n"), "{pipeline}");
}

const SALES: &str = "
    _time host n
    30 a 4
    20 b 1
    10 a 2
    0  a 2";

#[test]
fn stats_computes_over_groups() {
    check(
        SALES,
        "| stats count sum(n) as sum avg(n) as avg min(n) as min max(n) as max range(n) as range by host",
        "host count sum avg min max range
         a 3 8 2.6666666666666665 2 4 2
         b 1 1 1 1 1 0",
    );
    check(
        SALES,
        "| stats dc(n) as dc values(n) as values list(n) as list mode(n) as mode sumsq(n) as sq median(n) as med by host",
        "host dc values list mode sq med
         a 2 2;4 4;2;2 2 24 2
         b 1 1 1 1 1 1",
    );
    check(
        SALES,
        "| stats first(n) as f last(n) as l earliest(n) as e latest(n) as la earliest_time(n) as et latest_time(n) as lt rate(n) as r",
        "f l e la et lt r
         4 2 2 4 0 30 0.06666666666666667",
    );
    check(
        "n\n2\n4\n4\n4\n5\n5\n7\n9",
        "| stats stdevp(n) as sp varp(n) as vp var(n) as v perc50(n) as p50 p90(n) as p90 exactperc25(n) as p25 estdc(n) as d",
        "sp vp v p50 p90 p25 d
         2 4 4.571428571428571 4 9 4 5",
    );
    check(
        "n\n2\n4\n-\nx",
        "| stats count count(n) as c count(eval(n>2)) as big stdev(n) as s",
        "count c big s
         4 3 2 1.4142135623730951",
    );
}

#[test]
fn a_missing_key_drops_the_row_and_several_values_give_several_groups() {
    check(
        "u h\na x;y\n- x\nb y",
        "| stats count values(u) as u by h",
        "h count u
         x 2 a
         y 2 a;b",
    );
    check(
        "u h\na x\n- x",
        "| fillnull value=none u | stats count by u",
        "u count\na 1\nnone 1",
    );
    check(
        "a_1 a_2 b\n1 2 3\n4 5 6",
        "| stats max(a_*) as top_* by b",
        "b top_1 top_2\n3 1 2\n6 4 5",
    );
}

#[test]
fn thresholds_are_asked_after_counting() {
    check(
        SALES,
        "| stats count by host | where count > 2",
        "host count\na 3",
    );
    check(
        SALES,
        "| stats count by host | search count<2",
        "host count\nb 1",
    );
    check(
        SALES,
        "| stats count by host | stats max(count) as most avg(count) as mean",
        "most mean\n3 2",
    );
}

#[test]
fn eventstats_and_streamstats_add_columns() {
    check(
        SALES,
        "| eventstats avg(n) as avg count by host | where n > avg",
        "host n avg count\na 4 2.6666666666666665 3",
    );
    check(
        SALES,
        "| streamstats count as rank sum(n) as so_far by host",
        "host n rank so_far
         a 4 1 4
         b 1 1 1
         a 2 2 6
         a 2 3 8",
    );
    check(
        SALES,
        "| streamstats window=2 current=t global=f range(_time) as gap by host",
        "host gap\na 0\nb 0\na 20\na 10",
    );
    check(
        SALES,
        "| streamstats current=f last(n) as before",
        "n before\n4 -\n1 4\n2 1\n2 2",
    );
}

#[test]
fn rows_are_sorted_cut_and_turned() {
    check(SALES, "| sort host, -n", "host n\na 4\na 2\na 2\nb 1");
    check(SALES, "| sort 2 - n + _time", "host n _time\na 4 30\na 2 0");
    check("v\n10\n9\nb\nA", "| sort v", "v\n9\n10\nA\nb");
    check("v\n10\n9", "| sort str(v) desc", "v\n9\n10");
    check(
        "v\n10.0.0.2\n9.0.0.1",
        "| sort ip(v)",
        "v\n9.0.0.1\n10.0.0.2",
    );
    check(SALES, "| head 1", "host n\na 4");
    check(SALES, "| tail 2", "_time\n0\n10");
    check(SALES, "| reverse | head limit=1", "_time\n0");
}

#[test]
fn dedup_keeps_the_first_of_each() {
    check(SALES, "| dedup host", "host n\na 4\nb 1");
    check(SALES, "| dedup 2 host", "host n\na 4\nb 1\na 2");
    check(
        SALES,
        "| dedup host consecutive=true",
        "host n\na 4\nb 1\na 2",
    );
    check(SALES, "| dedup host sortby _time", "host n\na 2\nb 1");
    check(
        "u v\n- 1\na 2\na 3",
        "| dedup u keepempty=true",
        "u v\n- 1\na 2",
    );
    check(
        "u v\na 2\na 3",
        "| dedup u keepevents=true",
        "u v\na 2\n- 3",
    );
}

#[test]
fn join_brings_columns_of_a_partner() {
    let others = ["host owner\na ann\na bob\nc cid"];
    let sub = "[search y=1 | table host owner]";
    check_with(
        SALES,
        &others,
        &format!("| join host {sub}"),
        "host n owner\na 4 ann\na 2 ann\na 2 ann",
    );
    check_with(
        "host n\na 4\nb 1",
        &others,
        &format!("| join type=outer max=0 host {sub}"),
        "host n owner\na 4 ann\na 4 bob\nb 1 -",
    );
    check_with(
        "host owner\na old",
        &others,
        &format!("| join overwrite=f host {sub}"),
        "host owner\na old",
    );
    // A subsearch without `table` brings whatever is read later.
    check_with(
        "host n\na 4",
        &["host owner zone\na ann z"],
        "| join host [search y=1 | rename zone as area]",
        "host owner area\na ann z",
    );
}

#[test]
fn append_adds_rows_and_columns() {
    let others = ["m\n7\n8"];
    check_with(
        "n\n1",
        &others,
        "| append [search y=1 | table m]",
        "n m\n1 -\n- 7\n- 8",
    );
    check_with(
        "n\n1\n2",
        &others,
        "| appendcols [search y=1 | table m]",
        "n m\n1 7\n2 8",
    );
    check(
        SALES,
        "| stats sum(n) as n by host | appendpipe [stats sum(n) as n | eval host=\"all\"]",
        "host n\na 8\nb 1\nall 9",
    );
}

#[test]
fn a_subsearch_describes_rows() {
    let others = ["host\nA\nc"];
    check_with(
        SALES,
        &others,
        "| search [search y=1 | fields host] n=2",
        "host n\na 2\na 2",
    );
    check_with(
        SALES,
        &others,
        "| search NOT [search y=1 | fields host]",
        "host n\nb 1",
    );
    check_with(
        SALES,
        &["dest\nb\na"],
        "| search [search y=1 | return 1 host=dest]",
        "host n\nb 1",
    );
}

#[test]
fn lookups_find_by_wildcard_and_fall_back() {
    check(
        "file\nCMD.EXE\nx.dll\n-",
        "| lookup names name as file OUTPUT kind note as why",
        "file kind why\nCMD.EXE program yes\nx.dll none none\n- - -",
    );
    check(
        "file kind\na.exe mine\nb.exe -",
        "| lookup names.csv name AS file OUTPUTNEW kind",
        "file kind\na.exe mine\nb.exe program",
    );
    check(
        "file\na.exe;b.txt;c.exe",
        "| lookup names name as file",
        "kind\nprogram;program",
    );
    check(
        "name\na",
        "| inputlookup append=t names where kind=net",
        "name kind\na -\n10.0.0.0/8 net",
    );
}

#[test]
fn lookups_stand_at_the_start_of_a_pipeline() {
    check_with(
        "kind n\nshell 1\nother 2",
        &[],
        "| search [| inputlookup names | table kind]",
        "kind n\nshell 1",
    );
}

#[test]
fn transactions_join_rows_that_lie_close() {
    let logons = "_time user act\n100 a in\n130 a out\n131 b in\n900 a in";
    check(
        logons,
        "| transaction user maxspan=1m",
        "user act duration eventcount\na in 0 1\nb in 0 1\na in;out 30 2",
    );
    check(
        logons,
        "| transaction user startswith=(act=in) endswith=(act=out)",
        "user duration eventcount\na 30 2",
    );
    check(
        logons,
        "| transaction user startswith=eval(act==\"in\") maxpause=20s keepevicted=t",
        "user act\na in\nb in\na in",
    );
}

#[test]
fn top_and_rare_count_combinations() {
    check(SALES, "| top host", "host count percent\na 3 75\nb 1 25");
    check(
        SALES,
        "| rare limit=1 n by host",
        "host n count\na 4 1\nb 1 1",
    );
    check(SALES, "| top 1 n showperc=f countfield=c", "n c\n2 2");
}

#[test]
fn values_become_rows_and_rows_become_values() {
    check("n m\n1 a;b;c", "| mvexpand m limit=2", "n m\n1 a\n1 b");
    check("m\na,b", "| makemv delim=\",\" m | mvexpand m", "m\na\nb");
    check("m\na;b", "| nomv m | eval l=len(m)", "l\n3");
    check("x y\nb a", "| strcat x \"-\" y z", "z\nb-a");
    check(
        "x\n::ffff:1.2.3.4\nq",
        "| replace \"::ffff:*\" with * in x",
        "x\n1.2.3.4\nq",
    );
    check(
        "x\n1234",
        "| eval y=if(x>5, \"big\", \"small\") | bucket span=1000 x as z",
        "x y z\n1234 big 1000",
    );
    check(
        "_time\n3700\n3500",
        "| bin _time span=1h | stats count by _time",
        "_time count\n0 1\n3600 1",
    );
}

#[test]
fn texts_are_taken_apart() {
    check(
        "x\na=1&b=22",
        "| rex field=x \"a=(?<a>\\d)&b=(?<b>\\d+)\" | rex field=x mode=sed \"s/\\d+/#/g\"",
        "x a b\na=#&b=# 1 22",
    );
    check(
        "x\nabc",
        "| rex field=x max_match=0 \"(?<c>.)\" | eval n=mvcount(c)",
        "c n\na;b;c 3",
    );
    check("x\nabc", "| rex field=x mode=sed \"y/ac/AC/\"", "x\nAbC");
    check("x\nfoobar\nfoobaz", "| regex x=\"foo(?!bar)\"", "x\nfoobaz");
    check(
        "x\n<a>1</a><b>2</b><c><d>3</d></c>",
        "| xmlkv x",
        "a b d\n1 2 3",
    );
    check(
        "x\n{\"a\":{\"b\":[1,2]},\"c\":\"d\"}",
        "| spath input=x | spath input=x path=a.b{1} output=second | rename a.b{} as all",
        "all c second\n1;2 d 2",
    );
    check(
        "x\n<e><f>1</f><f>2</f></e>",
        "| spath input=x output=f path=e.f",
        "f\n1;2",
    );
}

#[test]
fn columns_are_named_kept_and_filled() {
    check(
        "p.a p.b\n1 2",
        "| rename p.* as * | rename a as x",
        "x b\n1 2",
    );
    check(
        "a b c\n1 2 3",
        "| fields - b | fillnull value=q b",
        "a b c\n1 q 3",
    );
    check("a_1 a_2\n1 -", "| fillnull a_*", "a_1 a_2\n1 0");
    check(
        "x a_1 a_2\nn 1 2\nm 3 -",
        "| addtotals a_* col=t labelfield=x label=all",
        "x a_1 a_2 Total\nn 1 2 3\nm 3 - 3\nall 4 2 -",
    );
    check(
        "x_a x_b\n1 5",
        "| foreach x_* [eval y_<<MATCHSTR>>='<<FIELD>>'*2, sum=coalesce(sum,0)+'<<FIELD>>']",
        "y_a y_b sum\n2 10 6",
    );
    check(
        "t\n0",
        "| convert timeformat=\"%Y\" ctime(t) as year",
        "year\n1970",
    );
    check(
        "t\n1,234",
        "| convert rmcomma(t) as u num(t) as v",
        "u v\n1234 -",
    );
}

#[test]
fn functions_of_rows() {
    check(
        "m\na1;b2;a3",
        "| eval f=mvfilter(match(m, \"^a\")), g=mvmap(m, upper(m)), z=mvzip(m, m, \"-\")",
        "f g z\na1;a3 A1;B2;A3 a1-a1;b2-b2;a3-a3",
    );
    check(
        "t\n100000",
        "| eval d=relative_time(t, \"-1d@d\"), h=relative_time(t, \"@h\"), m=relative_time(t, \"+1mon@mon\"), age=now()-t",
        "d h m age\n0 97200 2678400 0",
    );
    check(
        "a b\nxay a\nxby a",
        "| where like(a, \"%\".b.\"%\") AND match(a, b)",
        "a\nxay",
    );
    check("m x\na;b b\na;b c", "| where x IN (m)", "x\nb");
}

#[test]
fn map_runs_once_a_row() {
    check_with(
        "id\n1\n2",
        &["logon user\n2 bob\n3 eve"],
        "| map search=\"search y=1 logon=$id$\"",
        "logon user\n2 bob",
    );
}

#[test]
fn makeresults_stands_without_events() {
    check_with(
        "n\n1",
        &[],
        "| append [| makeresults count=2 | eval n=5 | fields - _time]",
        "n\n1\n5\n5",
    );
}
