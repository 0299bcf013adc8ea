//! Where a member's name stands in a file.

use crate::lang::Span;
use crate::rule::document::Syntax;

/// Returns the place of the first member or table that is called `name`; the start of the file when it is written in
/// another way.
pub(super) fn key(text: &str, name: &str, syntax: Syntax) -> Span {
    let mut base = 0;
    for line in text.split_inclusive('\n') {
        let found = match syntax {
            Syntax::Yaml => line.starts_with(['"', '\'']).then_some(1).or(Some(0)),
            Syntax::Toml => {
                let lead = |char: char| char.is_whitespace() || "[\"'".contains(char);
                Some(line.len() - line.trim_start_matches(lead).len())
            }
            Syntax::JsonLines => line.find(&format!("\"{name}\"")).map(|at| at + 1),
        };
        let end = found.map(|at| at + name.len());
        if let (Some(at), Some(end)) = (found, end)
            && line[at..].starts_with(name)
            && line[end..]
                .trim_start_matches(['"', '\'', ' ', '\t'])
                .starts_with([':', '=', ']'])
        {
            return base + at..base + end;
        }
        base += line.len();
    }
    0..0
}
