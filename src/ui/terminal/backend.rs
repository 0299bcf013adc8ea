//! ratatui's crossterm backend with three defects mended.
//!
//! An unchanged frame sends nothing (the original sends 25 bytes), a frame is one bracketed write, and the cursor's
//! position is remembered instead of asked for: `Terminal::clear` would otherwise send a query whose answer the
//! reader thread would take for keys.

use std::fs::File;
use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::output::Output;

/// The screen that ratatui draws to.
#[derive(Debug)]
pub struct Screen<W: Write = File> {
    inner: CrosstermBackend<Output<W>>,
    output: Output<W>,
    cursor: Position,
    cursor_shown: Option<bool>,
}

impl<W: Write> Screen<W> {
    /// Draws to `output`.
    pub fn new(output: Output<W>) -> Self {
        Self {
            inner: CrosstermBackend::new(output.handle()),
            output,
            cursor: Position::default(),
            cursor_shown: None,
        }
    }
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown.replace(false) == Some(false) {
            return Ok(());
        }
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown.replace(true) == Some(true) {
            return Ok(());
        }
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        // A hidden cursor need not be moved; every drawn run starts with its own move.
        if self.cursor_shown == Some(true) {
            self.inner.set_cursor_position(self.cursor)
        } else {
            Ok(())
        }
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.send()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;
    use ratatui::{Terminal, TerminalOptions, Viewport};
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink {
        fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
        }
    }

    fn terminal(sink: &Sink) -> Terminal<Screen<Sink>> {
        crossterm::style::force_color_output(true);
        let viewport = Viewport::Fixed(Rect::new(0, 0, 20, 2));
        Terminal::with_options(
            Screen::new(Output::to(sink.clone())),
            TerminalOptions { viewport },
        )
        .unwrap()
    }

    #[test]
    fn a_frame_is_one_bracketed_write_and_an_unchanged_frame_sends_nothing() {
        let sink = Sink::default();
        let mut terminal = terminal(&sink);
        terminal
            .draw(|frame| frame.render_widget("hello", frame.area()))
            .unwrap();
        let first = sink.take();
        assert!(
            first.starts_with("\x1b[?2026h") && first.ends_with("\x1b[?2026l"),
            "{first:?}"
        );
        assert_eq!(first.matches("2026h").count(), 1);
        terminal
            .draw(|frame| frame.render_widget("hello", frame.area()))
            .unwrap();
        assert_eq!(sink.take(), "");
    }

    #[test]
    fn clearing_asks_the_terminal_nothing() {
        let sink = Sink::default();
        let mut terminal = terminal(&sink);
        terminal.clear().unwrap();
        terminal
            .draw(|frame| frame.render_widget("x", frame.area()))
            .unwrap();
        let sent = sink.take();
        assert!(
            !sent.contains("\x1b[6n") && !sent.contains("\x1b[c"),
            "{sent:?}"
        );
        assert_eq!(
            sent.matches("2026h").count(),
            1,
            "clear and draw share a bracket: {sent:?}"
        );
    }

    #[test]
    fn reverse_video_survives_no_color() {
        // What NO_COLOR does to crossterm is process-wide; the override that `enter` makes is what is tested.
        let sink = Sink::default();
        let mut terminal = terminal(&sink);
        terminal
            .draw(|frame| {
                let style = Style::new().reversed().red();
                frame.render_widget(ratatui::text::Span::styled("sel", style), frame.area());
            })
            .unwrap();
        let sent = sink.take();
        assert!(sent.contains("\x1b[7m"), "{sent:?}");
        assert!(
            !sent.contains("\x1b[;m") && !sent.contains("\x1b[m\x1b"),
            "{sent:?}"
        );
    }
}
