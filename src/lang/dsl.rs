//! Elasticsearch's query DSL, as Kibana writes it in filters.
//!
//! Takes a query as a JSON object; gives a [`Pred`], or the name of what it uses that watchglass does not run. Source:
//! the query DSL of Elasticsearch's reference.

use serde_json::{Map, Value};

use super::elastic::{self, Clock, Wanted};
use super::ir::pattern::Piece;
use super::ir::{AnyField, Case, Comparison, Nested, Pattern, Pred};
use super::lucene;
use crate::schema::FieldKind;

/// How deep queries may nest.
const MAX_DEPTH: usize = 50;

/// A query's condition, or the construct that is not run.
type Compiled = Result<Pred, String>;

/// Compiles a query.
///
/// # Errors
/// Names the query or the option that is not run.
pub fn compile(query: &Value) -> Compiled {
    one(query, 0)
}

fn one(query: &Value, depth: usize) -> Compiled {
    let Some(members) = query.as_object() else {
        return Err("a query that is no object".to_owned());
    };
    let mut kinds = members.iter();
    let (Some((kind, body)), None) = (kinds.next(), kinds.next()) else {
        return Err(format!("a query of {} kinds at once", members.len()));
    };
    if depth > MAX_DEPTH {
        return Err("queries that nest too deep".to_owned());
    }
    match kind.as_str() {
        "match_all" => Ok(Pred::Const(true)),
        "match_none" => Ok(Pred::Const(false)),
        "bool" => boolean(body, depth + 1),
        "constant_score" => one(body.get("filter").unwrap_or(&Value::Null), depth + 1),
        "dis_max" => Ok(Pred::any(clauses(body, "queries", depth + 1)?)),
        "nested" => nested(body, depth + 1),
        "exists" => {
            let name = body.get("field").and_then(Value::as_str);
            let name = name.ok_or("`exists` without a field")?;
            Ok(is(name, &Wanted::Exists))
        }
        "query_string" => query_string(body),
        "multi_match" => multi_match(body),
        "term" | "terms" | "match" | "match_phrase" | "wildcard" | "prefix" | "regexp"
        | "range" => {
            let (name, wanted) = field(kind, body)?;
            on_field(kind, name, wanted)
        }
        other => Err(format!("`{other}`")),
    }
}

fn is(name: &str, wanted: &Wanted<'_>) -> Pred {
    elastic::is(elastic::field(name), wanted, Clock::Event, 0..0)
}

/// Returns the field that the body of a query names, and what is asked of it.
fn field<'a>(kind: &str, body: &'a Value) -> Result<(&'a str, &'a Value), String> {
    let members = body.as_object().into_iter().flatten();
    let mut named = members.filter(|(name, _)| *name != "boost" && *name != "_name");
    match (named.next(), named.next()) {
        (Some((name, wanted)), None) => Ok((name, wanted)),
        _ => Err(format!("`{kind}` that does not name one field")),
    }
}

fn on_field(kind: &str, name: &str, wanted: &Value) -> Compiled {
    let key = match kind {
        "match" | "match_phrase" => "query",
        "wildcard" if wanted.get("wildcard").is_some() => "wildcard",
        _ => "value",
    };
    let relaxed = wanted.get("case_insensitive").and_then(Value::as_bool) == Some(true);
    let case = if relaxed {
        Case::Insensitive
    } else {
        Case::Sensitive
    };
    let text = || {
        let value = wanted.get(key).unwrap_or(wanted);
        scalar(value).ok_or_else(|| format!("`{kind}` for something that is no value"))
    };
    match kind {
        "term" => Ok(is(name, &Wanted::Term(&text()?, case))),
        "terms" => {
            let values = wanted
                .as_array()
                .ok_or("`terms` that are looked up elsewhere")?;
            let each = values.iter().map(|value| {
                let text = scalar(value).ok_or("`terms` with something that is no value")?;
                Ok(is(name, &Wanted::Term(&text, Case::Sensitive)))
            });
            Ok(Pred::any(each.collect::<Result<Vec<_>, String>>()?))
        }
        "match" => matches(name, &text()?, wanted),
        "match_phrase" => phrase(name, &text()?, wanted),
        "wildcard" => {
            let pieces = elastic::pieces(&text()?);
            Ok(is(name, &Wanted::Wildcard(&pieces, case)))
        }
        "prefix" => {
            let text = text()?;
            let start = text.chars().map(Piece::Char);
            let pieces: Vec<_> = start.chain([Piece::Many]).collect();
            Ok(is(name, &Wanted::Wildcard(&pieces, case)))
        }
        "regexp" => elastic::regex(elastic::field(name), &text()?, case, 0..0)
            .map_err(|error| error.message),
        _ => range(name, wanted),
    }
}

fn matches(name: &str, text: &str, options: &Value) -> Compiled {
    if options.get("type").and_then(Value::as_str) == Some("phrase") {
        return phrase(name, text, options);
    }
    if options.get("fuzziness").is_some_and(|fuzzy| *fuzzy != "0") {
        return Err("`match` with fuzziness".to_owned());
    }
    let all = options.get("operator").and_then(Value::as_str);
    if all.is_some_and(|operator| operator.eq_ignore_ascii_case("and")) {
        let analysed = crate::schema::kind(elastic::field(name).name) == FieldKind::Text;
        if analysed {
            let words = text.split_whitespace();
            return Ok(Pred::all(words.map(|word| is(name, &Wanted::Phrase(word)))));
        }
    }
    Ok(is(name, &Wanted::Words(text)))
}

fn phrase(name: &str, text: &str, options: &Value) -> Compiled {
    match options.get("slop").and_then(Value::as_u64) {
        None | Some(0) => Ok(is(name, &Wanted::Phrase(text))),
        Some(_) => Err("`match_phrase` with slop".to_owned()),
    }
}

fn range(name: &str, bounds: &Value) -> Compiled {
    let bounds = bounds.as_object().ok_or("`range` without bounds")?;
    if bounds.contains_key("time_zone") {
        return Err("`range` in a time zone".to_owned());
    }
    let included = |key: &str| bounds.get(key).and_then(Value::as_bool) != Some(false);
    let mut parts = Vec::new();
    for (key, value) in bounds {
        let op = match key.as_str() {
            "gte" => Comparison::GreaterOrEqual,
            "lte" => Comparison::LessOrEqual,
            "from" if included("include_lower") => Comparison::GreaterOrEqual,
            "to" if included("include_upper") => Comparison::LessOrEqual,
            "gt" | "from" => Comparison::Greater,
            "lt" | "to" => Comparison::Less,
            _ => continue,
        };
        if value.is_null() {
            continue;
        }
        let bound = scalar(value).ok_or("`range` to something that is no value")?;
        parts.push(elastic::range(
            elastic::field(name),
            op,
            &bound,
            Clock::Event,
            0..0,
        ));
    }
    parts.push(is(name, &Wanted::Exists));
    Ok(Pred::all(parts))
}

fn boolean(body: &Value, depth: usize) -> Compiled {
    let mut parts = clauses(body, "must", depth)?;
    parts.extend(clauses(body, "filter", depth)?);
    let should = clauses(body, "should", depth)?;
    let least = match body.get("minimum_should_match") {
        None => u64::from(parts.is_empty() && !should.is_empty()),
        Some(least) => scalar(least)
            .and_then(|least| least.parse().ok())
            .ok_or("`minimum_should_match` that is no number")?,
    };
    match least {
        0 => {}
        1 => parts.push(Pred::any(should)),
        all if all == should.len() as u64 => parts.extend(should),
        _ => return Err("`minimum_should_match` above 1".to_owned()),
    }
    let forbidden = clauses(body, "must_not", depth)?;
    parts.extend(forbidden.into_iter().map(Pred::negate));
    Ok(Pred::all(parts))
}

/// Returns the queries of a list; a single one may stand without it.
fn clauses(body: &Value, key: &str, depth: usize) -> Result<Vec<Pred>, String> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(|query| one(query, depth)).collect(),
        Some(single) => Ok(vec![one(single, depth)?]),
    }
}

fn nested(body: &Value, depth: usize) -> Compiled {
    let path = body.get("path").and_then(Value::as_str);
    let nested = Nested {
        path: elastic::field(path.ok_or("`nested` without a path")?),
        inner: Box::new(one(body.get("query").unwrap_or(&Value::Null), depth)?),
    };
    Ok(Pred::Nested(nested, 0..0))
}

fn query_string(body: &Value) -> Compiled {
    let text = body.get("query").and_then(Value::as_str);
    let text = text.ok_or("`query_string` without a query")?;
    let all = body.get("default_operator").and_then(Value::as_str);
    if all.is_some_and(|operator| operator.eq_ignore_ascii_case("and")) {
        return Err("`query_string` whose default operator is AND".to_owned());
    }
    if body.get("fields").is_some() || body.get("default_field").is_some_and(|field| field != "*") {
        return Err("`query_string` on chosen fields".to_owned());
    }
    match lucene::compile(text) {
        Ok(query) => Ok(query.select),
        Err(error) => Err(format!("`query_string`: {}", error.reason())),
    }
}

/// Free text, as Kibana translates it: a value of any field, or of those whose names fit.
fn multi_match(body: &Value) -> Compiled {
    let text = body.get("query").and_then(scalar);
    let text = text.ok_or("`multi_match` without a query")?;
    let phrase = body.get("type").and_then(Value::as_str) == Some("phrase");
    let wanted = if phrase {
        Wanted::Phrase(&text)
    } else {
        Wanted::Words(&text)
    };
    let any = |names: Option<Pattern>| {
        let any = AnyField {
            names,
            ecs: true,
            test: elastic::test(FieldKind::Keyword, &wanted),
            analysed: elastic::test(FieldKind::Text, &wanted),
        };
        Pred::AnyField(any, 0..0)
    };
    let fields = body.get("fields").and_then(Value::as_array);
    let Some(fields) = fields.filter(|fields| !fields.is_empty()) else {
        return Ok(any(None));
    };
    let each = fields.iter().filter_map(Value::as_str).map(|name| {
        // A boost changes no match.
        let name = name.split('^').next().unwrap_or(name);
        if name.contains('*') {
            any(Some(Pattern::new(elastic::pieces(name), Case::Sensitive)))
        } else {
            is(name, &wanted)
        }
    });
    Ok(Pred::any(each))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Returns whether `members` hold a query beside what Kibana notes on a filter: the shape of older exports.
#[must_use]
pub fn bare(members: &Map<String, Value>) -> Value {
    let own = members
        .iter()
        .filter(|(key, _)| *key != "meta" && *key != "$state" && *key != "query");
    Value::Object(
        own.map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

#[cfg(test)]
mod tests;
