//! A child process that takes the text on its standard input, for at most a second.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(1);

/// Runs `words` with `input`; its output is thrown away so that it cannot reach the screen.
pub fn feed(words: &[String], input: &[u8]) -> io::Result<()> {
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| io::Error::other("the command is empty"))?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let writer = child.stdin.take().map(|mut pipe| {
        let input = input.to_vec();
        // In a thread of its own: a child that does not read would hold us for ever.
        thread::spawn(move || pipe.write_all(&input))
    });
    let ended = wait(&mut child);
    if ended.is_err() {
        drop(child.kill());
        drop(child.wait());
    }
    ended?;
    match writer.map(thread::JoinHandle::join) {
        Some(Ok(Err(error))) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

fn wait(child: &mut Child) -> io::Result<()> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(format!("ended with {status}"))),
            None => thread::sleep(Duration::from_millis(5)),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::TimedOut,
        "did not end within a second",
    ))
}
