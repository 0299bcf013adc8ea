//! As much Markdown as guides use: headings, list items with what is nested in them, paragraphs, quotes, fences.

/// A piece of a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// `#`s count as the level; a bold line of its own is a heading below all those.
    Heading {
        level: usize,
        text: String,
    },
    /// A list item of the outer level; nested items are lines of their own, `- ` before them.
    Item(String),
    Paragraph(String),
    Quote(String),
}

/// Level of a heading that is a bold line.
const BOLD_LEVEL: usize = 7;

/// Splits a text into blocks.
#[must_use]
pub fn read(text: &str) -> Vec<Block> {
    let mut blocks = Blocks::default();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            blocks.code(line);
        } else {
            blocks.line(line);
        }
    }
    blocks.done
}

#[derive(Default)]
struct Blocks {
    done: Vec<Block>,
    /// A blank line stood before: what follows at the margin opens a new block.
    gap: bool,
    /// Indent of the current list's outer items.
    indent: Option<usize>,
}

impl Blocks {
    fn line(&mut self, line: &str) {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        if text.is_empty() {
            self.gap = true;
        } else if let Some(heading) = heading(text) {
            self.indent = None;
            self.open(heading);
        } else if let Some(quote) = text.strip_prefix('>') {
            self.quote(clean(quote));
        } else if let Some(item) = item(text) {
            self.item(indent, &clean(item));
        } else {
            self.text(indent, &clean(text));
        }
    }

    fn open(&mut self, block: Block) {
        self.done.push(block);
        self.gap = false;
    }

    fn item(&mut self, indent: usize, text: &str) {
        match (self.indent, self.done.last_mut()) {
            (Some(outer), Some(Block::Item(open))) if indent > outer => {
                open.push_str("\n- ");
                open.push_str(text);
                self.gap = false;
            }
            _ => {
                self.indent = Some(indent);
                self.open(Block::Item(text.to_owned()));
            }
        }
    }

    fn text(&mut self, indent: usize, text: &str) {
        let gap = self.gap;
        match self.done.last_mut() {
            Some(Block::Item(open)) if !gap || indent > self.indent.unwrap_or(0) => {
                open.push(if gap { '\n' } else { ' ' });
                open.push_str(text);
                self.gap = false;
            }
            Some(Block::Paragraph(open)) if !gap => {
                open.push(' ');
                open.push_str(text);
            }
            _ => self.open(Block::Paragraph(text.to_owned())),
        }
    }

    fn quote(&mut self, text: String) {
        match self.done.last_mut() {
            Some(Block::Quote(open)) if !self.gap => {
                open.push(' ');
                open.push_str(&text);
            }
            _ => self.open(Block::Quote(text)),
        }
    }

    /// A line of a fence joins the block before it, verbatim, on a line of its own: it is there to be copied.
    fn code(&mut self, line: &str) {
        match self.done.last_mut() {
            Some(Block::Item(open) | Block::Paragraph(open) | Block::Quote(open)) => {
                open.push('\n');
                open.push_str(line.trim_end());
            }
            _ => self.open(Block::Paragraph(line.trim_end().to_owned())),
        }
        self.gap = true;
    }
}

fn heading(text: &str) -> Option<Block> {
    let rest = text.trim_start_matches('#');
    let level = text.len() - rest.len();
    if level > 0 && (rest.starts_with(' ') || rest.is_empty() || level > 1) {
        return Some(Block::Heading {
            level,
            text: rest.trim_matches(['*', '#', ' ', ':']).to_owned(),
        });
    }
    let bold = text
        .strip_prefix("**")?
        .trim_end_matches(':')
        .strip_suffix("**")?;
    let whole = !bold.contains("**") && !bold.is_empty();
    whole.then(|| Block::Heading {
        level: BOLD_LEVEL,
        text: bold.trim_end_matches(':').to_owned(),
    })
}

/// Returns what follows a bullet or a number.
fn item(text: &str) -> Option<&str> {
    if let Some(rest) = ["- ", "* ", "+ ", "\u{2022} "]
        .iter()
        .find_map(|mark| text.strip_prefix(mark))
    {
        return Some(rest);
    }
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = rest.len() < text.len();
    numbered
        .then(|| rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")))
        .flatten()
}

fn clean(text: &str) -> String {
    text.trim().replace("**", "")
}
