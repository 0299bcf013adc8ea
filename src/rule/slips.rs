//! Slips in the names of a rule file's members.
//!
//! Takes the trees of a file and its text. Gives what was meant, with its place: for members of a rule that no format
//! knows, and for files that would be rules but for such a slip. Files of other kinds, which lie beside rules in every
//! checkout, give nothing.

mod formats;
mod place;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::document::Syntax;
use super::read::FileKind;
use crate::lang::Span;
use crate::text::similar::nearest;
use formats::{ELASTIC, FORMATS, Format, SIGMA, SPLUNK};

/// A member whose name is a slip, or that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    pub message: String,
    pub span: Span,
    pub label: String,
    pub help: String,
}

type Members = Map<String, Value>;

/// Returns why a file whose trees are no rules was meant to be one; nothing for a file of another kind.
pub fn of_unknown(text: &str, trees: &[Value], syntax: Syntax) -> Vec<Slip> {
    let maps = trees.iter().filter_map(Value::as_object);
    maps.flat_map(|map| match syntax {
        Syntax::Toml => of_tables(text, map),
        Syntax::Yaml | Syntax::JsonLines => of_map(text, map, syntax),
    })
    .collect()
}

/// Returns the slips of the members of a file's rules.
pub fn of_rules<'a>(
    text: &str,
    kind: FileKind,
    trees: impl Iterator<Item = &'a Value>,
) -> Vec<Slip> {
    let (format, syntax, table): (_, _, Option<&str>) = match kind {
        FileKind::ElasticToml => (&ELASTIC, Syntax::Toml, Some("rule")),
        FileKind::KibanaNdjson => (&ELASTIC, Syntax::JsonLines, None),
        FileKind::SplunkDetection => (&SPLUNK, Syntax::Yaml, None),
        FileKind::Sigma => (&SIGMA, Syntax::Yaml, None),
        _ => return Vec::new(),
    };
    let maps =
        trees.filter_map(|tree| table.map_or(Some(tree), |name| tree.get(name))?.as_object());
    maps.flat_map(|map| format.slips(map))
        .map(|(name, meant)| meant_slip(text, syntax, format, name, meant))
        .collect()
}

/// Returns whether a text that could not be parsed names a member that rules have, or nearly so.
pub fn resembles(text: &str) -> bool {
    let starts = [' ', '\t', '-', '[', '{', '"', '\''];
    let ends = |char: char| !char.is_alphanumeric() && char != '_';
    let mut words = text.lines().map(|line| {
        let line = line.trim_start_matches(starts);
        let word = line.split(ends).next().unwrap_or_default();
        (
            word,
            line[word.len()..].trim_start_matches(['"', '\'', ' ']),
        )
    });
    words.any(|(word, rest)| {
        let named = rest.is_empty() || rest.starts_with([':', '=', ']']);
        named
            && formats::SIGNS
                .iter()
                .any(|sign| word == *sign || nearest(word, [*sign]).is_some())
    })
}

/// Looks for a rule in the tables of a TOML file.
fn of_tables(text: &str, map: &Members) -> Vec<Slip> {
    let slip = |name: &str, message: String, label: &str, help: &str| Slip {
        message,
        span: place::key(text, name, Syntax::Toml),
        label: label.to_owned(),
        help: help.to_owned(),
    };
    match map.get("rule") {
        Some(Value::Object(rule)) => {
            let slips = mended(text, rule, Syntax::Toml, &ELASTIC);
            if !slips.is_empty() {
                return slips;
            }
            let at = place::key(text, "rule", Syntax::Toml);
            let lacks = lacking(rule, &ELASTIC, &at);
            lacks.into_iter().collect()
        }
        Some(Value::Array(_)) => vec![slip(
            "rule",
            "a file has one rule, and this is a list of them".to_owned(),
            "a list",
            "write `[rule]`, and each rule into a file of its own",
        )],
        _ => {
            let named = map.iter().find(|(name, value)| {
                let rule = value.as_object();
                nearest(name, ["rule"]).is_some()
                    && rule.is_some_and(|rule| ELASTIC.knows(rule) >= 2)
            });
            if let Some((name, _)) = named {
                let message = format!("no rule is read from the table `{name}`");
                let help = "did you mean `[rule]`?";
                return vec![slip(name, message, "not a table that is read", help)];
            }
            // Members that stand in front of, or without, their table.
            if !ELASTIC.would_be(map, &[]) || ELASTIC.knows(map) < 4 {
                return Vec::new();
            }
            vec![Slip {
                message: "the members of a rule stand outside its table".to_owned(),
                span: first(text, map, Syntax::Toml),
                label: "in no table".to_owned(),
                help: "write `[rule]` above them".to_owned(),
            }]
        }
    }
}

/// Returns the place of the member that the file has first; the trees of TOML are sorted.
fn first(text: &str, map: &Members, syntax: Syntax) -> Span {
    let places = map.keys().map(|name| place::key(text, name, syntax));
    let known = places.filter(|span| !span.is_empty());
    known.min_by_key(|span| span.start).unwrap_or(0..0)
}

/// Looks for a rule of any format in a map; the first format that it fits is taken.
fn of_map(text: &str, map: &Members, syntax: Syntax) -> Vec<Slip> {
    let formats = match syntax {
        Syntax::JsonLines => std::slice::from_ref(&ELASTIC),
        _ => FORMATS,
    };
    // A slip explains more than a member that is not there.
    let slips = formats
        .iter()
        .map(|format| mended(text, map, syntax, format));
    if let Some(slips) = slips.into_iter().find(|slips| !slips.is_empty()) {
        return slips;
    }
    let at = first(text, map, syntax);
    let lacks = formats.iter().find_map(|format| lacking(map, format, &at));
    lacks.into_iter().collect()
}

/// Returns the slips without which a map would be a rule of `format`.
fn mended(text: &str, map: &Members, syntax: Syntax, format: &Format) -> Vec<Slip> {
    let slips = format.slips(map);
    if slips.is_empty() || !format.is_likely(map, &slips) || !format.would_be(map, &slips) {
        return Vec::new();
    }
    let said = slips.into_iter();
    said.map(|(name, meant)| meant_slip(text, syntax, format, name, meant))
        .collect()
}

/// Says at the place `at` what a map lacks to be a rule of `format`, when it has enough else of one.
fn lacking(map: &Members, format: &Format, at: &Span) -> Option<Slip> {
    if format.tells(map) < format.least.max(2) || format.only {
        return None;
    }
    let lacks = format.lacks(map)?;
    Some(Slip {
        message: format!("this looks like {}, and has no {lacks}", format.name),
        span: at.clone(),
        label: "not read as a rule".to_owned(),
        help: format!("add {lacks}"),
    })
}

fn meant_slip(text: &str, syntax: Syntax, format: &Format, name: &str, meant: &str) -> Slip {
    Slip {
        message: format!("{} has no member `{name}`", format.name),
        span: place::key(text, name, syntax),
        label: "not known".to_owned(),
        help: format!("did you mean `{meant}`?"),
    }
}
