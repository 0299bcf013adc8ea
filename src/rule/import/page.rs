//! A page as lines that tell headings, code and text apart, however it was saved.

use super::html;
use super::label::{self, is_label};

/// A line of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: usize,
    pub text: String,
    /// The block of code that it belongs to.
    pub code: Option<usize>,
    pub heading: bool,
}

/// A page.
#[derive(Debug, Default)]
pub struct Page {
    pub lines: Vec<Line>,
    /// What the YAML ahead of a Markdown page, or the head of an HTML page, calls it.
    pub title: Option<String>,
}

/// The word of the link that follows each heading on Elastic's pages; without the mark-up it sticks to the text.
const EDIT: &str = "edit";

impl Page {
    /// Reads a page.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let raw = if html::is_html(text) {
            html::lines(text)
        } else {
            let lines = text.lines().zip(1..);
            lines
                .map(|(text, number)| Line {
                    number,
                    text: text.trim_end().to_owned(),
                    ..Line::default()
                })
                .collect()
        };
        let (title, raw) = front_matter(raw);
        let title = title.or_else(|| html::is_html(text).then(|| html::title(text)).flatten());
        let mut lines = unstick(code(raw));
        if lines.iter().all(|line| line.text.trim().is_empty()) {
            lines.clear();
        }
        Self { lines, title }
    }

    /// Returns the rule's name: from the front matter, the first heading, or the first line that stands twice.
    #[must_use]
    pub fn title(&self, before: usize) -> Option<(String, usize)> {
        let head = || {
            let lines = self.lines.iter().take(before).enumerate();
            lines.filter(|(_, line)| line.code.is_none() && !line.text.trim().is_empty())
        };
        let named = |at: usize, line: &Line| (label::plain(&line.text), at);
        if let Some((at, line)) = head().filter(|(_, line)| line.heading).last_title() {
            return Some(named(at, line));
        }
        if let Some(title) = &self.title {
            let at = head().find(|(_, line)| label::plain(&line.text) == *title);
            return Some((title.clone(), at.map_or(0, |(at, _)| at)));
        }
        let twice = head().find(|(at, line)| {
            let mut earlier = head().take_while(|(other, _)| other < at);
            earlier.any(|(_, other)| label::plain(&other.text) == label::plain(&line.text))
        });
        twice.map(|(at, line)| named(at, line))
    }
}

/// Picks the heading that names the rule among those above the first label.
trait LastTitle<'l> {
    fn last_title(self) -> Option<(usize, &'l Line)>;
}

impl<'l, I: Iterator<Item = (usize, &'l Line)>> LastTitle<'l> for I {
    fn last_title(self) -> Option<(usize, &'l Line)> {
        self.filter(|(_, line)| !is_label(&line.text)).last()
    }
}

/// Takes the YAML between `---` lines off the top; returns its title.
fn front_matter(lines: Vec<Line>) -> (Option<String>, Vec<Line>) {
    let first = lines.iter().position(|line| !line.text.trim().is_empty());
    let Some(first) = first.filter(|at| lines[*at].text.trim() == "---") else {
        return (None, lines);
    };
    let Some(length) = lines[first + 1..]
        .iter()
        .position(|line| line.text.trim() == "---")
    else {
        return (None, lines);
    };
    let end = first + 1 + length;
    let titled = lines[first + 1..end]
        .iter()
        .find_map(|line| line.text.strip_prefix("title:"));
    let title = titled.map(|title| title.trim().trim_matches(['"', '\'']).to_owned());
    (
        title.filter(|title| !title.is_empty()),
        lines[end + 1..].to_vec(),
    )
}

/// Marks headings and code: fences of Markdown, delimited blocks of AsciiDoc.
fn code(lines: Vec<Line>) -> Vec<Line> {
    let (mut block, mut open) = (0, None);
    let mut marked: Vec<Line> = Vec::new();
    let mut source = false;
    for mut line in lines.into_iter().flat_map(apart) {
        let text = line.text.trim();
        let dashes = text.len() >= 4 && text.bytes().all(|byte| byte == b'-');
        match open {
            None if text.starts_with("```") || text.starts_with("~~~") || (dashes && source) => {
                block += 1;
                open = Some(text.get(..3).unwrap_or_default().to_owned());
                // `{% raw %}`-like lines and languages after a fence say nothing.
                source = false;
                continue;
            }
            Some(fence) if text.starts_with(&fence) && text.len() <= fence.len().max(80) => {
                open = None;
                continue;
            }
            Some(ref fence) => {
                line.code = Some(block);
                open = Some(fence.clone());
            }
            None => {
                source = text.starts_with("[source") && text.ends_with(']');
                let marks = text.trim_start_matches('#');
                let equals = text.trim_start_matches('=');
                line.heading = (marks.len() < text.len() && marks.starts_with(' '))
                    || (equals.len() < text.len() && equals.starts_with(' '));
                // What only lays out a page.
                let noise = (text.starts_with("[[") && text.ends_with("]]"))
                    || source
                    || text.starts_with("{%")
                    || (dashes && !text.contains('|'));
                if noise {
                    continue;
                }
            }
        }
        marked.push(line);
    }
    marked
}

/// Cuts a line on which several facts were run together: `- **A**: x- **B**: y`, `**A:** x **B:** y`, `A: x B: y`.
fn apart(line: Line) -> Vec<Line> {
    let cuts = label::facts(&line.text);
    if cuts.len() < 2 {
        return vec![line];
    }
    let ends = cuts.iter().skip(1).copied().chain([line.text.len()]);
    let parts = cuts.iter().zip(ends);
    parts
        .filter_map(|(start, end)| line.text.get(*start..end))
        .map(|text| Line {
            text: text.trim().trim_end_matches('-').trim_end().to_owned(),
            ..line.clone()
        })
        .collect()
}

/// Takes the word "edit" off that sticks to headings and to what follows them, and marks those headings.
fn unstick(mut lines: Vec<Line>) -> Vec<Line> {
    let sticks = |text: &str| {
        let bare = text.trim();
        bare == EDIT || bare.strip_suffix(EDIT).is_some_and(is_label)
    };
    let after_label = lines.windows(2).any(|pair| {
        let rest = pair[1].text.trim().strip_prefix(EDIT);
        is_label(&pair[0].text) && rest.is_some()
    });
    if !after_label && !lines.iter().any(|line| sticks(&line.text)) {
        return lines;
    }
    let mut kept: Vec<Line> = Vec::new();
    let mut first = true;
    for mut line in lines.drain(..) {
        let bare = line.text.trim().to_owned();
        if line.code.is_some() || bare.is_empty() {
            kept.push(line);
            continue;
        }
        let above = kept
            .iter_mut()
            .rev()
            .find(|line| !line.text.trim().is_empty());
        if let (Some(rest), Some(above)) = (bare.strip_prefix(EDIT), above) {
            let follows = above.heading || is_label(&above.text) || above.text.trim() == rest;
            // The first of two titles is a heading too.
            if follows || rest.is_empty() || first {
                above.heading = true;
                first = false;
                if rest.is_empty() {
                    continue;
                }
                rest.clone_into(&mut line.text);
                line.heading = above.text.trim() == rest;
                kept.push(line);
                continue;
            }
        }
        if let Some(rest) = bare.strip_suffix(EDIT)
            && (is_label(rest) || first)
        {
            rest.trim_end().clone_into(&mut line.text);
            line.heading = true;
            first = false;
        }
        kept.push(line);
    }
    kept
}
