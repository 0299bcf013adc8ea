//! What can be typed.

mod authoring;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Colour;

pub use authoring::{RuleImport, RuleProfile, RuleTest, TextFormat};

/// A terminal workbench that runs Elastic, Splunk and Sigma detections on live Windows event logs
/// and walks you through every alert.
#[derive(Debug, Parser)]
#[command(name = "watchglass", version, propagate_version = true, max_term_width = 100, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  watchglass watch /var/log/winlogs                  the workbench on live logs
  watchglass events Security.evtx | head             what the rules see
  watchglass scan case-17/ --format jsonl > hits     once over finished files
  watchglass rules check ~/detections                does each rule run here, and if not why
  watchglass alerts list --status open --since 24h   what waits for an analyst

Exit codes: 0 done (alerts or none), 1 something could not be read, 2 unusable arguments.";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Settings to use instead of the file under the XDG configuration directory
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch a directory of logs and open the workbench on its alerts
    Watch(Watch),
    /// Watch a directory without a screen; alerts go to the state directory
    Run(Run),
    /// Run the rules once over finished files and print the alerts
    Scan(Scan),
    /// Measure how fast each step of a scan is, or compare the engine with trying each rule plainly
    Bench(Bench),
    /// Print every event as a normalised ECS document, one a line
    Events(Events),
    /// Show the workbench on a made-up intrusion, replayed live into a temporary directory
    Demo(Demo),
    /// List, show or check rules
    #[command(subcommand)]
    Rules(Rules),
    /// Check the terminal, the clipboard, the limits of the system, the state directory and the rules
    Doctor(Doctor),
    /// Print every key of the workbench
    Keys(Keys),
    /// List, show or export the alerts that `watch` and `run` keep
    #[command(subcommand)]
    Alerts(Alerts),
    /// Show the settings
    Config(Config),
    /// List the themes
    Themes,
    /// Print a completion script for a shell
    Completions(Completions),
}

/// Which rules run.
#[derive(Debug, Clone, Args)]
pub struct RuleOptions {
    /// A rule file or a directory of rules, instead of the built-in ones; may be given several times
    #[arg(long = "rules", value_name = "PATH")]
    pub rules: Vec<PathBuf>,
}

/// Where alerts and triage are kept.
#[derive(Debug, Clone, Args)]
pub struct StateOptions {
    /// Directory of the alerts, their triage and the read positions, instead of the one under the XDG state directory
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// How the workbench looks and who sits at it; each overrides the settings.
#[derive(Debug, Clone, Default, Args)]
pub struct LookOptions {
    /// Theme to start with; `watchglass themes` lists them
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// How many colours the terminal takes
    #[arg(long, value_enum, value_name = "DEPTH")]
    pub colour: Option<Colour>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Name that your changes are recorded under
    #[arg(long, value_name = "NAME")]
    pub analyst: Option<String>,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Columns for people
    Table,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values with a header line
    Csv,
}

#[derive(Debug, Args)]
pub struct Watch {
    /// Directory of Windows event logs, or one log
    pub directory: PathBuf,
    #[command(flatten)]
    pub rules: RuleOptions,
    #[command(flatten)]
    pub state: StateOptions,
    #[command(flatten)]
    pub look: LookOptions,
}

#[derive(Debug, Args)]
pub struct Run {
    /// Directory of Windows event logs, or one log
    pub directory: PathBuf,
    #[command(flatten)]
    pub rules: RuleOptions,
    #[command(flatten)]
    pub state: StateOptions,
    /// End once everything that is there now has been read
    #[arg(long)]
    pub once: bool,
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// Directory of logs that is to be watched: checks the system's limits against it
    pub directory: Option<PathBuf>,
    /// Send a test text to the clipboard
    #[arg(long)]
    pub copy: bool,
    #[command(flatten)]
    pub rules: RuleOptions,
    #[command(flatten)]
    pub state: StateOptions,
}

/// How the keys are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeysFormat {
    /// Columns for people
    Table,
    /// The page that docs/keys.md is
    Markdown,
}

#[derive(Debug, Args)]
pub struct Keys {
    #[arg(long, value_enum, default_value_t = KeysFormat::Table)]
    pub format: KeysFormat,
}

#[derive(Debug, Args)]
pub struct Scan {
    /// Files, directories or zip archives
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub rules: RuleOptions,
    /// Threads that decode and match; as many as there are processors when it is not given
    #[arg(long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

#[derive(Debug, Args)]
pub struct Bench {
    /// Files, directories or zip archives
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub rules: RuleOptions,
    /// Threads of the steps that use several; as many as there are processors when it is not given
    #[arg(long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Measure each step so many times and show the best
    #[arg(long, value_name = "N", default_value = "1")]
    pub repeat: std::num::NonZeroUsize,
    /// Run so many copies of each rule, all but the first with other texts in their tests
    #[arg(long, value_name = "N", default_value = "1", conflicts_with = "verify")]
    pub copies: std::num::NonZeroUsize,
    /// Compare with trying each rule plainly, on every event; nothing is measured
    #[arg(long)]
    pub verify: bool,
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

#[derive(Debug, Args)]
pub struct Events {
    /// Files, directories or zip archives
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Seconds of the story that pass in a second; below 1 is slower than life
    #[arg(long, value_name = "TIMES", default_value_t = 5.0, value_parser = speed)]
    pub speed: f64,
    /// Write all the logs to a directory at once, and end
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
    /// Another number makes other noise around the same story
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// When the live part begins, instead of such that it ends now
    #[arg(long, value_name = "TIME", hide = true)]
    pub at: Option<String>,
    #[command(flatten)]
    pub rules: RuleOptions,
    #[command(flatten)]
    pub look: LookOptions,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && speed > 0.0 => Ok(speed),
        _ => Err("a number above 0 is wanted".to_owned()),
    }
}

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// One line a rule
    List(RuleList),
    /// Everything about one rule: query, techniques, guide
    Show(RuleShow),
    /// Whether each rule runs here, and why not
    Check(RuleList),
    /// Why a rule selects an event, or does not: each condition true, false or missing, and what the event has
    Explain(RuleExplain),
    /// Which ATT&CK techniques the rules watch for
    Coverage(RuleCoverage),
    /// Run the tests beside rules: samples, and what each rule must find in them
    Test(RuleTest),
    /// Make rule files of documentation pages: Elastic's prebuilt rules, Splunk's research site
    Import(RuleImport),
    /// Measure on logs of yours what each rule and each condition costs
    Profile(RuleProfile),
}

#[derive(Debug, Args)]
pub struct RuleList {
    /// Rule files or directories; the built-in rules when none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

#[derive(Debug, Args)]
pub struct RuleShow {
    /// The rule's id, its name, or a part of either that only it has
    pub rule: String,
    #[command(flatten)]
    pub rules: RuleOptions,
}

/// How an explanation is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// Indented lines for people
    Text,
    /// One JSON object with the tree of conditions
    Jsonl,
}

#[derive(Debug, Args)]
pub struct RuleExplain {
    /// The rule's id, its name, or a part of either that only it has
    pub rule: String,
    /// A file of events, and which one of them: events.ndjson:12; the first unless a number is given
    #[arg(value_name = "FILE[:N]")]
    pub event: String,
    #[command(flatten)]
    pub rules: RuleOptions,
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
}

#[derive(Debug, Args)]
pub struct RuleCoverage {
    /// Rule files or directories; the built-in rules when none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write a layer for the ATT&CK Navigator (layer format 4.5) to this file
    #[arg(long, value_name = "FILE")]
    pub navigator: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

/// Reads only; a detector on the same directory is not disturbed.
#[derive(Debug, Subcommand)]
pub enum Alerts {
    /// One line an alert, the newest last
    List(AlertList),
    /// Everything about one alert: events, fields, indicators, guide, notes, history
    Show(AlertShow),
    /// Write alerts for another program or for handing over
    Export(AlertExport),
}

/// Which alerts. Options of different kinds must all hold; of one kind any.
#[derive(Debug, Clone, Args)]
pub struct AlertFilter {
    /// Only alerts that stand so; several with commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "STATUS")]
    pub status: Vec<StatusName>,
    /// Only alerts of this severity; several with commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SEVERITY")]
    pub severity: Vec<SeverityName>,
    /// Only alerts of rules whose id is this or whose name holds this, whatever the case
    #[arg(long, value_name = "TEXT")]
    pub rule: Option<String>,
    /// Only alerts of hosts whose name holds this, whatever the case
    #[arg(long, value_name = "TEXT")]
    pub host: Option<String>,
    /// Only alerts with an event since then: 90m, 24h, 7d, 2w, or a time such as 2026-11-24T06:00:00Z
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// At most so many, the newest
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusName {
    Open,
    Acknowledged,
    Closed,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeverityName {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Debug, Args)]
pub struct AlertList {
    #[command(flatten)]
    pub state: StateOptions,
    #[command(flatten)]
    pub filter: AlertFilter,
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

/// How one alert is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PageFormat {
    /// A page for people
    Text,
    /// One JSON object
    Jsonl,
    /// A page for a ticket
    Markdown,
}

#[derive(Debug, Args)]
pub struct AlertShow {
    /// The alert's id, the beginning of it, or its link id (WG-1A2B3C4D)
    pub id: String,
    #[command(flatten)]
    pub state: StateOptions,
    /// Rules whose guides are shown beside the ticks
    #[command(flatten)]
    pub rules: RuleOptions,
    #[arg(long, value_enum, default_value_t = PageFormat::Text)]
    pub format: PageFormat,
    /// Write URLs, addresses and domains so that nothing makes links of them
    #[arg(long)]
    pub defang: bool,
}

/// How alerts leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object a line, for programs
    Jsonl,
    /// Comma-separated values with a header line, for spreadsheets
    Csv,
    /// A page an alert, for tickets
    Markdown,
}

#[derive(Debug, Args)]
pub struct AlertExport {
    /// Ids, beginnings of ids or link ids; every alert when none is given
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    #[command(flatten)]
    pub state: StateOptions,
    #[command(flatten)]
    pub filter: AlertFilter,
    #[command(flatten)]
    pub rules: RuleOptions,
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    pub format: ExportFormat,
    /// Write to this file instead of standard output; an existing one is replaced once all is written
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// In Markdown, write URLs, addresses and domains so that nothing makes links of them
    #[arg(long)]
    pub defang: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Config {
    /// Print every setting with its preset
    #[arg(long)]
    pub print: bool,
    /// Print where the settings file is looked for
    #[arg(long)]
    pub path: bool,
    /// Check the settings file
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Args)]
pub struct Completions {
    /// bash, elvish, fish, powershell or zsh
    pub shell: clap_complete::Shell,
}
