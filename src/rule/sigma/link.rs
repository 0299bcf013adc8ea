//! A correlation meets the rules that it refers to.

use serde_json::Value;

use super::documents::{Document, Kind, kind};
use super::library::Library;
use super::sections::Sections;
use crate::lang::sigma::correlation::{self, Referenced, Unresolved};
use crate::lang::{CompileError, Query};
use crate::rule::document::text;
use crate::text::similar;

/// How deep correlations of correlations may go.
const MAX_DEPTH: usize = 8;

/// Compiles a correlation.
///
/// # Errors
/// What is wrong with it, with spans in `sections`, or the rule that it lacks.
pub fn query(
    document: &Document,
    sections: &Sections,
    library: &Library,
) -> Result<Query, CompileError> {
    below(document, sections, library, &mut Vec::new())
}

/// The same below the correlations that lead here.
fn below<'l>(
    document: &'l Document,
    sections: &Sections,
    library: &'l Library,
    above: &mut Vec<&'l Document>,
) -> Result<Query, CompileError> {
    above.push(document);
    let section = document.value.get("correlation").unwrap_or(&Value::Null);
    let mut resolve = |reference: &str| {
        let Some(found) = library.find(reference) else {
            let near = similar::nearest(reference, library.names());
            return Err(Unresolved::Unknown(near.map(str::to_owned)));
        };
        let same = |one: &&Document| one.path == found.path && one.number == found.number;
        if above.iter().any(same) {
            return Err(Unresolved::Cycle);
        }
        if above.len() >= MAX_DEPTH {
            return Err(Unresolved::Broken(format!(
                "correlations are nested more than {MAX_DEPTH} deep"
            )));
        }
        let names = ["id", "name"]
            .iter()
            .filter_map(|key| text(&found.value, key));
        let query = if kind(&found.value) == Some(Kind::Correlation) {
            below(
                found,
                &Sections::of(found, &["correlation"]),
                library,
                above,
            )
        } else {
            super::query(
                found,
                &Sections::of(found, &["logsource", "detection"]),
                library,
            )
        };
        match query {
            Ok(query) => Ok(Referenced {
                names: names.collect(),
                query,
            }),
            Err(error) => Err(Unresolved::Broken(error.reason())),
        }
    };
    let query = correlation::compile(section, sections.section("correlation"), &mut resolve);
    above.pop();
    query
}
