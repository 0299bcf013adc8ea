//! `watchglass rules test [PATH...]`: rules on sample logs, with what they must find in a sidecar.

mod bench;
mod find;
mod print;
mod why;

use super::super::arguments::{Global, RuleTest};
use super::super::output::Output;
use super::super::{CliError, Done, settings};
use find::Plan;
use print::{Printer, Totals};

/// Runs every case, each by itself.
///
/// # Errors
/// A path is not there, or standard output is closed.
pub fn run(command: &RuleTest, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let plan = Plan::of(&command.paths, settings::load(global)?.rules.indicators)?;
    for finding in &plan.findings {
        output.note(&finding.render(false));
    }
    let mut totals = Totals {
        broken: plan.broken,
        ..Totals::default()
    };
    let mut printer = Printer::new(command.format);
    for suite in &plan.suites {
        for case in &suite.cases {
            let result = plan.rule(suite, case).map(|rule| bench::run(rule, case));
            totals.count(&result);
            printer.case(suite, case, &result, output)?;
        }
    }
    totals.untested = plan.untested();
    printer.finish(&totals, output)?;
    Ok(if totals.all_passed() {
        Done::Well
    } else {
        Done::WithErrors
    })
}

#[cfg(test)]
mod tests;
