//! What Splunk searches select and make of events, construct by construct.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::{Outcome, eval};
use crate::decode::{Body, Format, Place, Record};
use crate::engine::explain::{Kind, Truth, explain};
use crate::engine::{Matches, Merge, Row};
use crate::event::{Contents, Event, EventId, FieldId, Fields, Time, Value};
use crate::lang::spl::{self, Macro, Macros};

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

pub fn event(channel: &str, code: u32, data: &[(&str, &str)]) -> Event {
    let mut native = Fields::default();
    for (name, value) in data {
        native.set(FieldId::of(name), Value::from(*value));
    }
    let path: Arc<Path> = Path::new("x").into();
    let record = Record {
        format: Format::Xml,
        place: Place {
            path,
            offset: 0,
            length: 1,
            content: 0,
        },
        raw: b"<raw>text</raw>".to_vec().into(),
        body: Body::Windows(Box::default()).into(),
    };
    Event {
        id: EventId([0; 16]),
        time: Time(1_500_000_000_000_000_000),
        channel: channel.into(),
        code,
        record_id: Some(7),
        computer: "ws-1".into(),
        sequence: None,
        record: Arc::new(record),
        contents: OnceLock::from(Box::new(Contents {
            ecs: Fields::default(),
            native,
            extra: Fields::default(),
        })),
    }
}

fn start() -> Event {
    event(
        SYSMON,
        1,
        &[
            ("Image", r"C:\Tools\ProcDump.exe"),
            (
                "CommandLine",
                r#"procdump -MA "lsass.exe" C:\Temp\x (1).dmp"#,
            ),
            ("User", r"CORP\ann"),
            ("ParentImage", r"C:\Windows\cmd.exe"),
            ("ProcessId", "77"),
        ],
    )
}

fn run(search: &str, event: &Event) -> Outcome {
    let query = spl::compile(search, &Macros::default())
        .unwrap_or_else(|error| panic!("{search}: {error:?}"));
    eval(&query, event)
}

fn fires(search: &str) -> bool {
    run(search, &start()).matched
}

fn row(search: &str, event: &Event) -> Row {
    let mut rows = run(search, event).rows;
    assert_eq!(rows.len(), 1, "{search}");
    rows.remove(0)
}

/// The row's columns as `name=value`.
fn shown(row: &Row) -> Vec<String> {
    row.columns
        .iter()
        .map(|column| match &column.value {
            Value::Str(text) => format!("{}={text}", column.name),
            other => format!("{}={other:?}", column.name),
        })
        .collect()
}

#[test]
fn values_ignore_case_and_names_do_not() {
    assert!(fires("process_name=PROCDUMP.exe"));
    assert!(fires("Image=*\\\\procdump.exe"));
    assert!(fires(r#"Image="*\tools\*""#));
    assert!(!fires("Process_Name=procdump.exe"));
    assert!(!fires("process_name=procdump"));
    assert!(fires("process_name=proc*"));
    assert!(!fires("process_name=*.ex"));
}

#[test]
fn or_binds_tighter_than_and() {
    // As AND-first it would hold for every Sysmon event.
    assert!(!fires(
        "source=XmlWinEventLog:x OR sourcetype=xmlwineventlog EventCode=10"
    ));
    assert!(fires(
        "EventCode=1 process_name=x OR process_name=procdump.exe"
    ));
    assert!(fires("EventCode=1 OR EventCode=2 AND user=ann"));
    assert!(!fires("EventCode=1 OR EventCode=2 AND user=bob"));
    assert!(fires("NOT user=bob EventCode=1"));
    assert!(!fires("NOT (user=ann OR user=bob)"));
    assert!(fires("NOT user=bob OR user=bob"));
}

#[test]
fn differing_needs_the_field_and_not_does_not() {
    assert!(fires("user!=bob"));
    assert!(!fires("user!=ANN"));
    assert!(!fires("missing!=x"));
    assert!(fires("NOT missing=x"));
    assert!(fires("NOT missing=*"));
    assert!(fires("user=*"));
    assert!(!fires("user!=*"));
    assert!(!fires("missing=*"));
    assert!(fires("user NOT IN (bob, eve)"));
}

#[test]
fn lists_and_numbers() {
    assert!(fires(r#"process_name IN ("x", proc*, "a b")"#));
    assert!(!fires("process_name IN (x, y)"));
    assert!(fires("process_id=77 EventCode IN (1,2)"));
    assert!(fires("process_id=77.0"));
    assert!(fires("process_id>=77 process_id<100 EventCode<2"));
    assert!(!fires("process_id>77"));
    assert!(fires("user<b"));
}

#[test]
fn several_values_of_one_field() {
    let mut many = start();
    let contents = many.contents.get_mut().unwrap();
    contents.native.set(
        FieldId::of("Tags"),
        Value::List(vec!["red".into(), "blue".into()]),
    );
    let fires = |search| run(search, &many).matched;
    assert!(fires("Tags=red") && fires("Tags!=red") && !fires("NOT Tags=red"));
    assert!(!fires("Tags=green") && fires("NOT Tags=green"));
    let by = run("EventCode=1 | stats count by Tags", &many);
    assert_eq!(by.rows.len(), 2);
}

#[test]
fn texts_are_found_as_words() {
    assert!(fires("lsass.exe"));
    assert!(fires("PROCDUMP"));
    assert!(fires(r#""procdump -ma""#));
    assert!(!fires("lsas"));
    assert!(fires("lsas*"));
    assert!(!fires("nothing"));
    assert!(fires("NOT nothing"));
    assert!(fires("TERM(ann)"));
    assert!(fires("*"));
}

#[test]
fn where_keeps_case_and_reads_fields() {
    assert!(fires(r#"EventCode=1 | where process_name="ProcDump.exe""#));
    assert!(!fires(r#"EventCode=1 | where process_name="procdump.exe""#));
    assert!(!fires(r#"EventCode=1 | where process_name="Proc*""#));
    assert!(!fires("EventCode=1 | where user=bob"));
    assert!(fires("EventCode=1 | where user=user"));
    assert!(fires(
        "EventCode=1 | where process_id > 9 AND EventCode == 1"
    ));
    assert!(fires("EventCode=1 | where process_id > EventCode"));
    assert!(fires(r#"EventCode=1 | where like(Image, "C:\%Dump.ex_")"#));
    assert!(!fires(r#"EventCode=1 | where Image LIKE "c:%""#));
    assert!(fires(
        r#"EventCode=1 | where match(CommandLine, "(?i)-ma\s") AND user IN ("ann")"#
    ));
    assert!(!fires(r#"EventCode=1 | where missing!="x""#));
    assert!(!fires(r#"EventCode=1 | where NOT missing="x""#));
    assert!(fires(
        "EventCode=1 | where isnull(missing) AND isnotnull(user)"
    ));
    assert!(fires(r#"EventCode=1 | where user="x" XOR user="ann""#));
    assert!(fires(
        r#"EventCode=1 | where user="x" OR user="ann" AND process_id=77"#
    ));
    assert!(fires(r#"EventCode=1 | where 'user'="ann" and 1+1=2"#));
}

#[test]
fn functions() {
    let holds = [
        r#"lower(process_name)="procdump.exe""#,
        "len(user)=3",
        r#"if(user="ann",1,2)=1"#,
        r#"case(user="x",1,true(),5)=5"#,
        r#"coalesce(missing, user)="ann""#,
        r#"replace(Image,"(.*)\\\(.+)$","\2")="ProcDump.exe""#,
        r#"mvindex(split(Image,"\\"),-1)="ProcDump.exe""#,
        r#"mvcount(split(Image,"\\"))=3"#,
        r#"substr(user,2)="nn" AND substr(user,-1)="n" AND substr(user,1,2)="an""#,
        r#"trim("--a-","-")="a" AND upper("x")="X""#,
        "round(2.567,1)=2.6 AND floor(-1.5)=-2 AND 7%4=3 AND 6/3=2",
        r#""a".user."b"="aannb" AND 1+"2"=3"#,
        r#"tonumber("ff",16)=255 AND tostring(1>0)="True" AND tostring(1234567,"commas")="1,234,567""#,
        r#"cidrmatch("10.0.0.0/8","10.1.2.3")"#,
        r#"strftime(_time,"%Y-%m-%d")="2017-07-14" AND strptime("2017-07-14","%Y-%m-%d")=1499990400"#,
        r#"in(user,"x","ann") AND NOT in(user,"ANN")"#,
        r#"mvjoin(mvappend("a","b"),"-")="a-b" AND max(1,7,"3")=7"#,
        r#"urldecode("a%20b")="a b""#,
        "isnum(process_id) AND isstr(user) AND isnull(null())",
    ];
    for condition in holds {
        assert!(
            fires(&format!("EventCode=1 | where {condition}")),
            "{condition}"
        );
    }
}

#[test]
fn a_data_model_search_groups_and_fills() {
    let search = "| tstats summariesonly=false allow_old_summaries=true fillnull_value=null count min(_time) as firstTime \
        values(Processes.process_id) as ids dc(Processes.user) from datamodel=Endpoint.Processes where \
        Processes.process_name=procdump.exe Processes.process=*lsass* by Processes.dest Processes.user \
        Processes.process_hash Processes.original_file_name _time span=1h \
        | rename Processes.* as * | convert timeformat=\"%Y\" ctime(firstTime)";
    let row = row(search, &start());
    assert_eq!(
        shown(&row),
        [
            "dest=ws-1",
            "user=ann",
            "process_hash=null",
            "original_file_name=unknown",
            "_time=Int(1499997600)",
            "count=Int(1)",
            "firstTime=Int(1500000000)",
            r#"ids=List([Str("77")])"#,
            r#"dc(Processes.user)=List([Str("ann")])"#,
        ]
    );
    let merges: Vec<_> = row.columns.iter().map(|column| column.merge).collect();
    assert_eq!(
        merges[4..],
        [
            Merge::Key,
            Merge::Sum,
            Merge::Min,
            Merge::Values,
            Merge::Distinct
        ]
    );
    assert_eq!(row.columns[6].time_format.as_deref(), Some("%Y"));
    // Without a fill an event that lacks a field to group by gives no row.
    let unfilled = search.replace("fillnull_value=null", "");
    assert!(!run(&unfilled, &start()).matched);
    // The event must belong to the dataset.
    assert!(!run(search, &event("System", 1, &[("Image", "procdump.exe")])).matched);
}

#[test]
fn stats_group_by_raw_fields() {
    let search = "EventCode=1 | stats count values(process_name) as names count(missing) as none max(process_id) as top \
        by Computer, user | rename Computer as dest";
    assert_eq!(
        shown(&row(search, &start())),
        [
            "dest=ws-1",
            "user=ann",
            "count=Int(1)",
            r#"names=List([Str("ProcDump.exe")])"#,
            "none=Int(0)",
            "top=77",
        ]
    );
    assert!(!fires("EventCode=1 | stats count by Computer missing"));
    assert!(fires(
        "EventCode=1 | fillnull | stats count by Computer missing"
    ));
    assert!(fires(
        "EventCode=1 | fillnull value=x missing | stats count by Computer missing"
    ));
    let conditional = r#"EventCode=1 | stats count(eval(user="ann")) as a count(eval(user="bob")) as b by Computer"#;
    assert_eq!(
        shown(&row(conditional, &start()))[1..],
        ["a=Int(1)", "b=Int(0)"]
    );
}

#[test]
fn latest_values_carry_their_time() {
    let row = row(
        "EventCode=1 | stats latest(user) as new last(user) as old by dest",
        &start(),
    );
    let merges: Vec<_> = row.columns.iter().map(|column| column.merge).collect();
    assert_eq!(merges, [Merge::Key, Merge::Latest, Merge::Earliest]);
    let timed = Value::List(vec![Value::Int(1_500_000_000_000_000_000), "ann".into()]);
    assert_eq!(row.columns[1].value, timed);
}

#[test]
fn commands_ahead_of_grouping() {
    let search = r#"EventCode=1 | rex field=Image "(?<drive>\w):.*\\\(?<file>[^\\\]+)$"
        | eval note=drive.":".user, user=upper(user) | rename file as name | where drive="C"
        | bucket _time span=1d | stats count by name note user _time"#;
    assert_eq!(
        shown(&row(search, &start()))[..4],
        [
            "name=ProcDump.exe",
            "note=C:ann",
            "user=ANN",
            "_time=Int(1499990400)"
        ]
    );
    assert!(fires(r#"EventCode=1 | regex Image="(?i)procdump""#));
    assert!(!fires(r#"EventCode=1 | regex Image!="(?i)procdump""#));
    assert!(fires(r#"EventCode=1 | regex "<raw>""#));
    assert!(!fires("EventCode=1 | rename user as u | search user=ann"));
    assert!(fires("EventCode=1 | rename user as u | search u=ann"));
    let several =
        r#"EventCode=1 | rex max_match=0 field=user "(?<letter>[a-z])" | stats count by letter"#;
    assert_eq!(run(several, &start()).rows.len(), 2);
}

#[test]
fn commands_on_rows() {
    let base = "EventCode=1 | stats count min(_time) as first by Computer user process_name ";
    let fires = |rest: &str| fires(&format!("{base}{rest}"));
    assert!(fires("| search user=ANN"));
    assert!(!fires("| where user=\"ANN\""));
    assert!(!fires("| search process_id=77"));
    assert!(fires("| search NOT process_id=77"));
    assert!(fires("| rename user as who | search who=ann NOT user=ann"));
    assert!(fires(
        r#"| rex field=process_name "(?<stem>\w+)\." | where stem="ProcDump""#
    ));
    assert!(fires("| sort - count | dedup Computer user process_name"));
    let cut = row(
        &format!("{base}| eval full=Computer.user | table full count | fields - first"),
        &start(),
    );
    // What is not shown still tells rows apart.
    assert_eq!(
        shown(&cut),
        [
            "full=ws-1ann",
            "count=Int(1)",
            "Computer=ws-1",
            "user=ann",
            "process_name=ProcDump.exe",
        ]
    );
}

#[test]
fn reasons_are_the_fields_that_were_true() {
    let outcome = run(
        "EventCode=1 process_name=procdump.exe OR user=bob NOT user=eve",
        &start(),
    );
    let names: Vec<_> = outcome
        .because
        .iter()
        .map(|field| field.name.name())
        .collect();
    assert_eq!(names, ["EventCode", "process_name"]);
}

#[test]
fn macros_are_text() {
    let mut macros = Macros::default();
    let define = |macros: &mut Macros, name: &str, arguments: &[&str], definition: &str| {
        let definition = Macro {
            arguments: arguments.iter().map(ToString::to_string).collect(),
            definition: definition.to_owned(),
        };
        macros.insert(name, definition);
    };
    define(
        &mut macros,
        "place",
        &[],
        "source=a OR sourcetype=xmlwineventlog",
    );
    define(
        &mut macros,
        "named",
        &["field", "value"],
        "$field$=$value$ `place`",
    );
    define(&mut macros, "names", &[], "bob,ann");
    let fires = |search: &str| {
        let query = spl::compile(search, &macros).unwrap_or_else(|error| panic!("{error:?}"));
        eval(&query, &start()).matched
    };
    assert!(fires("`place` EventCode=1"));
    assert!(!fires("`place` EventCode=10"));
    assert!(fires(r#"`named(user, "ann")`"#));
    assert!(fires(
        "user IN (`names`) ```not here: ` | ``` | `my_filter`"
    ));
    assert!(!fires(r#"user="`names`""#));
}

#[test]
fn explanations_say_what_held_and_what_was_missing() {
    let search = "EventCode=1 (user=bob OR process_name=proc*) NOT missing=1 | where len(user)>5";
    let query = spl::compile(search, &Macros::default()).unwrap();
    let tree = explain(&query, &start());
    assert_eq!((tree.kind, tree.outcome), (Kind::And, Truth::False));
    let said: Vec<_> = tree
        .children
        .iter()
        .flat_map(|child| std::iter::once(child).chain(&child.children))
        .map(|node| (node.text.as_str(), node.outcome, node.values.join(",")))
        .collect();
    let none = String::new;
    assert_eq!(
        said,
        [
            (
                "EventCode is \"1\" in any case",
                Truth::True,
                "1".to_owned()
            ),
            ("or", Truth::True, none()),
            (
                "user is \"bob\" in any case",
                Truth::False,
                "ann".to_owned()
            ),
            (
                "process_name is like \"proc*\" in any case",
                Truth::True,
                "ProcDump.exe".to_owned()
            ),
            ("not", Truth::True, none()),
            ("missing is \"1\" in any case", Truth::Missing, none()),
            (
                "an expression over user is true",
                Truth::False,
                "user: ann".to_owned()
            ),
        ]
    );
    let spans: Vec<_> = tree
        .children
        .iter()
        .filter_map(|child| child.span.clone())
        .collect();
    assert_eq!(&search[spans[0].clone()], "EventCode=1");
    assert_eq!(&search[spans[1].clone()], "len(user)>5");
}

/// What the engine, which leaves out rules by the kind of event and keeps values, finds is what each rule finds alone.
#[test]
fn the_engine_finds_what_every_rule_finds_alone() {
    let home = tempfile::tempdir().unwrap();
    let searches = [
        "EventCode=1 OR EventCode=10 user=*",
        "NOT EventCode=1 NOT source=XmlWinEventLog:Security",
        "source=*Sysmon* (EventCode IN (1,2) OR process_name=x)",
        "Channel=security EventCode!=4624",
        "Channel=hidden",
        "eventtype=ms-sysmon-process OR tag=report",
        "| tstats count from datamodel=Endpoint.Processes by Processes.user _time",
        "| tstats count from datamodel=Authentication where Authentication.user=* by Authentication.user",
        "EventCode=1 | rename user as who | eval user=\"x\" | search user=x who=ann",
        "EventCode=1 | where user=\"ann\" | stats count by user",
    ];
    for (n, search) in searches.iter().enumerate() {
        let text = format!("name: rule {n}\nid: '{n}'\nsearch: '{search}'\n");
        std::fs::write(home.path().join(format!("{n}.yml")), text).unwrap();
    }
    let set = crate::rule::RuleSet::load(&[home.path().to_owned()]);
    assert_eq!(set.rules.len(), searches.len(), "{:?}", set.findings);
    let engine = crate::engine::Engine::new(set.rules.clone());
    let logon = |user| {
        event(
            "Security",
            4624,
            &[("TargetUserName", user), ("TargetLogonId", "1")],
        )
    };
    let events = [
        start(),
        event(
            SYSMON,
            10,
            &[("SourceImage", "a.exe"), ("TargetUser", r"A\ann")],
        ),
        event(SYSMON, 11, &[("Image", "x")]),
        event(
            "Security",
            4688,
            &[("NewProcessName", r"C:\a.exe"), ("SubjectUserName", "ann")],
        ),
        logon("ann"),
        logon("PC$"),
        event("Security", 1102, &[("Channel", "hidden")]),
        event("System", 1, &[]),
        event("", 0, &[("Image", "x")]),
    ];
    let mut fired = 0;
    for event in events
        .iter()
        .chain(&events)
        .map(|event| Arc::new(event.clone()))
    {
        let mut matches = Matches::default();
        engine.observe(&event, &mut matches);
        fired += matches.detections.len();
        let found: Vec<_> = matches
            .detections
            .into_iter()
            .map(|detection| (detection.rule.id.clone(), detection.because, detection.row))
            .collect();
        let mut expected = Vec::new();
        for rule in &set.rules {
            let outcome = eval(&rule.query, &event);
            let fired = |row| (rule.id.clone(), outcome.because.clone(), row);
            if outcome.matched && outcome.rows.is_empty() {
                expected.push(fired(None));
            }
            expected.extend(
                outcome
                    .rows
                    .iter()
                    .map(|row| fired(Some(row.clone().into()))),
            );
        }
        assert_eq!(found, expected, "{} {}", event.channel, event.code);
    }
    assert!(fired > 20, "only {fired} fired");
}
