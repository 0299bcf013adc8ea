//! `watchglass rules ...`: what is loaded, whether each rule runs, what for, and what helps to write one.

mod coverage;
mod explain;
mod import;
mod profile;
mod show;
mod test;
mod totals;

use std::path::PathBuf;

use serde_json::json;

use super::arguments::{Global, RuleList, Rules, TableFormat};
use super::output::Output;
use super::table::Table;
use super::{CliError, Done};

use crate::alert::export::csv_line;
use crate::rule::{FileKind, Origins, Rule, RuleSet, RuleState};

/// Runs one of them.
pub fn run(command: &Rules, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    match command {
        Rules::List(list) => listing(list, global, output),
        Rules::Check(list) => check(list, global, output),
        Rules::Explain(command) => explain::run(command, global, output),
        Rules::Coverage(command) => coverage::run(command, global, output),
        Rules::Test(command) => test::run(command, global, output),
        Rules::Import(command) => import::run(command, output),
        Rules::Profile(command) => profile::run(command, global, output),
        Rules::Show(show) => {
            let set = load(&show.rules.rules, global, output)?;
            let rule = pick(&set, &show.rule)?;
            output.raw(show::text(rule).as_bytes())?;
            Ok(Done::Well)
        }
    }
}

/// Loads the rules under `paths`, or the built-in ones, and tells what could not be read.
///
/// # Errors
/// As [`pending`] says.
pub fn load(paths: &[PathBuf], global: &Global, output: &Output) -> Result<RuleSet, CliError> {
    let set = load_quietly(paths, global)?;
    for finding in &set.findings {
        output.note(&finding.diagnostic.render(&finding.source, false));
    }
    Ok(set)
}

/// Loads the rules under `paths`, or the built-in ones; findings stay in the set.
///
/// # Errors
/// As [`pending`] says, or no file has a rule: a mistaken directory would look like logs without alerts.
pub fn load_quietly(paths: &[PathBuf], global: &Global) -> Result<RuleSet, CliError> {
    let set = pending(paths, global)?;
    if !set.is_pending() {
        return Ok(set);
    }
    let set = set.reload();
    match set.lacks_rules() {
        Some(reason) => Err(CliError::Usage(reason)),
        None => Ok(set),
    }
}

/// Returns the built-in rules when there are no paths, else a set that is to be loaded; takes no time.
///
/// # Errors
/// A path is not there, none has a file that may hold rules, or the settings, which say where indicators are, have a
/// mistake.
pub fn pending(paths: &[PathBuf], global: &Global) -> Result<RuleSet, CliError> {
    if paths.is_empty() {
        return Ok(RuleSet::builtin());
    }
    for path in paths {
        std::fs::metadata(path).map_err(|error| super::unusable(path, &error))?;
    }
    let origins = Origins {
        rules: paths.to_vec(),
        indicators: super::settings::load(global)?.rules.indicators,
    };
    match origins.without_files() {
        Some(reason) => Err(CliError::Usage(reason)),
        None => Ok(RuleSet::pending(origins)),
    }
}

/// Name of the state and the reason, as the JSON contract spells them.
fn state(rule: &Rule) -> (&'static str, &str) {
    match &rule.state {
        RuleState::Runs => ("runs", rule.lacks().unwrap_or_default()),
        RuleState::NeverFires(reason) => ("never_fires", reason),
        RuleState::NotRunnable(reason) => ("not_runnable", reason),
    }
}

fn listing(list: &RuleList, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let set = load(&list.paths, global, output)?;
    let header = ["SEV", "RISK", "LANG", "TECHNIQUES", "RULE", "ID"];
    let mut table = Table::new(&header, &[1]).spare(&[3]);
    for rule in &set.rules {
        let techniques: Vec<&str> = rule
            .threat
            .iter()
            .flat_map(|threat| &threat.techniques)
            .map(String::as_str)
            .collect();
        match list.format {
            TableFormat::Table | TableFormat::Csv => table.row([
                rule.severity.as_str().to_owned(),
                rule.risk_score.to_string(),
                rule.language.as_str().to_owned(),
                techniques.join(" "),
                rule.name.clone(),
                rule.id.clone(),
            ]),
            TableFormat::Jsonl => output.line(&crate::alert::export::json_line(&json!({
                "id": rule.id, "name": rule.name, "language": rule.language.as_str(),
                "severity": rule.severity.as_str(), "risk_score": rule.risk_score,
                "techniques": techniques, "path": rule.path.display().to_string(),
                "state": state(rule).0,
            })))?,
        }
    }
    table.print(list.format, output)?;
    Ok(finish(&set))
}

fn check(list: &RuleList, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let set = load(&list.paths, global, output)?;
    for finding in set.rules.iter().flat_map(|rule| &rule.findings) {
        output.note(&finding.diagnostic.render(&finding.source, false));
    }
    let header = ["STATE", "LANG", "RULE", "REASON", "PATH"];
    let mut table = Table::new(&header, &[]).spare(&[4]);
    if list.format == TableFormat::Csv {
        output.line("id,name,path,language,state,reason")?;
    }
    for rule in &set.rules {
        let (state, reason) = state(rule);
        let path = rule.path.display().to_string();
        match list.format {
            TableFormat::Table => table.row([
                state.replace('_', " "),
                rule.language.as_str().to_owned(),
                rule.name.clone(),
                reason.to_owned(),
                path,
            ]),
            TableFormat::Jsonl => output.line(&crate::alert::export::json_line(&json!({
                "id": rule.id, "name": rule.name, "path": path,
                "language": rule.language.as_str(), "state": state, "reason": reason,
            })))?,
            TableFormat::Csv => output.line(&csv_line(&[
                &rule.id,
                &rule.name,
                &path,
                rule.language.as_str(),
                state,
                reason,
            ]))?,
        }
    }
    if list.format == TableFormat::Table {
        table.print(list.format, output)?;
        output.raw(totals::text(&set).as_bytes())?;
    }
    Ok(finish(&set))
}

fn finish(set: &RuleSet) -> Done {
    let broken = set.files.iter().any(|file| file.kind == FileKind::Broken);
    if broken { Done::WithErrors } else { Done::Well }
}

fn pick<'s>(set: &'s RuleSet, wanted: &str) -> Result<&'s Rule, CliError> {
    if let Some(rule) = set.get(wanted) {
        return Ok(rule);
    }
    let lower = wanted.to_lowercase();
    let found: Vec<_> = set
        .rules
        .iter()
        .filter(|rule| rule.id.starts_with(wanted) || rule.name.to_lowercase().contains(&lower))
        .collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let names = set.rules.iter().map(|rule| rule.name.as_str());
            let hint = crate::text::similar::nearest(wanted, names)
                .map(|name| format!("; did you mean `{name}`?"))
                .unwrap_or_default();
            Err(CliError::Usage(format!(
                "no rule has `{wanted}` in its id or name{hint}"
            )))
        }
        several => {
            let names: Vec<&str> = several
                .iter()
                .take(8)
                .map(|rule| rule.name.as_str())
                .collect();
            Err(CliError::Usage(format!(
                "`{wanted}` could be {}",
                names.join(", ")
            )))
        }
    }
}
