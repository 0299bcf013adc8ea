//! `watchglass run` as a process whose messages are read as they come.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Longer than anything waited for takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A home with directories of logs, gone when dropped.
pub struct Home(TempDir);

impl Home {
    pub fn new(logs: &[&str]) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        for name in logs {
            std::fs::create_dir(home.logs(name)).unwrap();
        }
        home
    }

    pub fn logs(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn state(&self) -> PathBuf {
        self.0.path().join("state")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchglass"));
        command
            .args(arguments)
            .arg("--state")
            .arg(self.state())
            .env("HOME", self.0.path())
            .env("XDG_CONFIG_HOME", self.0.path().join("config"))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end and returns what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A process that runs; killed when dropped.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Starts `watchglass run` on the logs of this name.
    pub fn start(home: &Home, logs: &str) -> Self {
        let logs = home.logs(logs);
        let mut child = home
            .command(&["run", logs.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let messages = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || {
            for line in messages.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a message that contains `wanted`, and returns it.
    pub fn wait_for(&mut self, wanted: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(wanted) => return line,
                Ok(line) => seen.push(line),
                Err(error) => panic!("{error}: no {wanted:?} among {seen:#?}"),
            }
        }
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for its end and returns its exit code.
    pub fn end(&mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
