//! The way to the terminal: frames are collected and written at once.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What went to the terminal, counted for the byte budgets.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicU64,
    frames: AtomicU64,
    last_write_micros: AtomicU64,
}

impl Traffic {
    /// Returns the bytes written in frames so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.counts.bytes.load(Ordering::Relaxed)
    }

    /// Returns the frames written so far; a frame without a change is not written.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.counts.frames.load(Ordering::Relaxed)
    }

    /// Returns how long the last write took.
    #[must_use]
    pub fn last_write(&self) -> Duration {
        Duration::from_micros(self.counts.last_write_micros.load(Ordering::Relaxed))
    }

    fn count(&self, bytes: usize, took: Duration) {
        self.counts.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.counts.frames.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.counts
            .last_write_micros
            .store(micros, Ordering::Relaxed);
    }
}

/// Collects a frame's bytes; [`Output::send`] writes them in one go, bracketed as a synchronized update.
///
/// A handle: ratatui's backend keeps one clone as its writer and does not give it back.
#[derive(Debug)]
pub struct Output<W: Write = File> {
    frame: Arc<Mutex<PendingFrame<W>>>,
    traffic: Traffic,
}

#[derive(Debug)]
struct PendingFrame<W> {
    target: W,
    bytes: Vec<u8>,
}

/// Terminals that know it show the frame at once, the others ignore it.
const SYNC_BEGIN: &[u8] = b"\x1b[?2026h";
const SYNC_END: &[u8] = b"\x1b[?2026l";

impl Output<File> {
    /// Opens standard output, unbuffered.
    pub fn open() -> io::Result<Self> {
        let descriptor = rustix::io::dup(rustix::stdio::stdout())?;
        Ok(Self::to(File::from(descriptor)))
    }
}

impl<W: Write> Output<W> {
    /// Collects for `target`.
    pub fn to(target: W) -> Self {
        let frame = PendingFrame {
            target,
            bytes: Vec::with_capacity(32 * 1024),
        };
        Self {
            frame: Arc::new(Mutex::new(frame)),
            traffic: Traffic::default(),
        }
    }

    /// Returns a second handle on the same frame.
    pub fn handle(&self) -> Self {
        Self {
            frame: Arc::clone(&self.frame),
            traffic: self.traffic.clone(),
        }
    }

    /// Returns the shared counters.
    pub fn traffic(&self) -> Traffic {
        self.traffic.clone()
    }

    /// Writes what was collected since the last call; nothing when nothing was.
    pub fn send(&mut self) -> io::Result<()> {
        let mut frame = self.frame.lock().unwrap_or_else(PoisonError::into_inner);
        let frame = &mut *frame;
        if frame.bytes.is_empty() {
            return Ok(());
        }
        frame.bytes.extend_from_slice(SYNC_END);
        let started = Instant::now();
        let written = frame
            .target
            .write_all(&frame.bytes)
            .and_then(|()| frame.target.flush());
        self.traffic.count(frame.bytes.len(), started.elapsed());
        frame.bytes.clear();
        written
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut frame = self.frame.lock().unwrap_or_else(PoisonError::into_inner);
        if frame.bytes.is_empty() {
            frame.bytes.extend_from_slice(SYNC_BEGIN);
        }
        frame.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Does nothing: crossterm flushes after every command, the frame goes out as a whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes `bytes` to standard output at once, outside of any frame.
pub fn write_now(bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Writes `bytes` to standard output, and waits for a terminal that does not read no longer than `patience`; what it
/// reads later it still gets while the process lives.
pub fn write_within(bytes: &'static str, patience: Duration) {
    let (done, wait) = crossbeam_channel::bounded(1);
    let write = move || {
        drop(write_now(bytes.as_bytes()));
        let _ = done.send(());
    };
    match std::thread::Builder::new().spawn(write) {
        Ok(_) => drop(wait.recv_timeout(patience)),
        // No thread to be had: better a terminal in order than an end in time.
        Err(_) => drop(write_now(bytes.as_bytes())),
    }
}
