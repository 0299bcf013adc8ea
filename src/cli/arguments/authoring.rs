//! Arguments of the commands for those who write rules.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::RuleOptions;

/// How results that are sentences are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Jsonl,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A test is a file NAME.test.toml beside the rule file NAME.toml or NAME.yml:

  [[case]]
  name = \"a full dump of LSASS\"
  samples = \"samples/procdump.ndjson\"   # any format that scan reads; or a list
  hits = 1                              # 0: the rule must stay silent

Sigma's regression_data (info.yml) is read as it is. Exit codes: 0 all cases passed, 1 one did not
or there are none, 2 unusable arguments.")]
pub struct RuleTest {
    /// Rule files, files of tests, or directories of both; the current directory when none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t = TextFormat::Text)]
    pub format: TextFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A page is read as HTML, Markdown, AsciiDoc or plain text, as it was saved. What it lacks is said
on standard error, with the line; the rule file is in the vendor's own format (TOML, YAML).
Macros that a search calls are not on its page: keep them in a directory `macros` beside or
above the rule.")]
pub struct RuleImport {
    /// Saved pages, or directories of them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Write each rule to a file in this directory, instead of one to standard output
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long, requires = "out")]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct RuleProfile {
    /// Files, directories or zip archives
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub rules: RuleOptions,
    /// Rules and conditions that are shown, the dearest first; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
    #[arg(long, value_enum, default_value_t = TextFormat::Text)]
    pub format: TextFormat,
}
