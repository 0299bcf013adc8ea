//! A column of lines that scrolls, with a cursor on items of one or more lines.
//!
//! Every pane except the list of alerts, and every overlay, is a sheet: its content is lines of styled parts, made
//! when something changed; drawing only copies what is on the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::ink::Ink;
use super::theme::Role;
use crate::text::width;

/// A run of text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub role: Role,
    pub text: String,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SheetLine {
    /// The item it belongs to; lines without one cannot have the cursor.
    pub item: Option<usize>,
    pub parts: Vec<Part>,
    /// Stands at the right edge.
    pub right: Option<Part>,
}

impl SheetLine {
    /// Returns a line of one part, without an item.
    pub fn plain(role: Role, text: impl Into<String>) -> Self {
        Self::default().with(role, text)
    }

    /// Returns an empty line of `item`.
    #[must_use]
    pub fn of(item: usize) -> Self {
        Self {
            item: Some(item),
            ..Self::default()
        }
    }

    /// Adds a part.
    #[must_use]
    pub fn with(mut self, role: Role, text: impl Into<String>) -> Self {
        self.parts.push(Part {
            role,
            text: text.into(),
        });
        self
    }

    /// Sets what stands at the right edge.
    #[must_use]
    pub fn right(mut self, role: Role, text: impl Into<String>) -> Self {
        self.right = Some(Part {
            role,
            text: text.into(),
        });
        self
    }

    /// Returns its text, without styles.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.iter().map(|part| &*part.text).collect()
    }
}

/// A place in a sheet, to come back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spot {
    cursor: usize,
    offset: usize,
}

impl Spot {
    /// Returns the place of an item; the window follows.
    #[must_use]
    pub const fn at(item: usize) -> Self {
        Self {
            cursor: item,
            offset: 0,
        }
    }

    /// Moves to another item.
    pub const fn go(&mut self, item: usize) {
        self.cursor = item;
    }
}

/// The lines and where one is in them.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    lines: Vec<SheetLine>,
    cursor: usize,
    items: usize,
    offset: usize,
    height: usize,
}

impl Sheet {
    /// Takes new lines; the cursor stays on its item's number, the window where it is.
    pub fn set(&mut self, lines: Vec<SheetLine>) {
        self.items = lines
            .iter()
            .filter_map(|line| line.item)
            .max()
            .map_or(0, |last| last + 1);
        self.lines = lines;
        self.settle();
    }

    /// Takes the height of the window in lines.
    pub fn resize(&mut self, height: usize) {
        if self.height != height {
            self.height = height;
            self.settle();
        }
    }

    /// Returns the lines.
    #[must_use]
    pub fn lines(&self) -> &[SheetLine] {
        &self.lines
    }

    /// Returns the item under the cursor.
    #[must_use]
    pub fn cursor(&self) -> Option<usize> {
        (self.items > 0).then_some(self.cursor)
    }

    /// Puts the cursor on `item`, or as near as there are items.
    pub fn go(&mut self, item: usize) {
        self.cursor = item;
        self.settle();
    }

    /// Returns where one is.
    #[must_use]
    pub const fn spot(&self) -> Spot {
        Spot {
            cursor: self.cursor,
            offset: self.offset,
        }
    }

    /// Puts new lines in and goes to where one was in them.
    pub fn set_at(&mut self, lines: Vec<SheetLine>, spot: Spot) {
        self.cursor = spot.cursor;
        self.offset = spot.offset;
        self.set(lines);
    }

    /// Goes back to the beginning.
    pub fn rewind(&mut self) {
        self.cursor = 0;
        self.offset = 0;
    }

    /// Moves by items, or by lines where there are no items.
    pub fn step(&mut self, by: isize) {
        if self.items == 0 {
            self.offset = self.offset.saturating_add_signed(by);
        } else {
            self.cursor = self.cursor.saturating_add_signed(by);
        }
        self.settle();
    }

    /// Moves by half a window, down or up.
    pub fn page(&mut self, down: bool) {
        let half = (self.height / 2).max(1);
        if self.items == 0 {
            let by = if down {
                half as isize
            } else {
                -(half as isize)
            };
            return self.step(by);
        }
        let line = self.line_of(self.cursor);
        let target = if down {
            line + half
        } else {
            line.saturating_sub(half)
        };
        let item_near = if down {
            self.lines.iter().skip(target).find_map(|line| line.item)
        } else {
            self.lines
                .iter()
                .take(target + 1)
                .rev()
                .find_map(|line| line.item)
        };
        let last = if down { self.items - 1 } else { 0 };
        self.go(item_near.unwrap_or(last));
    }

    /// Goes to the first or the last.
    pub fn end(&mut self, last: bool) {
        if self.items > 0 {
            self.go(if last { usize::MAX } else { 0 });
        } else {
            self.offset = if last { usize::MAX } else { 0 };
        }
        if !last {
            self.offset = 0;
        }
        self.settle();
    }

    fn line_of(&self, item: usize) -> usize {
        let found = self.lines.iter().position(|line| line.item == Some(item));
        found.unwrap_or(0)
    }

    fn settle(&mut self) {
        let height = self.height.max(1);
        self.cursor = self.cursor.min(self.items.saturating_sub(1));
        if self.items > 0 {
            let first = self.line_of(self.cursor);
            let last = self
                .lines
                .iter()
                .rposition(|line| line.item == Some(self.cursor))
                .unwrap_or(first);
            if first < self.offset {
                // The first item takes the headings above it along.
                self.offset = if self.cursor == 0 {
                    0
                } else {
                    (first + 1).saturating_sub(height / 2)
                };
            } else if last >= self.offset + height {
                self.offset = (last + 1 + height / 2).saturating_sub(height).min(first);
            }
        }
        self.offset = self.offset.min(self.lines.len().saturating_sub(height));
    }
}

/// A sheet, to be drawn.
#[derive(Debug)]
pub struct SheetView<'a> {
    pub sheet: &'a Sheet,
    pub ink: Ink<'a>,
    pub focused: bool,
}

impl Widget for &SheetView<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        let lines = self.sheet.lines.iter().skip(self.sheet.offset);
        for (line, y) in lines.zip(area.y..area.bottom()) {
            let here = line.item.is_some() && line.item == self.sheet.cursor();
            self.line(line, here, (area.x, y), area.width, buffer);
        }
    }
}

impl SheetView<'_> {
    fn line(
        &self,
        line: &SheetLine,
        here: bool,
        at: (u16, u16),
        columns: u16,
        buffer: &mut Buffer,
    ) {
        if columns < 3 {
            return;
        }
        if here && self.focused {
            let bar = self.ink.symbol("▌", ">");
            self.ink.put(buffer, at, 1, bar, self.ink.style(Role::Key));
        }
        let end = at.0 + columns;
        let right = line
            .right
            .as_ref()
            .map_or(0, |part| width(&part.text) as u16 + 1);
        let mut x = at.0 + 1;
        for part in &line.parts {
            let room = end.saturating_sub(right).saturating_sub(x);
            x += self.ink.put(
                buffer,
                (x, at.1),
                room,
                &part.text,
                self.ink.style(part.role),
            );
        }
        if let Some(part) = &line.right {
            let room = columns.saturating_sub(1);
            self.ink.put_right(
                buffer,
                (at.0 + 1, at.1),
                room,
                &part.text,
                self.ink.style(part.role),
            );
        }
        if here && self.focused {
            self.ink
                .paint(buffer, (at.0 + 1, at.1), columns - 1, Role::Selected);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(items: usize, height: usize) -> Sheet {
        let mut sheet = Sheet::default();
        sheet.resize(height);
        let mut lines = vec![SheetLine::plain(Role::Dim, "heading")];
        for item in 0..items {
            lines.push(SheetLine::of(item).with(Role::Text, "first"));
            lines.push(SheetLine::of(item).with(Role::Text, "second"));
        }
        sheet.set(lines);
        sheet
    }

    #[test]
    fn the_cursor_stays_in_sight_with_all_its_lines() {
        let mut sheet = sheet(20, 6);
        for step in [1isize; 30].into_iter().chain([-1; 30]) {
            sheet.step(step);
            let first = sheet.line_of(sheet.cursor().unwrap());
            assert!(first >= sheet.offset && first + 2 <= sheet.offset + 6);
        }
        assert_eq!((sheet.cursor(), sheet.offset), (Some(0), 0));
    }

    #[test]
    fn without_items_it_scrolls() {
        let mut sheet = Sheet::default();
        sheet.resize(5);
        sheet.set(vec![SheetLine::plain(Role::Text, "x"); 12]);
        sheet.step(100);
        assert_eq!((sheet.cursor(), sheet.offset), (None, 7));
        sheet.page(false);
        assert_eq!(sheet.offset, 5);
    }
}
