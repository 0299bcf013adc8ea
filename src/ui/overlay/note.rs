//! The note editor: several lines, kept with `ctrl-s` or `alt-enter`, left with `esc`.

use ratatui_textarea::TextArea;

use crate::alert::{AlertId, Edit};

/// Most bytes of a note; a paste past it is cut.
pub const LONGEST: usize = 16 * 1024;

/// The editor.
#[derive(Debug)]
pub struct NoteEditor {
    pub ids: Vec<AlertId>,
    /// The note that is changed; `None` writes a new one.
    pub note: Option<i64>,
    pub step: Option<String>,
    /// A change to make along with the note: closing asked for one.
    pub with: Option<Edit>,
    pub title: String,
    /// What is asked before the text is thrown away, in the title's place.
    pub question: Option<&'static str>,
    pub area: TextArea<'static>,
}

impl NoteEditor {
    /// Makes an editor that holds `text`.
    #[must_use]
    pub fn new(ids: Vec<AlertId>, title: String, text: &str) -> Self {
        let mut area = TextArea::new(text.lines().map(str::to_owned).collect());
        area.move_cursor(ratatui_textarea::CursorMove::Bottom);
        area.move_cursor(ratatui_textarea::CursorMove::End);
        area.set_cursor_line_style(ratatui::style::Style::new());
        Self {
            ids,
            note: None,
            step: None,
            with: None,
            title,
            question: None,
            area,
        }
    }

    /// Returns what stands above the text.
    #[must_use]
    pub fn heading(&self) -> &str {
        self.question.unwrap_or(&self.title)
    }

    /// Returns what was written.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.area.lines().join("\n").trim().to_owned();
        let mut end = text.len().min(LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    }
}
