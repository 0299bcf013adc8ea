//! Query texts and rule files: each ends in a tree or in errors that can be shown, and a tree that is printed reads
//! back as itself.

use std::path::Path;

use watchglass::lang::spl::Macros;
use watchglass::lang::{CompileError, Query, eql, esql, kql, lucene, spl};
use watchglass::rule::{Language, RuleSet};

use crate::{fuzz, seeds};

fn shown(text: &str, result: Result<Query, CompileError>) {
    if let Err(error) = result {
        assert!(!error.reason().is_empty());
        for diagnostic in &error.diagnostics {
            assert!(!diagnostic.render(text, false).is_empty());
        }
    }
}

/// What is printed of a tree reads back, and prints the same.
fn stable<T: ToString, E: std::fmt::Debug>(text: &str, parse: impl Fn(&str) -> Result<T, E>) {
    if let Ok(tree) = parse(text) {
        let printed = tree.to_string();
        let again = parse(&printed).map(|tree| tree.to_string());
        assert_eq!(again.as_ref().ok(), Some(&printed), "{text:?}: {again:?}");
    }
}

fn text(input: &[u8], target: impl Fn(&str)) {
    target(&String::from_utf8_lossy(input));
}

#[test]
fn eql() {
    let own = [
        "sequence by host.id with maxspan=1m [process where a == 1] ![file where true] until [any where b : \"x*\"]",
        "process where length(a) > 1 and not b in~ (\"x\", \"y\") or ?c regex \"a.*\" | head 3",
    ];
    let words = [
        "where", "and", "or", "not", "in~", "like~", "regex", "sequence", "sample", "by", "until",
        "with", "maxspan=", "runs=", "![", "==", ">=", ":", "?", "\"\"\"", "/*", "//", "|", "head",
    ];
    let seeds = seeds::queries("elastic", Language::Eql, &own);
    fuzz("eql", &seeds, &words, &|input| {
        text(input, |text| {
            shown(text, eql::compile(text));
            stable(text, eql::parse);
        });
    });
}

#[test]
fn kql() {
    let own = ["a: (x or \"y z\" and not w*) and b >= 3 or nested:{ c: d }"];
    let words = [
        "and", "or", "not", ":", ">=", "<", "*", "\"", "{", "}", "(", ")", "\\",
    ];
    let seeds = seeds::queries("elastic", Language::Kuery, &own);
    fuzz("kql", &seeds, &words, &|input| {
        text(input, |text| {
            shown(text, kql::compile(text));
            stable(text, kql::parse);
        });
    });
}

#[test]
fn lucene() {
    let own = [
        "a:(x OR \"y z\"~2) AND -b:[1 TO 3} +c:/a.*b&~c/ NOT d:>=4 x~1^2",
        "_exists_:a && !(b || c*)",
    ];
    let words = [
        "AND", "OR", "NOT", "TO", "&&", "||", "+", "-", "!", "[", "{", "]", "}", "~", "^", "/",
        "\"", "\\",
    ];
    let seeds = seeds::queries("elastic", Language::Lucene, &own);
    fuzz("lucene", &seeds, &words, &|input| {
        text(input, |text| {
            shown(text, lucene::compile(text));
            stable(text, lucene::parse);
        });
    });
}

#[test]
fn esql() {
    let own = [
        "from logs-* metadata _id | where a rlike \".*x\" and b in (1, 2) | eval c = case(a > 1, \"x\", null) \
         | stats n = count_distinct(a) by b, bucket(@timestamp, 1h) | sort n desc nulls last | limit 10 | keep n, b",
        "from x | dissect a \"%{b} %{c}\" | grok d \"%{IP:e}\" | mv_expand e | drop b | rename c as f | enrich p on f",
    ];
    let words = [
        "|",
        "where",
        "eval",
        "stats",
        "by",
        "keep",
        "drop",
        "rename",
        "as",
        "grok",
        "dissect",
        "mv_expand",
        "is not null",
        "rlike",
        "like",
        "in (",
        "::",
        "now()",
        "1 day",
        "\"\"\"",
        "//",
        "`",
        "not",
        "and",
    ];
    let seeds = seeds::queries("elastic", Language::Esql, &own);
    fuzz("esql", &seeds, &words, &|input| {
        text(input, |text| {
            let result = esql::compile(text, 540);
            shown(text, result.map(|compiled| compiled.query));
            stable(text, esql::parse);
        });
    });
}

#[test]
fn spl() {
    let own = [
        "index=main (a=1 OR b!=\"x*\") NOT c IN (1, 2) | eval d=if(match(e, \"(?i)x\"), mvindex(split(f, \",\"), 0), null()) \
         | stats count min(_time) as first values(g) as h by i | where count > 3 | rename h as k",
        "| tstats count from datamodel=Endpoint.Processes where Processes.process_name=cmd.exe by Processes.dest _time span=1h \
         | `drop_dm_object_name(Processes)` | join type=left dest [search a=b | fields dest] | eventstats avg(count) by dest",
        "a=b | rex field=c \"(?<d>[^x]+)\" | bucket _time span=5m | transaction dest maxspan=5m startswith=(a=1) | lookup l x OUTPUT y",
    ];
    let words = [
        "|",
        "eval",
        "stats",
        "by",
        "as",
        "where",
        "search",
        "rex",
        "field=",
        "tstats",
        "join",
        "append",
        "[",
        "]",
        "lookup",
        "OR",
        "AND",
        "NOT",
        "IN",
        "span=",
        "`",
        "\"",
        "foreach",
        "<<FIELD>>",
        "mvexpand",
        "streamstats",
        "transaction",
        "dedup",
        "values(",
        "count",
        "convert",
        "fillnull",
        "makemv",
    ];
    let seeds = seeds::queries("splunk", Language::Spl, &own);
    // A macro that nobody knows would end most of them at once.
    let seeds: Vec<_> = seeds.iter().map(|seed| without_calls(seed)).collect();
    let macros = Macros::default();
    fuzz("spl", &seeds, &words, &|input| {
        text(input, |text| {
            shown(text, spl::compile(text, &macros));
            stable(text, |text| spl::parse(text, &macros));
        });
    });
}

/// A search without its calls of macros.
fn without_calls(seed: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(seed);
    let parts = text.split('`').step_by(2);
    parts.collect::<Vec<_>>().join(" ").into_bytes()
}

/// Loads the file, and shows whatever is wrong with it.
fn load(name: &str, input: &[u8]) {
    text(input, |text| {
        let set = RuleSet::of_text(Path::new(name), text);
        for finding in set.all_findings() {
            assert!(!finding.diagnostic.render(&finding.source, false).is_empty());
        }
    });
}

#[test]
fn sigma_files() {
    let words = [
        "|contains",
        "|all",
        "|re",
        "|cidr",
        "|base64offset",
        "|windash",
        "|expand",
        "condition:",
        "1 of",
        "all of them",
        "not",
        "selection",
        "correlation:",
        "type: temporal",
        "timespan: 5m",
        "group-by:",
        "filter:",
        "---\n",
        "action: global",
        "&a",
        "*a",
        "<<: *a",
        "detection:",
        "logsource:",
        "- ",
        "  ",
        "null",
        "'",
        "|fieldref",
    ];
    let own = ["rules"];
    let seeds = seeds::files("rules/sigma", &[".yml"], &own);
    fuzz("sigma", &seeds, &words, &|input| load("x.yml", input));
}

#[test]
fn splunk_files() {
    let words = [
        "search:",
        "name:",
        "tags:",
        "rba:",
        "risk_objects:",
        "message:",
        "$a$",
        "`sysmon`",
        "observable:",
        "definition:",
        "- ",
        "|",
        "'",
        "arguments:",
    ];
    let seeds = seeds::files("rules/splunk/detections", &[".yml"], &["rules/splunk"]);
    fuzz("splunk", &seeds, &words, &|input| load("x.yml", input));
}

#[test]
fn elastic_files() {
    let words = [
        "[rule]",
        "[[rule.threat]]",
        "type = \"threshold\"",
        "[rule.threshold]",
        "query = '''",
        "'''",
        "note = \"\"\"",
        "type = \"new_terms\"",
        "[rule.new_terms]",
        "[[rule.filters]]",
        "threat_mapping",
        "{{a}}",
        "$investigate_0",
        "[[transform.investigate]]",
        "alert_suppression",
        "## Response",
        "- ",
    ];
    let seeds = seeds::files("rules/elastic", &[".toml"], &["rules/elastic"]);
    fuzz("elastic", &seeds, &words, &|input| load("x.toml", input));
}
