//! HTML as lines of Markdown: headings, items, tables, code. Everything around the article is left out.

use std::collections::BTreeMap;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, Spanned, Token, Tokenizer};

use super::page::Line;

/// Elements whose content is no text of the page.
const SILENT: [&str; 13] = [
    "script", "style", "head", "nav", "footer", "svg", "noscript", "template", "button", "form",
    "select", "iframe", "aside",
];

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 22] = [
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "details",
    "summary",
    "blockquote",
    "figure",
    "hr",
    "br",
    "body",
    "html",
];

/// Columns of indentation by which a nested item is told.
const INDENT: &str = "    ";

/// Returns whether a text is HTML rather than Markdown with a few tags in it.
pub fn is_html(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(2000).collect();
    let start = start.to_lowercase();
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || start.contains("<body")
        || (start.starts_with('<')
            && (start.contains("<div") || start.contains("<h1") || start.contains("<head")))
}

/// Returns the lines of an HTML text: of its `<main>` or `<article>` where it has one with text, of all of it otherwise.
pub fn lines(text: &str) -> Vec<Line> {
    for only in ["article", "main"] {
        if text.contains(&format!("<{only}")) {
            let lines = read(text, Some(only));
            if lines
                .iter()
                .filter(|line| !line.text.trim().is_empty())
                .count()
                > 5
            {
                return lines;
            }
        }
    }
    read(text, None)
}

/// Returns what the page is called: its first heading, which may stand outside its article, else its `<title>` ahead of
/// the name of the site.
pub fn title(text: &str) -> Option<String> {
    let heading = read(text, None).into_iter().find_map(|line| {
        let heading = line.text.strip_prefix("# ")?;
        Some(heading.trim().to_owned())
    });
    heading
        .or_else(|| named(text))
        .filter(|title| !title.is_empty())
}

/// Returns the content of `<title>`.
fn named(text: &str) -> Option<String> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut inside = false;
    for token in Tokenizer::new_with_emitter(text, emitter).flatten() {
        match token {
            Token::StartTag(tag) => inside = &**tag.name == b"title",
            Token::String(string) if inside => {
                let title = String::from_utf8_lossy(&string.value).into_owned();
                let title = title.split(" | ").next().unwrap_or_default();
                return Some(title.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            Token::EndTag(_) => inside = false,
            _ => {}
        }
    }
    None
}

fn read(text: &str, only: Option<&'static str>) -> Vec<Line> {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1))
        .collect();
    let mut writer = Writer {
        only,
        ..Writer::default()
    };
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let tokens = Tokenizer::new_with_emitter(text, emitter);
    for token in tokens.flatten() {
        match token {
            Token::StartTag(tag) => {
                writer.number = starts.partition_point(|start| *start <= tag.span.start);
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                writer.open(&name, &tag.attributes);
                if tag.self_closing {
                    writer.close(&name);
                }
            }
            Token::EndTag(tag) => writer.close(&String::from_utf8_lossy(&tag.name)),
            Token::String(string) => {
                writer.number = starts.partition_point(|start| *start <= string.span.start);
                writer.text(&String::from_utf8_lossy(&string.value));
            }
            _ => {}
        }
    }
    writer.end_line();
    writer.lines
}

#[derive(Default)]
struct Writer {
    only: Option<&'static str>,
    inside: usize,
    lines: Vec<Line>,
    open: String,
    /// The line of the source.
    number: usize,
    /// The element being left out, and how deep in elements of its name.
    silent: Option<(String, usize)>,
    lists: usize,
    /// Set inside `<pre>`.
    code: usize,
    /// Addresses of the open links.
    links: Vec<Option<String>>,
    /// The text of the open line before the link.
    before: Vec<usize>,
    row: bool,
}

impl Writer {
    fn is_silent(&self) -> bool {
        self.silent.is_some() || (self.only.is_some() && self.inside == 0)
    }

    fn open(&mut self, name: &str, attributes: &BTreeMap<HtmlString, Spanned<HtmlString, usize>>) {
        if self.only == Some(name) {
            self.inside += 1;
        }
        let attribute = |wanted: &[u8]| {
            let mut all = attributes.iter();
            let found = all.find(|(name, _)| name.as_slice() == wanted);
            found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        };
        let class = attribute(b"class").unwrap_or_default();
        if let Some((open, depth)) = &mut self.silent {
            if open == name {
                *depth += 1;
            }
            return;
        }
        // Line numbers beside code, and links to edit the page.
        let beside = [
            "gutter",
            "rouge-gutter",
            "lineno",
            "edit_me",
            "headerlink",
            "line-numbers-rows",
        ];
        let is_beside = class.split_whitespace().any(|one| beside.contains(&one));
        if SILENT.contains(&name) || is_beside {
            self.silent = Some((name.to_owned(), 1));
            return;
        }
        if self.is_silent() {
            return;
        }
        match name {
            "pre" => {
                self.end_line();
                if self.code == 0 {
                    self.whole("```");
                }
                self.code += 1;
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_line();
                self.whole("");
                let level = name.as_bytes()[1] - b'0';
                self.open.push_str(&"#".repeat(usize::from(level)));
                self.open.push(' ');
            }
            "ul" | "ol" => {
                self.end_line();
                self.lists += 1;
            }
            "li" => {
                self.end_line();
                self.open
                    .push_str(&INDENT.repeat(self.lists.saturating_sub(1)));
                self.open.push_str("* ");
            }
            "tr" if self.code == 0 => {
                self.end_line();
                self.row = true;
                self.open.push('|');
            }
            "strong" | "b" if self.code == 0 => self.open.push_str("**"),
            "code" | "kbd" | "tt" if self.code == 0 => self.open.push('`'),
            "a" => {
                self.before.push(self.open.len());
                self.links.push(attribute(b"href"));
            }
            "br" if self.code > 0 => self.end_code_line(),
            "p" if self.open.trim_start().starts_with('*') => {}
            name if BLOCKS.contains(&name) && !self.row => self.block(name),
            _ => {}
        }
    }

    fn block(&mut self, name: &str) {
        if self.code > 0 {
            return;
        }
        // The first block of an item goes on its line.
        if self.open.trim() == "*" || self.open.trim().chars().all(|char| char == '#') {
            return;
        }
        self.end_line();
        if name == "p" {
            self.whole("");
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((open, depth)) = &mut self.silent {
            if open == name {
                *depth -= 1;
                if *depth == 0 {
                    self.silent = None;
                }
            }
            return;
        }
        if self.only == Some(name) {
            self.end_line();
            self.inside = self.inside.saturating_sub(1);
        }
        if self.is_silent() {
            return;
        }
        match name {
            "pre" => {
                self.end_code_line();
                self.code = self.code.saturating_sub(1);
                if self.code == 0 {
                    self.whole("```");
                }
            }
            "ul" | "ol" => {
                self.end_line();
                self.lists = self.lists.saturating_sub(1);
            }
            "td" | "th" if self.code == 0 => self.open.push_str(" | "),
            "tr" if self.code == 0 => {
                self.row = false;
                self.end_line();
            }
            "strong" | "b" if self.code == 0 => self.open.push_str("**"),
            "code" | "kbd" | "tt" if self.code == 0 => self.open.push('`'),
            "a" => self.close_link(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li" => self.end_line(),
            name if BLOCKS.contains(&name) && !self.row && self.code == 0 => {
                if !matches!(self.open.trim(), "*") {
                    self.end_line();
                }
                if name == "p" && self.lists == 0 {
                    self.whole("");
                }
            }
            _ => {}
        }
    }

    fn close_link(&mut self) {
        let (Some(at), Some(href)) = (self.before.pop(), self.links.pop()) else {
            return;
        };
        let text = self.open.get(at..).unwrap_or_default().trim().to_owned();
        if let Some(href) = href.filter(|href| href.starts_with("http") && self.code == 0)
            && !text.is_empty()
            && text != href
        {
            self.open.truncate(at);
            self.open.push_str(&format!("[{text}]({href})"));
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_silent() {
            return;
        }
        if self.code > 0 {
            for (count, part) in text.split('\n').enumerate() {
                if count > 0 {
                    self.end_code_line();
                    self.number += 1;
                }
                self.open.push_str(part.trim_end_matches('\r'));
            }
            return;
        }
        let gap = text.starts_with(char::is_whitespace);
        if gap && !self.open.is_empty() && !self.open.ends_with(' ') {
            self.open.push(' ');
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        self.open.push_str(&words.join(" "));
        if !words.is_empty() && text.ends_with(char::is_whitespace) {
            self.open.push(' ');
        }
    }

    fn end_code_line(&mut self) {
        let line = std::mem::take(&mut self.open);
        self.whole(&line);
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.open);
        let bare = line.trim();
        if !bare.is_empty() && bare != "|" {
            self.whole(line.trim_end());
        }
        self.before.clear();
        self.links.clear();
    }

    fn whole(&mut self, text: &str) {
        self.lines.push(Line {
            number: self.number.max(1),
            text: text.to_owned(),
            ..Line::default()
        });
    }
}
