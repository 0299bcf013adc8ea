//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A terminal workbench that runs Elastic and Splunk detections on live Windows event logs
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
  watchglass demo                                    see it work on logs that come with it
  watchglass watch /var/log/winlogs                  triage what arrives there
  watchglass scan case-17/ --format jsonl > hits     once over finished files
  watchglass rules check ~/detections                does each rule run here, and if not why

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
    /// Open the workbench on a demonstration: logs of several hosts, replayed live
    Demo(Demo),
    /// Open the workbench on a directory of logs
    Watch(Live),
    /// Detect on a directory of logs without a screen, until stopped
    Run(Live),
    /// Run the rules once over finished files and print the alerts
    Scan(Scan),
    /// Print every event as a normalised ECS document, one a line
    Events(Events),
    /// List, show or check rules
    #[command(subcommand)]
    Rules(Rules),
    /// List, show or export the alerts of a state directory
    #[command(subcommand)]
    Alerts(Alerts),
    /// Check terminal, colour, clipboard, watch limits, state directory and rules
    Doctor(Doctor),
    /// Show the settings
    Config(Config),
    /// Print every action of the workbench with its keys, as Markdown
    Keys,
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

/// Where alerts are kept.
#[derive(Debug, Clone, Args)]
pub struct StateOptions {
    /// Where alerts and read positions are kept [default: watchglass/ in the XDG state directory]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// How the workbench looks.
#[derive(Debug, Clone, Args)]
pub struct LookOptions {
    /// Theme, instead of the one in the settings
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw with ASCII only
    #[arg(long)]
    pub ascii: bool,
}

#[derive(Debug, Args)]
pub struct Demo {
    #[command(flatten)]
    pub rules: RuleOptions,
    #[command(flatten)]
    pub state: StateOptions,
    #[command(flatten)]
    pub look: LookOptions,
    /// How fast the demonstration is replayed; 0 writes everything at once
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub speed: f64,
    /// Only write the demonstration's logs to this directory, all at once, and end
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Live {
    /// The directory to watch, with everything below it
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    #[command(flatten)]
    pub rules: RuleOptions,
    #[command(flatten)]
    pub state: StateOptions,
    #[command(flatten)]
    pub look: LookOptions,
    /// End once everything that is there now has been read (only for `run`)
    #[arg(long, hide = true)]
    pub once: bool,
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
pub struct Scan {
    /// Files, directories or zip archives
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub rules: RuleOptions,
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

#[derive(Debug, Args)]
pub struct Events {
    /// Files, directories or zip archives
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// One line a rule
    List(RuleList),
    /// Everything about one rule: query, techniques, guide
    Show(RuleShow),
    /// Whether each rule runs here, and why not
    Check(RuleList),
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

#[derive(Debug, Subcommand)]
pub enum Alerts {
    /// One line an alert
    List(AlertList),
    /// One alert whole, as Markdown
    Show(AlertShow),
    /// All alerts, for another program or a case file
    Export(AlertExport),
}

#[derive(Debug, Args)]
pub struct AlertList {
    #[command(flatten)]
    pub state: StateOptions,
    /// Only alerts that match, in the workbench's filter language: `sev:high host:ws* status:open`
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

#[derive(Debug, Args)]
pub struct AlertShow {
    /// The alert's id or its first characters
    pub id: String,
    #[command(flatten)]
    pub state: StateOptions,
}

/// How alerts are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values with a header line
    Csv,
    /// A case file for people
    Markdown,
}

#[derive(Debug, Args)]
pub struct AlertExport {
    #[command(flatten)]
    pub state: StateOptions,
    /// Only alerts that match, in the workbench's filter language
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    pub format: ExportFormat,
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// The directory you want to watch, to check its file system and watch limits
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
    #[command(flatten)]
    pub rules: RuleOptions,
    #[command(flatten)]
    pub state: StateOptions,
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
