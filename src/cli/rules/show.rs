//! `watchglass rules show`: everything about one rule, for a person.

use std::fmt::Write as _;

use super::state;
use crate::rule::{Phase, Pivot, Rule, Step};
use crate::text::{Marks, visible_lines};

/// Writes the rule: facts, query, guide with its searches.
pub fn text(rule: &Rule) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}\n", rule.name);
    for (name, value) in facts(rule).iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "{name:<24}{value}");
    }
    for (kind, values) in &rule.annotations {
        let _ = writeln!(text, "{kind:<24}{}", values.join(", "));
    }
    for paragraph in [&rule.description, &rule.query_text, &rule.guide.overview] {
        let paragraph = paragraph.trim();
        // The overview of a guide that was made from the description says nothing new.
        if !paragraph.is_empty() && !text.contains(paragraph) {
            let _ = writeln!(text, "\n{paragraph}");
        }
    }
    guide(&mut text, rule);
    visible_lines(&text, Marks::Unicode).into_owned()
}

fn facts(rule: &Rule) -> [(&'static str, String); 10] {
    let (state, reason) = state(rule);
    let state = state.replace('_', " ");
    let techniques = rule.threat.iter().flat_map(|threat| &threat.techniques);
    let techniques: Vec<&str> = techniques.map(String::as_str).collect();
    [
        ("id", rule.id.clone()),
        ("language", rule.language.as_str().to_owned()),
        (
            "severity",
            format!("{}, risk score {}", rule.severity.as_str(), rule.risk_score),
        ),
        (
            "state",
            if reason.is_empty() {
                state
            } else {
                format!("{state}: {reason}")
            },
        ),
        ("authors", rule.authors.join(", ")),
        (
            "licence of the original",
            rule.license.clone().unwrap_or_default(),
        ),
        ("original", rule.source.clone().unwrap_or_default()),
        ("file", rule.path.display().to_string()),
        ("sources", rule.sources.join(", ")),
        ("techniques", techniques.join(", ")),
    ]
}

fn guide(text: &mut String, rule: &Rule) {
    for (phase, title) in [
        (Phase::Investigate, "Investigate"),
        (Phase::FalsePositives, "Rule out"),
        (Phase::Respond, "Respond"),
        (Phase::Setup, "Setup"),
        (Phase::References, "References"),
    ] {
        let steps = rule.guide.steps.iter();
        let mut steps = steps.filter(|step| step.phase == phase).peekable();
        if steps.peek().is_some() {
            let _ = writeln!(text, "\n{title}");
        }
        for (number, step) in (1..).zip(steps) {
            write_step(text, number, step);
        }
    }
}

fn write_step(text: &mut String, number: usize, step: &Step) {
    let said = step.text.replace('\n', "\n      ");
    let _ = writeln!(text, "  {number:>2}. {said}");
    for pivot in &step.pivots {
        let _ = writeln!(text, "      search: {}", search(pivot));
    }
}

/// What a pivot looks for, and how far around the alert.
fn search(pivot: &Pivot) -> String {
    let groups = pivot.any.iter().map(|all| {
        let conditions = all.iter().map(|(field, value)| format!("{field}: {value}"));
        conditions.collect::<Vec<_>>().join(" and ")
    });
    let asked = groups.collect::<Vec<_>>().join(", or ");
    let (before, after) = (span(pivot.before), span(pivot.after));
    format!(
        "{} ({asked}; from {before} before the alert to {after} after)",
        pivot.label
    )
}

/// Writes seconds in the largest unit that divides them.
fn span(seconds: u32) -> String {
    for (length, unit) in [(86_400, "d"), (3_600, "h"), (60, "min")] {
        if seconds >= length && seconds.is_multiple_of(length) {
            return format!("{} {unit}", seconds / length);
        }
    }
    format!("{seconds} s")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::rule::RuleSet;

    #[test]
    fn a_rule_shows_its_searches_and_no_empty_paragraphs() {
        let note = "## Investigation steps\n- Look for the user. !{investigate{\"label\": \"Alerts of the user\", \
                    \"providers\": [[{\"field\": \"user.id\", \"value\": \"{{user.id}}\"}]], \
                    \"relativeFrom\": \"now-48h/h\", \"relativeTo\": \"now+90s\"}}";
        let export = serde_json::json!({
            "name": "R", "rule_id": "r", "type": "query", "language": "kuery", "query": "event.code: 1",
            "note": note, "references": ["https://example.com/a"],
        });
        let set = RuleSet::of_text(Path::new("export.ndjson"), &export.to_string());
        let text = text(&set.rules[0]);
        let steps = "   1. Look for the user.\n      search: Alerts of the user (user.id: {{user.id}}; from 2 d \
                     before the alert to 90 s after)\n";
        assert!(text.contains(steps), "{text}");
        assert!(!text.contains("\n\n\n"), "{text}");
        assert_eq!(text.matches("https://example.com/a").count(), 1, "{text}");
    }
}
