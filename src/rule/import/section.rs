//! A label of a page and what stands under it.

use super::label::{Label, plain};
use super::page::Line;

/// A label and what stands under it.
#[derive(Debug, Clone)]
pub struct Section {
    pub label: Label,
    /// The line of its label.
    pub number: usize,
    /// What follows the label on its line.
    pub rest: String,
    pub lines: Vec<Line>,
}

impl Section {
    /// Returns the first thing that it says: on its line, or under it.
    #[must_use]
    pub fn value(&self) -> String {
        if !self.rest.is_empty() {
            return self.rest.clone();
        }
        let mut lines = self.lines.iter().map(|line| plain(&line.text));
        lines.find(|line| !line.is_empty()).unwrap_or_default()
    }

    /// Returns its items: those of its list, else its lines; on its own line separated by commas.
    #[must_use]
    pub fn items(&self) -> Vec<String> {
        let mut items: Vec<String> = self
            .rest
            .split(',')
            .map(|item| item.trim().to_owned())
            .collect();
        let listed = self.lines.iter().any(|line| is_item(&line.text));
        let lines = self
            .lines
            .iter()
            .filter(|line| !listed || is_item(&line.text));
        items.extend(lines.map(|line| plain(&line.text)));
        items.retain(|item| item.chars().any(char::is_alphanumeric));
        items
    }

    /// Returns its text: paragraphs apart, the lines of one joined.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.rest.clone();
        let mut gap = false;
        for line in &self.lines {
            let plain = plain(&line.text);
            // Splunk's files end a paragraph with a backslash.
            let plain = plain.trim_end_matches('\\').trim_end();
            if plain.is_empty() {
                gap = true;
                continue;
            }
            if !text.is_empty() {
                text.push_str(if gap { "\n\n" } else { " " });
            }
            text.push_str(plain);
            gap = false;
        }
        text
    }

    /// Returns the first block of code in it.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        let block = self.lines.iter().find_map(|line| line.code)?;
        let lines = self.lines.iter().filter(|line| line.code == Some(block));
        let lines: Vec<&str> = lines.map(|line| line.text.as_str()).collect();
        Some(lines.join("\n"))
    }
}

/// Returns whether a line is an item of a list.
fn is_item(text: &str) -> bool {
    let text = text.trim_start();
    let marks = ["- ", "* ", "+ ", "** ", "•", "▪", "●", "‣"];
    marks.iter().any(|mark| text.starts_with(mark))
}
