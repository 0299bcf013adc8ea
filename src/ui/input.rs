//! What comes in from the person and from the system: keys, pastes, resizes, signals.
//!
//! One thread reads the terminal, one takes signals. crossterm's reader never returns once its terminal is gone, so
//! nothing may wait for it: the signal thread ends the process by itself when the rest does not in time.

use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use crossterm::event::{self, Event, KeyEvent, KeyEventKind, MouseEvent};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use super::terminal;

/// How long the program may take to end by itself after SIGHUP or SIGTERM: what is on screen is already on disk.
const GRACE: Duration = Duration::from_millis(600);

/// How many inputs may wait; a paste is one.
const QUEUE: usize = 1024;

/// One input.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    Key(KeyEvent),
    /// Pasted text never acts as keys.
    Paste(String),
    Resize(u16, u16),
    Mouse(MouseEvent),
    /// Someone asks the program to end: SIGTERM, SIGHUP, SIGINT from outside.
    End,
    /// Someone sent SIGTSTP.
    Stop,
    /// The process was stopped and goes on.
    Continue,
    /// The terminal is gone.
    Closed,
}

/// Starts both threads and returns what they hear.
///
/// # Errors
/// The signal handlers cannot be installed.
pub fn spawn() -> std::io::Result<Receiver<Input>> {
    let (sender, receiver) = crossbeam_channel::bounded(QUEUE);
    let mut signals = Signals::new([SIGHUP, SIGTERM, SIGINT, SIGTSTP, SIGCONT])?;
    let to_loop = sender.clone();
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                take_signal(signal, &to_loop);
            }
        })?;
    thread::Builder::new()
        .name("keys".into())
        .spawn(move || read_terminal(&sender))?;
    Ok(receiver)
}

fn take_signal(signal: i32, to_loop: &Sender<Input>) {
    match signal {
        SIGTSTP => drop(to_loop.try_send(Input::Stop)),
        SIGCONT => drop(to_loop.try_send(Input::Continue)),
        end => {
            drop(to_loop.try_send(Input::End));
            thread::spawn(move || {
                thread::sleep(GRACE);
                terminal::restore();
                std::process::exit(128 + end);
            });
        }
    }
}

fn read_terminal(to_loop: &Sender<Input>) {
    loop {
        let input = match event::read() {
            Ok(Event::Key(key)) if key.kind == KeyEventKind::Release => continue,
            Ok(Event::Key(key)) => Input::Key(key),
            Ok(Event::Paste(text)) => Input::Paste(text),
            Ok(Event::Resize(columns, rows)) => Input::Resize(columns, rows),
            Ok(Event::Mouse(mouse)) => Input::Mouse(mouse),
            Ok(Event::FocusGained | Event::FocusLost) => continue,
            Err(_) => Input::Closed,
        };
        let last = input == Input::Closed;
        if to_loop.send(input).is_err() || last {
            return;
        }
    }
}
