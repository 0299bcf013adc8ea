//! What `rules check` says under its list: how many rules run, by language, and why the others do not.

use std::fmt::Write as _;

use crate::rule::totals::{Count, Reason, Totals, totals};
use crate::rule::{FileKind, RuleSet};
use crate::text::{Marks, counted, grouped, visible};

/// Most reasons of a kind that are listed; the rest is counted.
const REASONS: usize = 15;

/// Writes the totals; the last line is the sum.
pub fn text(set: &RuleSet) -> String {
    let totals = totals(set);
    let mut text = String::new();
    reasons(&mut text, "Cannot run", &totals.not_runnable);
    reasons(
        &mut text,
        "Can never fire on these sources",
        &totals.never_fire,
    );
    languages(&mut text, &totals);
    let Count {
        all,
        run,
        never_fire,
        not_runnable,
    } = totals.sum();
    let broken = set.files.iter();
    let broken = broken.filter(|file| file.kind == FileKind::Broken).count();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{}: {} run, {} can never fire on these sources, {} cannot run; {} could not be read",
        counted(all as usize, "rule"),
        grouped(run),
        grouped(never_fire),
        grouped(not_runnable),
        counted(broken, "file"),
    );
    text
}

fn reasons(text: &mut String, heading: &str, reasons: &[Reason<'_>]) {
    if reasons.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{heading}");
    let (listed, rest) = reasons.split_at(reasons.len().min(REASONS));
    for (reason, count) in listed {
        let count = grouped(*count);
        let _ = writeln!(text, "{count:>6}  {}", visible(reason, Marks::Unicode));
    }
    if !rest.is_empty() {
        let rules = rest.iter().map(|(_, count)| count).sum::<u64>();
        let (rules, more) = (grouped(rules), counted(rest.len(), "more reason"));
        let _ = writeln!(text, "{rules:>6}  for {more}");
    }
}

fn languages(text: &mut String, totals: &Totals<'_>) {
    if totals.languages.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "\n{:<18}{:>7}{:>7}{:>13}{:>12}",
        "Language", "rules", "run", "never fire", "cannot run"
    );
    for (language, count) in &totals.languages {
        let _ = writeln!(
            text,
            "{:<18}{:>7}{:>7}{:>13}{:>12}",
            language.as_str(),
            grouped(count.all),
            grouped(count.run),
            grouped(count.never_fire),
            grouped(count.not_runnable)
        );
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn unfilled(number: usize) -> String {
        format!(
            "{{\"name\": \"Rule {number}\", \"rule_id\": \"{number}\", \"type\": \"eql\", \"language\": \"eql\", \
             \"query\": \"process where no.such_{number} == 1\"}}\n"
        )
    }

    #[test]
    fn languages_and_reasons_are_counted_and_long_lists_cut() {
        let mut export: String = (0..20).map(unfilled).collect();
        export.push_str(
            "{\"name\": \"Odd\", \"rule_id\": \"odd\", \"type\": \"machine_learning\"}\n\
             {\"name\": \"Good\", \"rule_id\": \"good\", \"type\": \"query\", \"language\": \"kuery\", \
              \"query\": \"event.code: 1\"}\n",
        );
        let set = RuleSet::of_text(Path::new("export.ndjson"), &export);
        let text = text(&set);
        let line = |start: &str| text.lines().find(|line| line.starts_with(start));
        assert_eq!(
            line("eql").unwrap().split_whitespace().collect::<Vec<_>>(),
            ["eql", "20", "0", "20", "0"],
            "{text}"
        );
        assert!(text.contains("\nCannot run\n     1  "), "{text}");
        assert!(text.contains("     5  for 5 more reasons\n"), "{text}");
        assert!(
            text.ends_with(
                "22 rules: 1 run, 20 can never fire on these sources, 1 cannot run; 0 files could not be read\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn where_all_run_there_are_no_reasons() {
        let text = text(&RuleSet::builtin());
        assert!(!text.contains("Cannot") && !text.contains("never fire on these sources\n"));
        assert!(text.starts_with("\nLanguage"), "{text}");
    }
}
