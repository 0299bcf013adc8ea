//! A page as text for a terminal.
//!
//! Takes sections; gives lines that a terminal shows as they are.

use super::page::{Body, Item, Section, Text};
use crate::text::{Marks, plain, visible, visible_lines, width};

/// Widest column that later ones line up with; a longer cell pushes its own line only.
const COLUMN: usize = 40;

/// Writes the page.
pub(super) fn write(title: &str, sections: &[Section]) -> String {
    let mut page = format!("{}\n", plain(title));
    for section in sections {
        page.push('\n');
        if !section.title.is_empty() {
            page.push_str(&format!("{}\n", section.title));
        }
        match &section.body {
            Body::Facts(facts) => {
                let rows: Vec<Vec<String>> = facts
                    .iter()
                    .map(|(name, text)| vec![plain(name).into_owned(), piece(text)])
                    .collect();
                columns(&mut page, &rows);
            }
            Body::Words(texts) => texts
                .iter()
                .for_each(|text| page.push_str(&format!("  {}\n", lines(text, "  ")))),
            Body::Table(header, rows) => {
                let header = header.iter().map(|name| name.to_uppercase()).collect();
                let rows = rows.iter().map(|row| row.iter().map(piece).collect());
                columns(
                    &mut page,
                    &std::iter::once(header).chain(rows).collect::<Vec<_>>(),
                );
            }
            Body::Items(items) => items.iter().for_each(|one| item(&mut page, one)),
        }
    }
    page
}

fn columns(page: &mut String, rows: &[Vec<String>]) {
    let count = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..count)
        .map(|at| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            cells.map(|cell| width(cell)).max().unwrap_or(0).min(COLUMN)
        })
        .collect();
    for row in rows {
        let mut line = String::from("  ");
        for (cell, wide) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(wide.saturating_sub(width(cell)) + 2));
        }
        page.push_str(line.trim_end());
        page.push('\n');
    }
}

fn item(page: &mut String, item: &Item) {
    let mark = match item.done {
        Some(true) => "[x]",
        Some(false) => "[ ]",
        None => " -",
    };
    let parts: Vec<String> = item
        .parts
        .iter()
        .map(|part| match part {
            Text::Words(text) => lines(text, "      "),
            other => piece(other),
        })
        .collect();
    page.push_str(&format!("  {mark} {}\n", parts.join(" ")));
    for note in &item.notes {
        page.push_str(&format!("      {}\n", lines(note, "      ")));
    }
}

fn piece(text: &Text) -> String {
    match text {
        Text::Words(text) | Text::Value(text) => visible(text, Marks::Unicode).into_owned(),
        Text::Link { label, url } if label == url => plain(url).into_owned(),
        Text::Link { label, url } => format!("{} {}", plain(label), plain(url)),
    }
}

fn lines(text: &str, indent: &str) -> String {
    visible_lines(text.trim_end(), Marks::Unicode).replace('\n', &format!("\n{indent}"))
}
