//! Commands on small tables.

use super::*;
use crate::lang::ir::rows::Name;
use crate::lang::ir::table::{Aggregate, Argument, Dedup, Function, Group, Order, Sort, SortKey};
use crate::lang::ir::{Case, Comparison, Lists, Number, Pred, Truth};
use crate::schema::{self, Vocabulary};

/// Reads a table: the first line names columns, `-` is null, `a;b` are two values; each row is an event of its own.
pub(super) fn table(text: &str) -> Rows {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut rows = Rows::with_columns(lines.next().unwrap().split_whitespace());
    for (n, line) in (0..).zip(lines) {
        let cell = |cell: &str| match cell {
            "-" => None,
            cell if cell.contains(';') => {
                Some(Value::List(cell.split(';').map(Value::from).collect()))
            }
            cell => Some(Value::from(cell)),
        };
        rows.rows.push(Row {
            values: line.split_whitespace().map(cell).collect(),
            from: vec![n],
            id: RowId::of([n.to_be_bytes().as_slice()]),
        });
    }
    rows
}

/// Writes a table the way [`table`] reads it.
pub(super) fn shown(rows: &Rows) -> String {
    let names: Vec<_> = rows.columns.iter().map(|column| &*column.name).collect();
    let mut lines = vec![names.join(" ")];
    for row in &rows.rows {
        let cells = (0..names.len()).map(|at| match row.get(at) {
            None => "-".to_owned(),
            Some(value) => {
                let texts: Vec<_> = value.elements().map(|one| one.text()).collect();
                texts.join(";")
            }
        });
        lines.push(cells.collect::<Vec<_>>().join(" "));
    }
    lines.join("\n")
}

fn run_all(commands: &[Command], rows: Rows, dialect: Dialect) -> Rows {
    run_on(commands, rows, &Context::new(&[], dialect, 1_000))
}

fn field(name: &str) -> Expr {
    Expr::Field(schema::resolve(Vocabulary::SplunkAddon, name))
}

fn count(by: &[&str]) -> Group {
    Group {
        by: by.iter().map(|name| (*name).into()).collect(),
        aggregates: vec![Aggregate {
            function: Function::Count,
            argument: Argument::Rows,
            name: "count".into(),
        }],
    }
}

const LOGONS: &str = "
    user host
    a    x
    b    x;y
    -    y
    a    z";

#[test]
fn groups_count_rows_and_keep_their_events() {
    let groups = run_all(
        &[Command::Group(count(&["host"]))],
        table(LOGONS),
        Dialect::Spl,
    );
    assert_eq!(shown(&groups), "host count\nx 2\ny 2\nz 1");
    assert_eq!(groups.rows[1].from, [1, 2]);
    // Splunk drops what lacks the key, ES|QL groups it.
    let by_user = [Command::Group(count(&["user"]))];
    let splunk = run_all(&by_user, table(LOGONS), Dialect::Spl);
    assert_eq!(shown(&splunk), "user count\na 2\nb 1");
    let elastic = run_all(&by_user, table(LOGONS), Dialect::Esql);
    assert_eq!(shown(&elastic), "user count\na 2\nb 1\n- 1");
}

#[test]
fn a_group_is_the_same_row_however_many_events_it_has() {
    let commands = [Command::Group(count(&["user"]))];
    let few = run_all(&commands, table("user\na"), Dialect::Spl);
    let many = run_all(&commands, table("user\nb\na\na"), Dialect::Spl);
    assert_eq!(few.rows[0].id, many.rows[0].id);
    assert_ne!(many.rows[0].id, many.rows[1].id);
}

#[test]
fn conditions_see_what_was_computed() {
    let more = Expr::Compare(
        Comparison::Greater,
        Case::Sensitive,
        Box::new(field("count")),
        Box::new(Expr::Number(Number::Int(1))),
    );
    let more = Truth {
        expr: more,
        lists: Lists::Whole,
    };
    let commands = [
        Command::Group(count(&["user"])),
        Command::Filter(Pred::Truth(more, 0..0)),
        Command::Set {
            column: "who".into(),
            value: field("user"),
        },
        Command::Keep(vec![Name("who".into()), Name("c*".into())]),
    ];
    let found = run_all(&commands, table(LOGONS), Dialect::Spl);
    assert_eq!(shown(&found), "who count\na 2");
    assert_eq!(found.rows[0].from, [0, 3]);
}

#[test]
fn rows_are_sorted_cut_and_told_apart() {
    let numbers = "n t\n10 a\n9 b\n- c\n9 d";
    let by = |descending| {
        Command::Sort(Sort {
            keys: vec![SortKey {
                value: field("n"),
                descending,
                nulls_first: false,
                order: Order::Automatic,
            }],
            limit: Some(3),
        })
    };
    let rising = run_all(&[by(false)], table(numbers), Dialect::Spl);
    assert_eq!(shown(&rising), "n t\n9 b\n9 d\n10 a");
    let texts = run_all(&[by(false)], table(numbers), Dialect::Esql);
    assert_eq!(shown(&texts), "n t\n10 a\n9 b\n9 d");
    let once = Command::Dedup(Dedup {
        columns: vec!["n".into()],
        keep: 1,
        consecutive: false,
        keep_empty: false,
        keep_rows: false,
    });
    let falling = run_all(
        &[by(true), once, Command::Head(2)],
        table(numbers),
        Dialect::Spl,
    );
    assert_eq!(shown(&falling), "n t\n10 a\n9 b");
}

#[test]
fn an_expanded_row_keeps_its_event() {
    let expand = Command::Expand {
        column: "host".into(),
        most: None,
    };
    let rows = run_all(&[expand], table(LOGONS), Dialect::Esql);
    assert_eq!(shown(&rows), "user host\na x\nb x\nb y\n- y\na z");
    assert_eq!(rows.rows[2].from, [1]);
    assert_ne!(rows.rows[1].id, rows.rows[2].id);
}

#[test]
fn what_a_command_reads_no_further_is_counted() {
    use crate::lang::ir::limit::VALUES;
    let before = VALUES.total();
    let pairs: Vec<String> = (0..300).map(|n| format!("<a{n}>1</a{n}>")).collect();
    let many = pairs.concat();
    let rows = run_all(
        &[Command::XmlPairs { column: "x".into() }],
        table(&format!("x\n{many}")),
        Dialect::Spl,
    );
    assert_eq!(rows.columns.len(), 201);
    assert!(VALUES.total() > before);
}
