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
  watchglass events Security.evtx | head             what the rules see
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
    /// Run the rules once over finished files and print the alerts
    Scan(Scan),
    /// Print every event as a normalised ECS document, one a line
    Events(Events),
    /// Show the workbench on a made-up intrusion, replayed live into a temporary directory
    Demo(Demo),
    /// List, show or check rules
    #[command(subcommand)]
    Rules(Rules),
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
