//! The palette: every action by name, found as one types.

use std::cmp::Reverse;

use crate::ui::action::{Action, Context, Entry, TABLE};
use crate::ui::filter::matcher::score;
use crate::ui::keymap::Keymap;
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

/// Returns the actions that answer `query`, the best first. With no query all of them: those of the view `here`, those
/// that hold anywhere, the other views', and moving about last, which nobody looks for here.
#[must_use]
pub fn found(query: &str, here: Context) -> Vec<Action> {
    let words: Vec<&str> = query.split_whitespace().collect();
    let mut found: Vec<(i64, Action)> = TABLE
        .iter()
        .filter_map(|entry| Some((rate(entry, &words)?, entry.action)))
        .collect();
    found.sort_by_key(|(score, action)| (Reverse(*score), place(*action, here), *action));
    found.into_iter().map(|(_, action)| action).collect()
}

fn place(action: Action, here: Context) -> u8 {
    match action.entry().context {
        _ if action <= Action::PreviousTab => 3,
        context if context == here => 0,
        Context::Anywhere => 1,
        _ => 2,
    }
}

fn rate(entry: &Entry, words: &[&str]) -> Option<i64> {
    words.iter().try_fold(0, |sum, word| {
        let by_name = score(word, entry.name).map(|score| score * 2);
        let by_doc = || {
            let doc = entry.doc.to_lowercase();
            doc.contains(&word.to_lowercase()).then_some(1)
        };
        Some(sum + by_name.or_else(by_doc)?)
    })
}

/// Returns the lines for `query`.
#[must_use]
pub fn lines(query: &str, here: Context, keymap: &Keymap) -> Vec<SheetLine> {
    let found = found(query, here);
    if found.is_empty() {
        return vec![SheetLine::plain(
            Role::Dim,
            "No action is called like this.",
        )];
    }
    found
        .into_iter()
        .enumerate()
        .map(|(item, action)| {
            let entry = action.entry();
            SheetLine::of(item)
                .with(Role::Text, format!("{:<24}", entry.name))
                .with(Role::Dim, entry.doc)
                .right(Role::Key, keymap.keys(action).join("  "))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_an_action() {
        let found = |query| found(query, Context::Guide);
        assert_eq!(found("undo").first(), Some(&Action::Undo));
        assert_eq!(found("nxt unh").first(), Some(&Action::NextUnhandled));
        assert_eq!(found("").len(), TABLE.len());
        assert_eq!(found("").first(), Some(&Action::Tick));
        assert!(found("zzzz").is_empty());
    }
}
