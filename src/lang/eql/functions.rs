//! EQL's functions. Names are found in any letter case; `~` ignores case. All give null when an argument is null.
//!
//! Meanings follow Elastic's EQL function reference.

use crate::event::Value;
use crate::lang::function::Function;
use crate::lang::ir::test::{number, with_text};
use crate::lang::ir::{Case, Network, Number};

type Arguments<'a> = &'a [Option<Value>];

/// Most arguments of a function that takes any number.
const MANY: usize = 1000;

const fn function(
    name: &'static str,
    arguments: (usize, usize),
    call: fn(Arguments<'_>) -> Option<Value>,
) -> Function {
    Function {
        name,
        arguments,
        strict: true,
        call,
    }
}

/// Every function, `~` forms under their own name.
pub static FUNCTIONS: [Function; 21] = [
    function("add", (2, 2), |a| {
        arithmetic(a, i64::checked_add, |x, y| x + y)
    }),
    function("between", (3, 4), |a| between(a, Case::Sensitive)),
    function("between~", (3, 4), |a| between(a, Case::Insensitive)),
    function("cidrMatch", (2, MANY), cidr_match),
    function("concat", (1, MANY), concat),
    function("divide", (2, 2), |a| {
        arithmetic(a, i64::checked_div, |x, y| x / y)
    }),
    function("endsWith", (2, 2), |a| {
        compare(a, Case::Sensitive, |text, part| text.ends_with(part))
    }),
    function("endsWith~", (2, 2), |a| {
        compare(a, Case::Insensitive, |text, part| text.ends_with(part))
    }),
    function("indexOf", (2, 3), |a| index_of(a, Case::Sensitive)),
    function("indexOf~", (2, 3), |a| index_of(a, Case::Insensitive)),
    function("length", (1, 1), length),
    function("modulo", (2, 2), |a| {
        arithmetic(a, i64::checked_rem, |x, y| x % y)
    }),
    function("multiply", (2, 2), |a| {
        arithmetic(a, i64::checked_mul, |x, y| x * y)
    }),
    function("number", (1, 2), to_number),
    function("startsWith", (2, 2), |a| {
        compare(a, Case::Sensitive, |text, part| text.starts_with(part))
    }),
    function("startsWith~", (2, 2), |a| {
        compare(a, Case::Insensitive, |text, part| text.starts_with(part))
    }),
    function("string", (1, 1), |a| text(a, 0).map(Value::from)),
    function("stringContains", (2, 2), |a| {
        compare(a, Case::Sensitive, |text, part| text.contains(part))
    }),
    function("stringContains~", (2, 2), |a| {
        compare(a, Case::Insensitive, |text, part| text.contains(part))
    }),
    function("substring", (2, 3), substring),
    function("subtract", (2, 2), |a| {
        arithmetic(a, i64::checked_sub, |x, y| x - y)
    }),
];

/// Returns the function called `name` in any letter case.
pub fn find(name: &str, ignore_case: bool) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| {
        let (bare, tilde) = match function.name.strip_suffix('~') {
            Some(bare) => (bare, true),
            None => (function.name, false),
        };
        tilde == ignore_case && bare.eq_ignore_ascii_case(name)
    })
}

fn text(arguments: Arguments<'_>, n: usize) -> Option<String> {
    with_text(arguments.get(n)?.as_ref()?, str::to_owned)
}

fn whole(arguments: Arguments<'_>, n: usize) -> Option<i64> {
    match number(arguments.get(n)?.as_ref()?)? {
        Number::Int(whole) => Some(whole),
        Number::Float(_) => None,
    }
}

fn flag(arguments: Arguments<'_>, n: usize) -> bool {
    matches!(arguments.get(n), Some(Some(Value::Bool(true))))
}

fn compare(arguments: Arguments<'_>, case: Case, holds: fn(&str, &str) -> bool) -> Option<Value> {
    let (whole, part) = (text(arguments, 0)?, text(arguments, 1)?);
    Some(holds(&case.fold_text(&whole), &case.fold_text(&part)).into())
}

fn arithmetic(
    arguments: Arguments<'_>,
    exact: fn(i64, i64) -> Option<i64>,
    float: fn(f64, f64) -> f64,
) -> Option<Value> {
    let left = number(arguments.first()?.as_ref()?)?;
    let right = number(arguments.get(1)?.as_ref()?)?;
    if let (Number::Int(left), Number::Int(right)) = (left, right) {
        return exact(left, right).map(Value::Int);
    }
    Some(Value::Float(float(left.as_f64(), right.as_f64())))
}

/// `between(source, left, right[, greedy])`: the text after the first `left` and before the next (greedy: last)
/// `right`; empty when one is not there.
fn between(arguments: Arguments<'_>, case: Case) -> Option<Value> {
    let (source, left, right) = (
        text(arguments, 0)?,
        text(arguments, 1)?,
        text(arguments, 2)?,
    );
    let chars: Vec<char> = source.chars().collect();
    let folded: Vec<char> = chars.iter().map(|char| case.fold(*char)).collect();
    let fold = |text: &str| text.chars().map(|char| case.fold(char)).collect::<Vec<_>>();
    let (left, right) = (fold(&left), fold(&right));
    let found = find_from(&folded, &left, 0).and_then(|at| {
        let start = at + left.len();
        let end = if flag(arguments, 3) {
            find_last(&folded, &right, start)?
        } else {
            find_from(&folded, &right, start)?
        };
        Some(chars[start..end].iter().collect::<String>())
    });
    Some(found.unwrap_or_default().into())
}

fn find_from(text: &[char], part: &[char], from: usize) -> Option<usize> {
    (from..=text.len().checked_sub(part.len())?).find(|at| text[*at..].starts_with(part))
}

fn find_last(text: &[char], part: &[char], from: usize) -> Option<usize> {
    (from..=text.len().checked_sub(part.len())?)
        .rev()
        .find(|at| text[*at..].starts_with(part))
}

fn cidr_match(arguments: Arguments<'_>) -> Option<Value> {
    let address = text(arguments, 0)?;
    let inside = (1..arguments.len()).any(|n| {
        text(arguments, n)
            .and_then(|block| Network::parse(&block))
            .is_some_and(|block| block.holds(&address))
    });
    Some(inside.into())
}

fn concat(arguments: Arguments<'_>) -> Option<Value> {
    let parts: Option<Vec<String>> = (0..arguments.len()).map(|n| text(arguments, n)).collect();
    parts.map(|parts| parts.concat().into())
}

/// Null when it is not there.
fn index_of(arguments: Arguments<'_>, case: Case) -> Option<Value> {
    let fold = |text: String| text.chars().map(|char| case.fold(char)).collect::<Vec<_>>();
    let (source, part) = (fold(text(arguments, 0)?), fold(text(arguments, 1)?));
    let from = whole(arguments, 2).unwrap_or(0).max(0);
    let from = usize::try_from(from).ok()?;
    find_from(&source, &part, from).and_then(|at| i64::try_from(at).ok().map(Value::Int))
}

fn length(arguments: Arguments<'_>) -> Option<Value> {
    // Characters as Java counts them: UTF-16 units.
    let units = text(arguments, 0)?.encode_utf16().count();
    i64::try_from(units).ok().map(Value::Int)
}

fn to_number(arguments: Arguments<'_>) -> Option<Value> {
    let base = whole(arguments, 1).unwrap_or(10);
    if base == 10 {
        return Some(match number(arguments.first()?.as_ref()?)? {
            Number::Int(whole) => Value::Int(whole),
            Number::Float(float) => Value::Float(float),
        });
    }
    let base = u32::try_from(base)
        .ok()
        .filter(|base| (2..=36).contains(base))?;
    let digits = text(arguments, 0)?;
    let digits = match base {
        16 => digits.strip_prefix("0x").unwrap_or(&digits),
        _ => &digits,
    };
    i64::from_str_radix(digits, base).ok().map(Value::Int)
}

/// `substring(source, start[, end])`; a negative position counts from the end.
fn substring(arguments: Arguments<'_>) -> Option<Value> {
    let chars: Vec<char> = text(arguments, 0)?.chars().collect();
    let place = |position: i64| {
        let length = chars.len() as i64;
        let position = if position < 0 {
            position.saturating_add(length)
        } else {
            position
        };
        position.clamp(0, length) as usize
    };
    let start = place(whole(arguments, 1)?);
    let end = whole(arguments, 2).map_or(chars.len(), place);
    Some(
        chars
            .get(start..end)
            .unwrap_or(&[])
            .iter()
            .collect::<String>()
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, arguments: &[&str]) -> Option<String> {
        let (bare, tilde) = name
            .strip_suffix('~')
            .map_or((name, false), |bare| (bare, true));
        let arguments: Vec<_> = arguments
            .iter()
            .map(|text| match text.parse::<i64>() {
                _ if *text == "true" => Some(Value::Bool(true)),
                Ok(number) => Some(Value::Int(number)),
                Err(_) => Some(Value::from(*text)),
            })
            .collect();
        let value = (find(bare, tilde).unwrap().call)(&arguments)?;
        with_text(&value, str::to_owned)
    }

    #[test]
    fn functions_do_what_the_reference_says() {
        let is = |name, arguments: &[&str], result: &str| {
            assert_eq!(
                call(name, arguments).as_deref(),
                Some(result),
                "{name}{arguments:?}"
            );
        };
        is("ADD", &["2", "3"], "5");
        is("divide", &["7", "2"], "3");
        is("modulo", &["10", "6"], "4");
        is("subtract", &["10", "12"], "-2");
        is("multiply", &["2", "4"], "8");
        is("between", &["system restore: on; x;", ": ", ";"], "on");
        is(
            "between",
            &["system restore: on; x;", ": ", ";", "true"],
            "on; x",
        );
        is("between", &["welcome", "q", "z"], "");
        is("between~", &["Welcome Back", "WEL", "BACK"], "come ");
        is(
            "cidrMatch",
            &["10.6.1.2", "192.168.0.0/16", "10.6.0.0/16"],
            "true",
        );
        is("cidrMatch", &["fe80::1", "10.6.0.0/16"], "false");
        is("concat", &["a", "1", "c"], "a1c");
        is("endsWith", &["a.EXE", ".exe"], "false");
        is("endsWith~", &["a.EXE", ".exe"], "true");
        is("startswith~", &["Cmd.exe", "cMD"], "true");
        is("indexOf", &["subdomain.co.uk", ".", "10"], "12");
        is("length", &["explorer.exe"], "12");
        is("number", &["0xf84", "16"], "3972");
        is("number", &["13"], "13");
        is("stringContains~", &["Start-Process", "PROC"], "true");
        is("substring", &["start regsvr32.exe", "6"], "regsvr32.exe");
        is("substring", &["start regsvr32.exe", "-4"], ".exe");
        is(
            "substring",
            &["start regsvr32.exe", "0", "-4"],
            "start regsvr32",
        );
        is("substring", &["abc", "5", "2"], "");
    }

    #[test]
    fn what_has_no_result_is_null() {
        assert_eq!(call("indexOf", &["abc", "x"]), None);
        assert_eq!(call("divide", &["1", "0"]), None);
        assert_eq!(call("number", &["word"]), None);
        assert_eq!((find("length", false).unwrap().call)(&[None]), None);
        assert!(find("length", true).is_none());
    }
}
