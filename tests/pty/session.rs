//! The program in a terminal of its own: keys go in, the screen is looked at, every byte is kept.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// How long anything on the screen may take before the test fails; a debug build on a busy machine needs some.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the terminal has seen.
struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    ended: bool,
    /// Nobody looks any more: the reader lets go of the terminal.
    leave: bool,
}

/// A program in its terminal.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    seen: Arc<Mutex<Seen>>,
    reader: Option<JoinHandle<()>>,
}

/// Returns a command of the program in an environment of its own.
pub fn watchglass(home: &Path) -> CommandBuilder {
    plain(env!("CARGO_BIN_EXE_watchglass"), home)
}

/// Returns any command in an environment of its own.
pub fn plain(program: &str, home: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (name, value) in [
        ("TZ", "UTC"),
        ("LANG", "C.UTF-8"),
        ("TERM", "xterm-256color"),
        ("USER", "ana"),
        ("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22"),
    ] {
        command.env(name, value);
    }
    command.env("HOME", home);
    command.cwd(home);
    command
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

const fn pty_size((columns, rows): (u16, u16)) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Session {
    /// Starts the command in a terminal of `size` (columns, rows).
    pub fn start(command: CommandBuilder, size: (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(cells(size.1), cells(size.0), 0),
            bytes: Vec::new(),
            ended: false,
            leave: false,
        }));
        let told = Arc::clone(&seen);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            loop {
                let count = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = told.lock().unwrap();
                if count == 0 || seen.leave {
                    seen.ended = true;
                    return;
                }
                seen.bytes.extend_from_slice(&buffer[..count]);
                seen.parser.process(&buffer[..count]);
            }
        });
        Self {
            child,
            keys: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            seen,
            reader: Some(reader),
        }
    }

    /// Types: text as it is, and names in angle brackets: `<enter>`, `<esc>`, `<space>`, `<c-x>`.
    pub fn press(&mut self, keys: &str) {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let name = rest
                .strip_prefix('<')
                .and_then(|tail| tail.split_once('>'))
                .filter(|(name, _)| !name.is_empty());
            let bytes = if let Some((name, tail)) = name {
                rest = tail;
                bytes_of(name)
            } else {
                rest = &rest[first.len_utf8()..];
                first.to_string().into_bytes()
            };
            self.send(&bytes);
        }
    }

    /// Sends bytes as the terminal would.
    pub fn send(&mut self, bytes: &[u8]) {
        let keys = self.keys.as_mut().unwrap();
        keys.write_all(bytes).unwrap();
        keys.flush().unwrap();
    }

    /// Looks at the screen.
    pub fn look<T>(&self, see: impl FnOnce(&vt100::Screen) -> T) -> T {
        see(self.seen.lock().unwrap().parser.screen())
    }

    /// Returns the screen as text.
    pub fn text(&self) -> String {
        self.look(vt100::Screen::contents)
    }

    /// Waits until something is so; `what` is said when it never is.
    pub fn until(&self, what: &str, wanted: impl Fn() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !wanted() {
            let ended = self.seen.lock().unwrap().ended;
            assert!(
                Instant::now() < until && !ended,
                "never came{}: {what}\n{}",
                if ended {
                    ", the terminal is closed"
                } else {
                    ""
                },
                self.text()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the screen is as wanted.
    pub fn wait(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        self.until(what, || self.look(&wanted));
    }

    /// Waits until `text` stands on the screen.
    pub fn wait_for(&self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    /// Waits until the terminal has been sent `bytes`, counted from `mark` on.
    pub fn wait_bytes(&self, mark: usize, bytes: &[u8]) {
        let what = format!("the bytes {:?}", String::from_utf8_lossy(bytes));
        self.until(&what, || contains(&self.bytes()[mark..], bytes));
    }

    /// Returns every byte that the program has sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().bytes.clone()
    }

    /// Returns how many bytes it has sent.
    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().bytes.len()
    }

    /// Makes the window another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.seen
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(cells(size.1), cells(size.0));
        let master = self.master.as_ref().unwrap();
        master.resize(pty_size(size)).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.process()).unwrap()).unwrap()
    }

    /// Returns the number of the process.
    pub fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits until the process is stopped, as a shell would see it.
    pub fn wait_stopped(&self) {
        let stat = format!("/proc/{}/stat", self.pid().as_raw_nonzero());
        let until = Instant::now() + PATIENCE;
        loop {
            let text = std::fs::read_to_string(&stat).unwrap();
            let state = text.rsplit_once(") ").unwrap().1.chars().next();
            if state == Some('T') {
                return;
            }
            assert!(Instant::now() < until, "not stopped, state {state:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits at most `patience` for the end and returns the exit code.
    pub fn end(&mut self, patience: Duration) -> u32 {
        let until = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(
                Instant::now() < until,
                "still running after {patience:?}\n{}",
                self.text()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the end, however long the tests' patience is.
    pub fn finish(&mut self) -> u32 {
        self.end(PATIENCE)
    }

    /// Returns whether the program still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Closes the terminal under the program, as a dropped line does: every handle on it goes.
    pub fn hang_up(&mut self) {
        self.seen.lock().unwrap().leave = true;
        // The clock writes once a second, which lets the reader see that it is to go.
        self.reader.take().unwrap().join().unwrap();
        self.keys = None;
        self.master = None;
    }

    /// Reads nothing more of what the program sends, but keeps the terminal: a line that hangs.
    pub fn stop_reading(&mut self) {
        self.seen.lock().unwrap().leave = true;
        // The clock writes once a second, which lets the reader see that it is to go.
        self.reader.take().unwrap().join().unwrap();
    }

    /// Asserts that the terminal is as a shell wants it: no mode of ours is left.
    pub fn assert_restored(&self) {
        self.wait("the alternate screen is left", |screen| {
            !screen.alternate_screen()
        });
        self.wait("all modes are off", |screen| {
            !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        let modes = self.master.as_ref().unwrap().get_termios().unwrap();
        let fresh = native_pty_system().openpty(pty_size((80, 24))).unwrap();
        let usual = fresh.master.get_termios().unwrap();
        assert_eq!(modes.local_flags, usual.local_flags, "raw mode is left");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Returns whether `bytes` holds `part`.
pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Returns the texts of all OSC 52 sequences in `bytes`, bare or wrapped.
pub fn copies(bytes: &[u8]) -> Vec<String> {
    use base64::Engine as _;
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(5).position(|window| window == b"\x1b]52;") {
        rest = &rest[at + 5..];
        let payload = rest.split(|byte| *byte == b';').nth(1).unwrap_or_default();
        let end = payload
            .iter()
            .position(|byte| matches!(byte, 0x1b | 0x07))
            .unwrap_or(payload.len());
        let text = base64::engine::general_purpose::STANDARD.decode(&payload[..end]);
        found.push(String::from_utf8(text.unwrap()).unwrap());
    }
    found
}

/// What the terminal sends for a named key.
fn bytes_of(name: &str) -> Vec<u8> {
    match (name.strip_prefix("c-"), name) {
        (Some(letter), _) => vec![letter.as_bytes()[0] & 0x1f],
        (None, "enter") => b"\r".to_vec(),
        (None, "esc") => b"\x1b".to_vec(),
        (None, "space") => b" ".to_vec(),
        (None, "down") => b"\x1b[B".to_vec(),
        (None, "right") => b"\x1b[C".to_vec(),
        (None, "pgdn") => b"\x1b[6~".to_vec(),
        (None, other) => panic!("no key <{other}>"),
    }
}
