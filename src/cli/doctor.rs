//! `watchglass doctor`: what may stand in the way, line by line.
//!
//! Looks at the terminal, the road to the clipboard, the system's limits, the state directory, the rules and the
//! settings; changes nothing, and sends nothing but the test text that `--copy` asks for. Each line is `ok`,
//! `warning` or `problem`, the last two with what to do.

mod clipboard;
mod look;
mod state;
mod watching;

use super::arguments::{Doctor, Global};
use super::output::Output;
use super::{CliError, Done, rules, settings};
use crate::config::Settings;
use crate::rule::RuleState;
use crate::text::{Marks, visible};
use crate::ui::ink::wrap;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Ok,
    /// It works, but not as well as it could.
    Warning,
    /// Something does not work.
    Problem,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Check {
    level: Level,
    /// What was looked at.
    what: &'static str,
    /// How it stands.
    found: String,
    /// What to do about it; empty when nothing is to do.
    advice: String,
}

impl Check {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            level: Level::Ok,
            what,
            found: found.into(),
            advice: String::new(),
        }
    }

    fn warning(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            what,
            found: found.into(),
            advice: advice.into(),
        }
    }

    fn problem(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            level: Level::Problem,
            ..Self::warning(what, found, advice)
        }
    }
}

/// Returns what an environment variable holds; empty counts as unset.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Runs `watchglass doctor`: exit code 1 when there is a problem.
pub fn run(command: &Doctor, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let (settings, settings_check) = read_settings(global);
    let mut checks = look::checks(&settings, &variable);
    checks.extend(clipboard::checks(&settings, &variable));
    checks.extend(watching::checks(command.directory.as_deref()));
    checks.extend(state::checks(&command.state, command.directory.as_deref()));
    checks.push(rule_check(command, global));
    checks.push(settings_check);
    checks.push(zone_check(&settings));
    for check in &checks {
        print(check, output)?;
    }
    if command.copy {
        output.finish()?;
        let sent = clipboard::send(&settings);
        print(&sent, output)?;
        checks.push(sent);
    }
    let broken = checks.iter().any(|check| check.level == Level::Problem);
    Ok(if broken { Done::WithErrors } else { Done::Well })
}

fn print(check: &Check, output: &mut Output) -> Result<(), CliError> {
    let level = match check.level {
        Level::Ok => "ok",
        Level::Warning => "warning",
        Level::Problem => "problem",
    };
    let found = visible(&check.found, Marks::Unicode);
    output.line(&format!("{level:<9}{:<13}{found}", check.what))?;
    if !check.advice.is_empty() {
        let advice = visible(&check.advice, Marks::Unicode);
        let columns = output.columns.unwrap_or(100);
        for line in wrap(&advice, columns.saturating_sub(23).max(30)) {
            output.line(&format!("{:22}{line}", ""))?;
        }
    }
    Ok(())
}

/// A file with a mistake is a problem; the other checks go on with the presets.
fn read_settings(global: &Global) -> (Settings, Check) {
    const WHAT: &str = "settings";
    let path = settings::path(global);
    let shown = path.as_ref().map_or_else(
        || "no home directory to look in".to_owned(),
        |path| path.display().to_string(),
    );
    match settings::load(global) {
        Ok(settings) if path.as_ref().is_some_and(|path| path.exists()) => {
            (settings, Check::ok(WHAT, shown))
        }
        Ok(settings) => (
            settings,
            Check::ok(WHAT, format!("{shown} is not there; the presets hold")),
        ),
        Err(error) => {
            // The first line says what and where, `config --check` shows the rest.
            let said = error.to_string();
            let lines: Vec<&str> = said.lines().take(2).map(str::trim).collect();
            let advice = "watchglass config --check shows the mistake in its place";
            (
                Settings::default(),
                Check::problem(WHAT, lines.join(" "), advice),
            )
        }
    }
}

fn rule_check(command: &Doctor, global: &Global) -> Check {
    const WHAT: &str = "rules";
    let set = match rules::load_quietly(&command.rules.rules, global) {
        Ok(set) => set,
        Err(error) => return Check::problem(WHAT, error.to_string(), "name another path"),
    };
    let count = |wanted: fn(&RuleState) -> bool| {
        set.rules.iter().filter(|rule| wanted(&rule.state)).count()
    };
    let runs = count(|state| *state == RuleState::Runs);
    let never = count(|state| matches!(state, RuleState::NeverFires(_)));
    let not = count(|state| matches!(state, RuleState::NotRunnable(_)));
    let broken = set.findings.len();
    let said = format!(
        "{runs} run, {never} can never fire, {not} cannot run, {broken} files with a mistake"
    );
    let advice = "watchglass rules check says why, rule by rule";
    if runs == 0 {
        Check::problem(WHAT, said, advice)
    } else if not + never + broken > 0 {
        Check::warning(WHAT, said, advice)
    } else {
        Check::ok(WHAT, said)
    }
}

fn zone_check(settings: &Settings) -> Check {
    const WHAT: &str = "time zone";
    match crate::ui::driver::zone(&settings.time_zone) {
        Ok(zone) => {
            let now = jiff::Timestamp::now().to_zoned_datetime(zone);
            let said = format!(
                "{}, now {}",
                settings.time_zone,
                now.strftime("%Y-%m-%d %H:%M:%S %Z (%:z)")
            );
            Check::ok(WHAT, said)
        }
        Err(error) => Check::problem(
            WHAT,
            error.to_string(),
            "watchglass config --path says where the settings are",
        ),
    }
}
