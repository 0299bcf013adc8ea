//! The local desktop's clipboard, through arboard on a thread of its own.
//!
//! The contents of an X11 clipboard die with the process that holds them, so the thread lives as long as ours; an
//! unreachable display makes arboard hang, so the caller waits for half a second only.

use std::io;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

const PATIENCE: Duration = Duration::from_millis(500);

type Job = (String, Sender<Result<(), String>>);

/// Puts `text` on the clipboard.
pub fn copy(text: &str) -> io::Result<()> {
    static WORKER: OnceLock<Sender<Job>> = OnceLock::new();
    let worker = WORKER.get_or_init(|| {
        let (sender, receiver) = bounded(1);
        thread::spawn(move || serve(&receiver));
        sender
    });
    let (answer, answered) = bounded(1);
    let late = || io::Error::new(io::ErrorKind::TimedOut, "the desktop did not answer");
    worker
        .send_timeout((text.to_owned(), answer), PATIENCE)
        .map_err(|_| late())?;
    answered
        .recv_timeout(PATIENCE)
        .map_err(|_| late())?
        .map_err(io::Error::other)
}

fn serve(jobs: &Receiver<Job>) {
    let mut clipboard: Option<arboard::Clipboard> = None;
    for (text, answer) in jobs {
        let result = set(&mut clipboard, text).map_err(|error| error.to_string());
        // The asker may have given up; then nobody wants the answer.
        drop(answer.send(result));
    }
}

fn set(clipboard: &mut Option<arboard::Clipboard>, text: String) -> Result<(), arboard::Error> {
    if clipboard.is_none() {
        *clipboard = Some(arboard::Clipboard::new()?);
    }
    match clipboard {
        Some(open) => open.set_text(text),
        None => Err(arboard::Error::ClipboardNotSupported),
    }
}
