//! The terminal: entered, drawn to in whole frames, and always given back as it was.
//!
//! Takes drawing closures; gives bytes to the terminal, one write a frame. [`restore`] may be called from any
//! thread at any time, any number of times: on exit, on panic, on a signal. Nothing here asks the terminal a
//! question: over a slow line the answer would come back as typed text.

mod backend;
mod output;
pub mod usable;

use std::io;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::Frame;
use ratatui::layout::Rect;

use backend::Screen;
use output::Output;
pub use output::Traffic;

/// Everything that [`enter`](Terminal::enter) sets besides raw mode: mouse off first, whatever a crashed program
/// left behind, then the alternate screen, bracketed paste, no cursor.
const ENTER: &str =
    "\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[2J";

/// Undoes all of it, in an order that also works half-way: mouse off on both sides of the screen switch.
const LEAVE: &str = "\x1b[?2026l\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l";

const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Exit code after a panic, as the Rust runtime has it.
const PANICKED: i32 = 101;

/// How long a terminal may take to read that it is given back when the program must end now.
const FAREWELL: Duration = Duration::from_millis(250);

/// The same when the analyst leaves: over a slow line a screenful is on its way before it.
const LEISURE: Duration = Duration::from_secs(5);

static ENTERED: AtomicBool = AtomicBool::new(false);

/// Puts the terminal back: idempotent, and harmless when it was never entered or is gone.
pub fn restore() {
    restore_within(FAREWELL);
}

fn restore_within(patience: Duration) {
    if ENTERED.swap(false, Ordering::SeqCst) {
        // Nothing can be done about a terminal that no longer answers, and one that no longer reads holds nobody up.
        output::write_within(LEAVE, patience);
        let _ = disable_raw_mode();
    }
}

/// Restores the terminal before the panic message is printed, so that it can be read.
///
/// A panic of a thread behind the screen ends the program too: without that thread it would only look alive. A panic
/// that its thread catches is nobody's business.
fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        let screen = std::thread::current().id();
        std::panic::set_hook(Box::new(move |info| {
            if crate::decode::is_contained() {
                return;
            }
            let entered = ENTERED.load(Ordering::SeqCst);
            restore();
            previous(info);
            if entered && std::thread::current().id() != screen {
                std::process::exit(PANICKED);
            }
        }));
    });
}

/// The entered terminal; dropping it restores.
#[derive(Debug)]
pub struct Terminal {
    inner: ratatui::Terminal<Screen>,
    traffic: Traffic,
    mouse: bool,
}

impl Terminal {
    /// Enters raw mode and the alternate screen.
    ///
    /// # Errors
    /// Standard output is not a terminal, or it cannot be set up.
    pub fn enter() -> io::Result<Self> {
        install_panic_hook();
        // crossterm would turn NO_COLOR into broken escape sequences; the mono theme honours it instead.
        crossterm::style::force_color_output(true);
        let output = Output::open()?;
        let traffic = output.traffic();
        enter_modes()?;
        let inner = ratatui::Terminal::new(Screen::new(output))?;
        Ok(Self {
            inner,
            traffic,
            mouse: false,
        })
    }

    /// Draws one frame; nothing is sent when it equals the last one.
    ///
    /// # Errors
    /// The terminal cannot be written: it is gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        // Another thread may have given the terminal back because it panicked or a signal came.
        if !ENTERED.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.inner.draw(render).map(|_| ())
    }

    /// Returns the size in columns and rows; either may be 0 while a terminal starts.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.inner.size()?;
        Ok((size.width, size.height))
    }

    /// Forgets what is on the screen: the next frame is drawn whole.
    pub fn repaint(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    /// Takes a resize: the next frame is drawn whole at the new size.
    pub fn resize(&mut self, columns: u16, rows: u16) -> io::Result<()> {
        self.inner.resize(Rect::new(0, 0, columns, rows))
    }

    /// Turns mouse reports on or off. Off by default: capture takes away the terminal's own selecting and copying.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        output::write_now(if on { MOUSE_ON } else { MOUSE_OFF }.as_bytes())
    }

    /// Sends `bytes` between frames, for clipboard sequences.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        output::write_now(bytes)
    }

    /// Gives the terminal back, leaves `farewell` on it, stops the process (as ctrl-z does), and enters again when it
    /// is continued.
    pub fn suspend(&mut self, farewell: &'static str) -> io::Result<()> {
        restore_within(LEISURE);
        output::write_within(farewell, LEISURE);
        // Not SIGTSTP: the kernel discards that in an orphaned process group.
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
        self.resume()
    }

    /// Sets all modes again, after somebody else stopped and continued the process.
    pub fn resume(&mut self) -> io::Result<()> {
        enter_modes()?;
        if self.mouse {
            self.set_mouse(true)?;
        }
        self.repaint()
    }

    /// Returns what was sent so far.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Returns how long the last frame's write blocked; a slow line is redrawn less often.
    #[must_use]
    pub fn last_write(&self) -> Duration {
        self.traffic.last_write()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore_within(LEISURE);
    }
}

fn enter_modes() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    output::write_now(ENTER.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_undoes_every_mode_that_entering_or_the_mouse_sets() {
        for set in ["\x1b[?1049h", "\x1b[?2004h"] {
            assert!(ENTER.contains(set));
            assert!(LEAVE.contains(&set.replace('h', "l")));
        }
        for mode in MOUSE_ON.split_inclusive('h') {
            assert!(LEAVE.contains(&mode.replace('h', "l")), "{mode:?}");
        }
        assert!(LEAVE.contains("\x1b[?25h") && LEAVE.contains("\x1b[?2026l"));
    }

    #[test]
    fn mouse_is_off_on_both_sides_of_the_screen_switch() {
        let (before, after) = LEAVE
            .split_once("\x1b[?1049l")
            .expect("leaves the alternate screen");
        assert!(before.contains("\x1b[?1000l") && after.contains("\x1b[?1000l"));
    }

    #[test]
    fn restoring_what_was_never_entered_does_nothing() {
        restore();
        restore();
        assert!(!ENTERED.load(Ordering::SeqCst));
    }
}
