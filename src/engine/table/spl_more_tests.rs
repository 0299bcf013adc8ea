//! Splunk's rarer commands on small tables.

use super::spl_tests::{check, check_with};

#[test]
fn makemv_splits_by_a_text_or_by_what_an_expression_finds() {
    check(
        "p\na,,b",
        "| eval q=p, r=p, s=p, t=p | makemv delim=\",\" q | makemv delim=\",\" allowempty=t r \
         | makemv tokenizer=\"([a-z]),?\" s | makemv delim=\",\" setsv=t t \
         | eval n=mvcount(r), q=mvjoin(q, \"+\"), s=mvjoin(s, \"+\") | fields - r",
        "q n s t
         a+b 3 a+b a,b",
    );
}

#[test]
fn outlier_cuts_or_removes_what_is_far_from_the_median() {
    let numbers = "n\n1\n2\n2\n3\n3\n90";
    check(numbers, "| outlier n", "n\n1\n2\n2\n3\n3\n4.5");
    check(numbers, "| outlier action=RM n", "n\n1\n2\n2\n3\n3");
    check(
        numbers,
        "| outlier action=TF mark=t param=5 n | tail 1",
        "n\n0007",
    );
    check(
        "n\n-90\n2\n2\n3\n3\n4",
        "| outlier action=remove uselower=true n | head 1",
        "n\n2",
    );
    check("n\nx\n-", "| outlier n", "n\nx\n-");
}

#[test]
fn sparkline_draws_how_a_number_goes() {
    let events = "_time h n\n0 a 1\n0 a 3\n10 b 5\n20 a 7";
    check(
        events,
        "| stats sparkline(count, 10s) as s sparkline(sum(n),10s) as t sparkline(max(n),10s) as m by h",
        "h s t m
         a █▁▅ ▅▁█ ▄▁█
         b ▁█▁ ▁█▁ ▁█▁",
    );
    check(
        "_time\n100\n160",
        "| stats sparkline as x count | eval n=len(x) | fields - x",
        "count n\n2 31",
    );
    check("n\n1", "| stats sparkline as x count", "count\n1");
}

#[test]
fn chart_makes_columns_of_values() {
    let events = "h k n\na x 1\na y 2\nb x 3\na x 4";
    check(events, "| chart count over h by k", "h x y\na 2 1\nb 1 0");
    check(events, "| chart sum(n) as s by h k", "h x y\na 5 2\nb 3 -");
    check(
        events,
        "| chart sum(n) as s count by h",
        "h s count\na 7 3\nb 3 1",
    );
    check(
        events,
        "| chart limit=1 count by h k",
        "h x OTHER\na 2 1\nb 1 0",
    );
    check(
        events,
        "| chart limit=1 useother=f count by h k",
        "h x\na 2\nb 1",
    );
}

#[test]
fn timechart_has_a_row_for_each_stretch_of_time() {
    let events = "_time k\n125 x\n130 y\n310 x";
    check(
        events,
        "| timechart span=1m count",
        "_time count\n120 2\n180 0\n240 0\n300 1",
    );
    check(
        events,
        "| timechart span=1m cont=f count by k",
        "_time x y\n120 1 1\n300 1 0",
    );
}

#[test]
fn map_runs_a_search_for_each_row() {
    let logons = "logon user\n1 A\n2 b\n3 ab";
    // Quotes, `*`, a value inside a text, and one that only an `eval` sees.
    check_with(
        "id who\n1 a\n3 b",
        &[logons],
        "| map search=\"search y=1 logon=\\\"$id$\\\" user!=\\\"$who$\\\" | eval by=\\\"<$who$>\\\"\"",
        "logon user by\n3 ab <b>",
    );
    check_with(
        "id who\n9 b",
        &[logons],
        "| map [search y=1 (user=\"*$who$*\" OR logon=$id$) NOT user=x | where user!=\"$who$\"]",
        "logon user\n3 ab",
    );
    check_with(
        "id\n2",
        &[logons],
        "| map search=\"search y=1 logon>=$id$ | stats count by user\"",
        "user count\nab 1\nb 1",
    );
    check_with(
        "id\n1\n2\n3",
        &[logons],
        "| map maxsearches=2 search=\"search y=1 logon IN ($id$, 7) | table logon\"",
        "logon\n1\n2",
    );
}

#[test]
fn entropy_tells_random_names() {
    check(
        "w\nabcd\naaaa\nab",
        "| lookup ut_shannon_lookup word as w | lookup ut_shannon_lookup word as w output ut_shannon as e",
        "w ut_shannon e\nabcd 2 2\naaaa 0 0\nab 1 1",
    );
}

#[test]
fn bits_are_counted() {
    check(
        "n\n6",
        "| eval a=bit_and(n,3), o=bit_or(n,1), x=bit_xor(n,5,1), l=bit_shift_left(n,2), r=bit_shift_right(n,1), h=hypot(3,4)",
        "a o x l r h\n2 7 2 24 3 5",
    );
}
