//! A `detection` section becomes one condition.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use super::Source;
use super::condition::{self, Node, Quantity, Target};
use super::detection::{Reader, Search};
use super::lower;
use super::place::{self, Cursor};
use crate::lang::ir::Pred;
use crate::lang::{CompileError, Diagnostic, Span};
use crate::schema::logsource::Found;
use crate::text::similar;

/// Members of a section that are no searches.
const RESERVED: [&str; 3] = ["condition", "timeframe", "rules"];

/// Most choices that `N of` may stand for.
const MAX_CHOICES: u64 = 10_000;

/// What a section gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Searches {
    pub pred: Pred,
    pub warnings: Vec<Diagnostic>,
}

/// One search, read and lowered.
struct Named<'a> {
    name: &'a str,
    span: Span,
    pred: Pred,
}

impl Searches {
    /// Reads the section of `source`, without its log source.
    ///
    /// # Errors
    /// Everything that is wrong with it, or the construct that is not run.
    pub fn read(source: &Source<'_>) -> Result<Self, CompileError> {
        let Json::Object(members) = source.detection else {
            return Err(wrong(
                "the section is no map",
                source,
                "names of searches expected",
            )
            .into());
        };
        let mut reader = Reader {
            cursor: Cursor::new(source.text),
            placeholders: source.placeholders,
            errors: Vec::new(),
            construct: None,
        };
        let mut warnings = Vec::new();
        let mut named = Vec::new();
        for (name, tree) in members
            .iter()
            .filter(|(name, _)| !RESERVED.contains(&name.as_str()))
        {
            let mut at = reader.cursor.clone();
            let span = at.key(name);
            let search = reader.search(name, tree);
            fields(&search, source, &mut warnings);
            let pred = lower::search(&search, &mut reader.errors);
            named.push(Named { name, span, pred });
        }
        let mut used = HashSet::new();
        let joined = conditions(members, source, &named, &mut used);
        let construct = reader.construct;
        match joined {
            Ok(pred) if reader.errors.is_empty() => {
                warnings.extend(unused(&named, &used));
                Ok(Self { pred, warnings })
            }
            Ok(_) => Err(CompileError {
                diagnostics: reader.errors,
                construct,
            }),
            Err(mut error) => {
                error.diagnostics.extend(reader.errors);
                error.construct = error.construct.or(construct);
                Err(error)
            }
        }
    }
}

fn wrong(message: &str, source: &Source<'_>, label: &str) -> Vec<Diagnostic> {
    let at = source.text.start;
    vec![Diagnostic::error("E610", message, at..at, label)]
}

/// Joins the searches as the condition says; of a list of conditions any one suffices.
fn conditions<'a>(
    members: &Map<String, Json>,
    source: &Source<'_>,
    named: &[Named<'a>],
    used: &mut HashSet<&'a str>,
) -> Result<Pred, CompileError> {
    let texts: Vec<&str> = match members.get("condition") {
        Some(Json::String(text)) => vec![text],
        Some(Json::Array(texts)) => texts.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    if texts.is_empty() {
        return Err(wrong(
            "the section has no condition",
            source,
            "`condition:` expected in here",
        )
        .into());
    }
    let mut preds = Vec::new();
    let mut failed: Option<CompileError> = None;
    for text in texts {
        match joined(text, named, used) {
            Ok(pred) => preds.push(pred),
            Err(error) => {
                let error = moved(error, text, source);
                match &mut failed {
                    Some(first) => first.diagnostics.extend(error.diagnostics),
                    None => failed = Some(error),
                }
            }
        }
    }
    failed.map_or_else(|| Ok(Pred::any(preds)), Err)
}

/// Moves spans from the condition's text to the section's.
fn moved(mut error: CompileError, text: &str, source: &Source<'_>) -> CompileError {
    let base = place::of_scalar(source.text, "condition", text);
    for diagnostic in &mut error.diagnostics {
        for label in &mut diagnostic.labels {
            label.span = match base {
                Some(base) => label.span.start + base..label.span.end + base,
                None => Cursor::new(source.text).key("condition"),
            };
        }
    }
    error
}

fn joined<'a>(
    text: &str,
    named: &[Named<'a>],
    used: &mut HashSet<&'a str>,
) -> Result<Pred, CompileError> {
    let node = condition::parse(text)?;
    let mut errors = Vec::new();
    let pred = of_node(&node, named, used, &mut errors);
    if errors.is_empty() {
        Ok(pred)
    } else {
        Err(errors.into())
    }
}

fn of_node<'a>(
    node: &Node,
    named: &[Named<'a>],
    used: &mut HashSet<&'a str>,
    errors: &mut Vec<Diagnostic>,
) -> Pred {
    let mut each = |parts: &[Node]| -> Vec<Pred> {
        parts
            .iter()
            .map(|part| of_node(part, named, used, errors))
            .collect()
    };
    match node {
        Node::Or(parts) => Pred::any(each(parts)),
        Node::And(parts) => Pred::all(each(parts)),
        Node::Not(inner) => of_node(inner, named, used, errors).negate(),
        Node::Search(name) => {
            if let Some(found) = named.iter().find(|one| one.name == name.text) {
                used.insert(found.name);
                return found.pred.clone();
            }
            let message = format!("there is no search `{}`", name.text);
            let error = Diagnostic::error("E604", message, name.span.clone(), "unknown");
            let near = similar::nearest(&name.text, named.iter().map(|one| one.name));
            errors.push(match near {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("define it in the section, or take it out of the condition"),
            });
            Pred::Const(false)
        }
        Node::Of(quantity, target) => {
            let chosen: Vec<&Named<'a>> = named
                .iter()
                .filter(|one| is_meant(target, one.name))
                .collect();
            used.extend(chosen.iter().map(|one| one.name));
            let preds: Vec<Pred> = chosen.iter().map(|one| one.pred.clone()).collect();
            match of_quantity(*quantity, &preds) {
                Ok(pred) => pred,
                Err(message) => {
                    let span = match target {
                        Target::Like(name) => name.span.clone(),
                        Target::Them => 0..0,
                    };
                    errors.push(Diagnostic::error("E605", message, span, "these"));
                    Pred::Const(false)
                }
            }
        }
    }
}

fn is_meant(target: &Target, name: &str) -> bool {
    match target {
        Target::Them => !name.starts_with('_'),
        Target::Like(pattern) => fits(&pattern.text, name),
    }
}

/// Returns whether `name` fits `pattern`, in which `*` stands for any text.
pub fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(rest_of_name) = name.strip_prefix(start) else {
        return false;
    };
    (0..=rest_of_name.len())
        .filter(|at| rest_of_name.is_char_boundary(*at))
        .any(|at| fits(rest, &rest_of_name[at..]))
}

fn of_quantity(quantity: Quantity, preds: &[Pred]) -> Result<Pred, String> {
    if preds.is_empty() {
        return Err("no search is meant by this".to_owned());
    }
    match quantity {
        Quantity::All => Ok(Pred::all(preds.to_vec())),
        Quantity::AtLeast(1) => Ok(Pred::any(preds.to_vec())),
        Quantity::AtLeast(count) => {
            let count = count as usize;
            if count > preds.len() {
                return Err(format!("{count} searches are wanted of {}", preds.len()));
            }
            if choices(preds.len() as u64, count as u64) > MAX_CHOICES {
                return Err(format!(
                    "{count} of {} are more than {MAX_CHOICES} choices",
                    preds.len()
                ));
            }
            Ok(at_least(count, preds))
        }
    }
}

/// Returns `n` over `k`, or a large number.
fn choices(n: u64, k: u64) -> u64 {
    let step = |product: u64, i: u64| product.saturating_mul(n - i) / (i + 1);
    (0..k.min(n - k)).fold(1, step)
}

fn at_least(count: usize, preds: &[Pred]) -> Pred {
    match (count, preds.split_first()) {
        (0, _) => Pred::Const(true),
        (_, None) => Pred::Const(false),
        (_, Some((first, rest))) => {
            let with = Pred::all([first.clone(), at_least(count - 1, rest)]);
            Pred::any([with, at_least(count, rest)])
        }
    }
}

/// Warns of searches that the condition leaves out.
fn unused<'n>(
    named: &'n [Named<'_>],
    used: &'n HashSet<&str>,
) -> impl Iterator<Item = Diagnostic> + 'n {
    let left = named
        .iter()
        .filter(|one| !used.contains(one.name) && !one.name.starts_with('_'));
    left.map(|one| {
        let message = format!("the condition does not use `{}`", one.name);
        Diagnostic::warning("E620", message, one.span.clone(), "never asked for")
            .help("name it in the condition, or take it out")
    })
}

/// Warns of fields that the events of the log source do not have and that look like a slip.
fn fields(search: &Search, source: &Source<'_>, warnings: &mut Vec<Diagnostic>) {
    let Found::Events(sources) = source.logsource.find() else {
        return;
    };
    let [only] = sources.as_slice() else { return };
    if only.fields.is_empty() {
        return;
    }
    let mut see = |name: &str, span: &Span| {
        if only.fields.iter().any(|known| known == name) || name.contains('_') || name == "EventID"
        {
            return;
        }
        if let Some(near) = similar::nearest(name, only.fields.iter().map(String::as_str)) {
            let end = (span.start + name.len()).min(span.end);
            let message = format!("events of this log source have no field `{name}`");
            let warning = Diagnostic::warning("E621", message, span.start..end, "unknown");
            warnings.push(warning.help(format!("did you mean `{near}`?")));
        }
    };
    each_item(search, &mut see);
}

fn each_item(search: &Search, see: &mut impl FnMut(&str, &Span)) {
    match search {
        Search::Any(parts) | Search::All(parts) => {
            for part in parts {
                each_item(part, see);
            }
        }
        Search::Item(item) => {
            if let Some(field) = &item.field {
                see(field, &item.span);
            }
        }
    }
}
