//! The expanded text becomes commands.

use super::lexer::quoted_end;
use super::problem::{Parsed, wrong};
use crate::lang::Span;

/// A command: its name and where its arguments stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// In small letters.
    pub name: String,
    pub name_span: Span,
    pub arguments: Span,
}

/// Splits at the bars outside quotes and subsearches. A text that does not start with a bar starts with the words
/// of a `search`, whose name may be left out.
pub fn split(text: &str) -> Parsed<Vec<Command>> {
    split_in(text, &(0..text.len()), true)
}

/// Splits `within`; `implied` says whether the first words may be a `search` without its name.
pub fn split_in(text: &str, within: &Span, implied: bool) -> Parsed<Vec<Command>> {
    let mut commands = Vec::new();
    for (n, span) in stages(text, within)?.into_iter().enumerate() {
        let stage = text[span.clone()].trim();
        let start = span.start + (text[span.clone()].len() - text[span.clone()].trim_start().len());
        if stage.is_empty() {
            if n == 0 {
                continue;
            }
            return Err(wrong(
                "a command is missing between these bars",
                &span,
                "here",
            ));
        }
        let end = start + stage.len();
        let length = stage
            .find(|char: char| !(char.is_ascii_alphanumeric() || char == '_'))
            .unwrap_or(stage.len());
        let named = stage[..length].eq_ignore_ascii_case("search")
            && !stage[length..]
                .trim_start()
                .starts_with(['=', '!', '<', '>']);
        if n == 0 && implied && !named {
            commands.push(Command {
                name: "search".to_owned(),
                name_span: start..start,
                arguments: start..end,
            });
            continue;
        }
        if length == 0 {
            let found = stage.chars().next().map_or(1, char::len_utf8);
            let message = "a command's name is missing";
            return Err(wrong(message, &(start..start + found), "expected here"));
        }
        commands.push(Command {
            name: stage[..length].to_ascii_lowercase(),
            name_span: start..start + length,
            arguments: start + length..end,
        });
    }
    if commands.is_empty() {
        return Err(wrong("the search is empty", within, "here"));
    }
    Ok(commands)
}

/// Returns what stands between the bars.
fn stages(text: &str, within: &Span) -> Parsed<Vec<Span>> {
    let mut stages = Vec::new();
    let text = &text[..within.end];
    let (mut start, mut at, mut depth) = (within.start, within.start, 0_usize);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => {
                at = quoted_end(text, at)?;
                continue;
            }
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b'|' if depth == 0 => {
                stages.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    stages.push(start..text.len());
    Ok(stages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<(String, String)> {
        let commands = split(text).unwrap();
        commands
            .into_iter()
            .map(|command| (command.name, text[command.arguments].trim().to_owned()))
            .collect()
    }

    #[test]
    fn the_first_search_needs_no_name() {
        let expected = [("search", "a=1"), ("where", r#"b="|""#), ("rex", "[x|y]")];
        let expected = expected.map(|(name, rest)| (name.to_owned(), rest.to_owned()));
        assert_eq!(commands(r#"a=1 | where b="|" | REX [x|y]"#), expected);
        assert_eq!(commands("search a=1").len(), 1);
        assert_eq!(commands(" | tstats count")[0].0, "tstats");
        assert_eq!(commands("search=1")[0].1, "search=1");
    }

    #[test]
    fn empty_commands_are_refused() {
        for text in ["", "  ", "a | | b", "a | ", "|", "a | =b"] {
            assert!(split(text).is_err(), "{text:?}");
        }
    }
}
