//! Tokens: `$name$` inside a search of `map` stands for a value of the row that it runs for.

use super::names::Names;
use crate::lang::ir::Expr;
use crate::lang::ir::expr::Arithmetic;

/// Returns the text with the row's values in it; `None` when it has no tokens, or nothing gives them a value here.
pub fn value(text: &str, names: &mut dyn Names) -> Option<Expr> {
    if !is_in(text) {
        return None;
    }
    let mut whole: Option<Expr> = None;
    for part in parts(text) {
        let part = match part {
            Part::Text(text) => Expr::Text(text.into()),
            Part::Token(name) => Expr::Field(names.token(name)?),
        };
        whole = Some(match whole {
            None => part,
            Some(before) => Expr::Arithmetic(Arithmetic::Join, Box::new(before), Box::new(part)),
        });
    }
    whole
}

/// Returns whether a text has tokens.
pub fn is_in(text: &str) -> bool {
    text.contains('$')
        && parts(text)
            .iter()
            .any(|part| matches!(part, Part::Token(_)))
}

enum Part<'t> {
    Text(&'t str),
    Token(&'t str),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((start, after)) = next(rest) {
        let length = after.find('$').unwrap_or(after.len());
        if start > 0 {
            parts.push(Part::Text(&rest[..start]));
        }
        parts.push(Part::Token(&after[..length]));
        rest = &after[length + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// Where the next token starts, and the text behind its first `$`.
fn next(text: &str) -> Option<(usize, &str)> {
    text.match_indices('$').find_map(|(at, _)| {
        let after = &text[at + 1..];
        let name = &after[..after.find('$')?];
        let named =
            |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '-' | '{' | '}');
        (!name.is_empty() && name.chars().all(named)).then_some((at, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let parts = parts(text).into_iter().map(|part| match part {
            Part::Text(text) => text.to_owned(),
            Part::Token(name) => format!("<{name}>"),
        });
        parts.collect()
    }

    #[test]
    fn tokens_are_told_from_text() {
        assert_eq!(shown("a$b.c$d$e$"), ["a", "<b.c>", "d", "<e>"]);
        assert_eq!(shown("C:\\admin$ and $x$"), ["C:\\admin$ and ", "<x>"]);
        assert_eq!(shown("$"), ["$"]);
        assert!(!is_in("WIN10$") && is_in("$a$"));
    }
}
