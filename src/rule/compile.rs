//! Query text becomes the query of a rule, or the reason why it does not run.
//!
//! Takes the language, the text and the file it stands in; gives the query, the rule's state and findings whose carets
//! point into the file wherever the query's text can be found there.

mod origin;
mod slip;

use std::sync::Arc;

use super::{Finding, Language, RuleState, place};
use crate::lang::ir::Stateful;
use crate::lang::spl::Macros;
use crate::lang::{CompileError, Diagnostic, Query, eql, esql, kql, lucene, spl};
use crate::schema::{self, FieldRef};

/// What compiling gave.
#[derive(Debug)]
pub struct Compiled {
    pub query: Query,
    pub state: RuleState,
    pub findings: Vec<Finding>,
}

impl Compiled {
    /// A rule that is shown but does not run.
    #[must_use]
    pub fn not_runnable(construct: impl Into<String>) -> Self {
        Self {
            query: Query::default(),
            state: RuleState::NotRunnable(construct.into()),
            findings: Vec::new(),
        }
    }
}

/// Compiles `text`; languages that watchglass does not run give [`RuleState::NotRunnable`].
#[must_use]
pub fn compile(language: Language, text: &str, macros: &Macros, file: &Arc<str>) -> Compiled {
    let result = match language {
        Language::Eql => eql::compile(text),
        Language::Kuery => kql::compile(text),
        Language::Lucene => lucene::compile(text),
        Language::Spl => spl::compile(text, macros),
        Language::Sigma | Language::Esql | Language::MachineLearning => {
            return Compiled::not_runnable(language.as_str());
        }
    };
    finished(result, text, file)
}

/// Compiles an ES|QL query of a rule that looks back `lookback` seconds; gives also the index patterns that it reads.
#[must_use]
pub fn compile_esql(text: &str, lookback: u32, file: &Arc<str>) -> (Compiled, Vec<String>) {
    let (result, sources) = match esql::compile(text, lookback) {
        Ok(compiled) => (Ok(compiled.query), compiled.sources),
        Err(error) => (Err(error), Vec::new()),
    };
    (finished(result, text, file), sources)
}

fn finished(result: Result<Query, CompileError>, text: &str, file: &Arc<str>) -> Compiled {
    match result {
        Ok(mut query) => {
            let mut warnings = std::mem::take(&mut query.warnings);
            warnings.extend(slip::warnings(&query, text));
            let state = state(&query);
            Compiled {
                query,
                state,
                findings: in_file(warnings, text, file),
            }
        }
        Err(error) => failed(&error, text, file),
    }
}

/// Returns whether any source can make the query fire.
#[must_use]
pub fn state(query: &Query) -> RuleState {
    if let Some(reason) = &query.starved {
        return RuleState::NeverFires(reason.clone());
    }
    if let Some(field) = query.blocked_by(schema::can_fill) {
        let name = field.name.name();
        return RuleState::NeverFires(format!("no source that watchglass reads fills `{name}`"));
    }
    if let Some(field) = query.stateful.as_deref().and_then(unfilled) {
        let name = field.name.name();
        return RuleState::NeverFires(format!(
            "no source that watchglass reads fills `{name}`, by which the rule groups"
        ));
    }
    match query.unmet_by(origin::can_pass) {
        Some(leaf) => RuleState::NeverFires(origin::reason(leaf)),
        None => RuleState::Runs,
    }
}

/// Returns a field that an operator needs in each event and that nothing fills.
fn unfilled(stateful: &Stateful) -> Option<FieldRef> {
    let mut missing = None;
    stateful.needs(&mut |field| {
        if missing.is_none() && !schema::can_fill(field) {
            missing = Some(field);
        }
    });
    missing
}

fn failed(error: &CompileError, text: &str, file: &Arc<str>) -> Compiled {
    Compiled {
        findings: in_file(error.diagnostics.clone(), text, file),
        ..Compiled::not_runnable(error.reason())
    }
}

/// Returns where a query would stand that is empty or no text: behind its name.
fn empty_query(file: &str) -> Option<place::Place> {
    let mut base = 0;
    for line in file.split_inclusive('\n') {
        let name = line.trim_start_matches([' ', '\t', '"']);
        if name.starts_with("query") || name.starts_with("search:") {
            return place::find(&file[base..], name.trim_end()).map(|place| place.after(base));
        }
        base += line.len();
    }
    None
}

/// Moves what is wrong at the end of a query to its last line that says something: the caret stands where more is
/// missing, not under the quotes behind it.
fn at_the_end(mut diagnostic: Diagnostic, text: &str) -> Diagnostic {
    let end = text.trim_end().len();
    for label in &mut diagnostic.labels {
        if end > 0 && label.span.start >= end {
            label.span = end..end;
        }
    }
    diagnostic
}

fn in_file(diagnostics: Vec<Diagnostic>, text: &str, file: &Arc<str>) -> Vec<Finding> {
    if diagnostics.is_empty() {
        return Vec::new();
    }
    let place = place::find(file, text).filter(|_| !text.trim().is_empty());
    let place = place.or_else(|| empty_query(file).filter(|_| text.trim().is_empty()));
    let query: Arc<str> = Arc::from(text);
    let mut findings: Vec<_> = diagnostics
        .into_iter()
        .map(|diagnostic| at_the_end(diagnostic, text))
        .map(|diagnostic| match &place {
            Some(place) => Finding {
                diagnostic: place.moved(diagnostic),
                source: Arc::clone(file),
            },
            None => Finding {
                diagnostic,
                source: Arc::clone(&query),
            },
        })
        .collect();
    findings.sort_by_key(|finding| finding.diagnostic.level as u8);
    findings
}
