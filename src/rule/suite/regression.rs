//! `info.yml`: a suite as SigmaHQ writes them beside its regression data.
//!
//! Source: `regression_data` of SigmaHQ/sigma. `rule_metadata` names the rule, each of `regression_tests_info` a sample
//! by its path from the checkout's top and, as `match_count`, how many of its events the rule must select; without it
//! at least one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::{Case, Expect, Suite};
use crate::rule::Finding;
use crate::rule::document::{self, number, objects, text};

/// Reads `content`.
pub fn parse(path: &Path, content: &Arc<str>) -> Result<Suite, Vec<Finding>> {
    let wrong = |message: String, span, help: &str| {
        vec![Finding::error("R302", message, span, "", path, content).help(help)]
    };
    let documents = document::from_yaml(content).map_err(|fault| {
        let end = fault.span.end.min(content.len());
        let span = fault.span.start.min(end)..end;
        wrong(fault.message, span, "mend the file")
    })?;
    let document = documents.first().unwrap_or(&Value::Null);
    let rule = objects(document, "rule_metadata").first().and_then(|rule| {
        let id = text(rule, "id")?;
        let at = content.rfind(&id)?;
        Some((id.clone(), at..at + id.len()))
    });
    let mut cases = Vec::new();
    for test in objects(document, "regression_tests_info") {
        let Some(stated) = text(test, "path") else {
            continue;
        };
        let at = content.find(&stated).unwrap_or(0);
        let span = at..(at + stated.len()).min(content.len());
        let Some(sample) = resolve(path, &stated) else {
            let help = "the path counts from the top of the checkout, or from this file";
            return Err(wrong("no such sample".to_owned(), span, help));
        };
        cases.push(Case {
            name: text(test, "name").unwrap_or_default(),
            rule: rule.clone(),
            samples: vec![(sample, span.clone())],
            expect: Expect {
                hits: number(test, "match_count").map(|count| count as u64),
                ..Expect::default()
            },
            span,
        });
    }
    Ok(Suite {
        path: path.to_owned(),
        text: Arc::clone(content),
        rules: Vec::new(),
        cases,
        findings: Vec::new(),
    })
}

/// Finds a path that counts from the top of the checkout, wherever that is above `info`.
fn resolve(info: &Path, stated: &str) -> Option<PathBuf> {
    let below = stated.split_once('/').map(|(_, below)| below);
    info.ancestors()
        .skip(1)
        .flat_map(|folder| {
            let names = [Some(stated), below].into_iter().flatten();
            names.map(|name| folder.join(name))
        })
        .find(|path| path.is_file())
        .or_else(|| {
            let name = Path::new(stated).file_name()?;
            Some(info.with_file_name(name)).filter(|path| path.is_file())
        })
}
