//! The workbench's promises, measured through a real terminal: `cargo bench --bench workbench`.
//!
//! Prints: the time to the first frame on a backlog of 1 GB; reading that backlog into 1,000,000 alerts; then, with
//! these alerts and 5,000 events arriving a second, the time from a key to the frame that answers it, the resident
//! memory, and the bytes of a frame. Takes some minutes and 4 GB under the temporary directory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    reason = "a measurement may stop at a surprise, and shares the terminal tests' session"
)]

#[path = "../pty/session.rs"]
mod session;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use session::{Session, contains, watchglass};

/// Alerts that the backlog makes.
const ALERTS: u64 = 1_000_000;

/// Bytes of a line of the backlog: with [`ALERTS`] lines a little more than 1 GB.
const LINE: usize = 1050;

/// Events a second that arrive while keys are pressed, one in [`FIRES`] of them an alert.
const RATE: u64 = 5000;
const FIRES: u64 = 500;

/// Ends every frame.
const FRAME_END: &[u8] = b"\x1b[?2026l";

const SIZE: (u16, u16) = (200, 60);

const STARTS: usize = 20;
const KEYS: usize = 400;

fn main() {
    // `cargo test --benches` and the like only ask whether it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let bench = Bench {
        home: root.path().to_owned(),
        logs: root.path().join("logs"),
    };
    fs::create_dir(&bench.logs).unwrap();
    let size = bench.write_backlog();
    println!("backlog: {} MB, {ALERTS} events", size / 1_000_000);
    bench.first_frame();
    bench.ingest(size);
    bench.keys();
}

struct Bench {
    home: PathBuf,
    logs: PathBuf,
}

impl Bench {
    fn write_backlog(&self) -> u64 {
        let path = self.logs.join("backlog.ndjson");
        let mut file = BufWriter::with_capacity(1 << 20, File::create(&path).unwrap());
        for number in 0..ALERTS {
            // Elastic's cap is 100 alerts in 5 minutes.
            let line = event(number, number as i64 * 3, true);
            file.write_all(line.as_bytes()).unwrap();
        }
        file.flush().unwrap();
        fs::metadata(path).unwrap().len()
    }

    fn open(&self, state: &str) -> Session {
        let mut command = watchglass(&self.home);
        command.arg("watch");
        command.args([self.logs.as_os_str(), "--state".as_ref()]);
        command.arg(self.home.join(state));
        Session::start(command, SIZE)
    }

    fn first_frame(&self) {
        let mut times = Vec::new();
        for number in 0..STARTS {
            let begun = Instant::now();
            let mut session = self.open(&format!("empty-{number}"));
            while !contains(&session.bytes(), FRAME_END) {
                thread::sleep(Duration::from_micros(100));
            }
            times.push(begun.elapsed());
            session.press("q");
            session.finish();
            fs::remove_dir_all(self.home.join(format!("empty-{number}"))).unwrap();
        }
        report("start to first frame", &mut times);
    }

    fn ingest(&self, size: u64) {
        let begun = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_watchglass"))
            .args(["run", "--once"])
            .arg(&self.logs)
            .arg("--state")
            .arg(self.home.join("state"))
            .env("HOME", &self.home)
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "backlog into alerts: {seconds:.1} s, {:.0} events/s, {:.1} MB/s, every event an alert",
            ALERTS as f64 / seconds,
            size as f64 / 1e6 / seconds
        );
    }

    fn keys(&self) {
        let mut session = self.open("state");
        let begun = Instant::now();
        session.wait_for("1,000,000 open");
        session.wait_for("process.executable");
        println!(
            "1,000,000 alerts shown after {:.1} s",
            begun.elapsed().as_secs_f64()
        );
        idle(&session);
        moves(&mut session, "moving the cursor, nothing arriving");
        let (over, written) = (AtomicBool::new(false), AtomicU64::new(0));
        thread::scope(|scope| {
            scope.spawn(|| arrive(&self.logs.join("live.ndjson"), &over, &written));
            thread::sleep(Duration::from_secs(3));
            let (begun, before) = (Instant::now(), written.load(Ordering::Relaxed));
            let mark = session.count();
            moves(&mut session, "moving the cursor, events arriving");
            pages(&mut session);
            filters(&mut session);
            let seconds = begun.elapsed().as_secs_f64();
            let events = written.load(Ordering::Relaxed) - before;
            println!(
                "meanwhile {:.0} events/s were written, {:.1} kB/s sent to the terminal",
                events as f64 / seconds,
                (session.count() - mark) as f64 / 1e3 / seconds
            );
            memory(&session);
            over.store(true, Ordering::Relaxed);
        });
        // All that was written has become alerts.
        let wanted = ALERTS + written.load(Ordering::Relaxed).div_ceil(FIRES);
        session.press("<esc><esc>");
        session.wait_for(&format!("{} open", grouped(wanted)));
        session.press("q");
        session.finish();
    }
}

/// Bytes of ten seconds without a key or an event; the clock ticks.
fn idle(session: &Session) {
    thread::sleep(Duration::from_secs(2));
    let mark = session.count();
    thread::sleep(Duration::from_secs(10));
    let bytes = session.bytes()[mark..].to_vec();
    let frames = bytes
        .windows(FRAME_END.len())
        .filter(|part| *part == FRAME_END)
        .count();
    println!(
        "idle: {} B in 10 s, {frames} frames (the clock)",
        bytes.len()
    );
}

/// The line of the list that the cursor is on.
fn cursor(session: &Session) -> String {
    session.look(|screen| {
        let is_here = |row: &u16| {
            screen
                .cell(*row, 0)
                .is_some_and(|cell| cell.contents() == "▌")
        };
        let row = (0..SIZE.1).find(is_here).unwrap_or_default();
        screen.contents_between(row, 0, row, 90)
    })
}

/// The line that a filter is typed into, below all.
fn prompt(session: &Session) -> String {
    session.look(|screen| screen.contents_between(SIZE.1 - 1, 0, SIZE.1 - 1, 40))
}

/// Presses a key and returns how long it took until the screen was as wanted.
fn answered(session: &mut Session, key: &str, wanted: impl Fn(&Session) -> bool) -> Duration {
    let begun = Instant::now();
    session.press(key);
    while !wanted(session) {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{key}: no answer\n{}",
            session.text()
        );
        thread::sleep(Duration::from_micros(200));
    }
    begun.elapsed()
}

/// A pause between two keys, never in step with the clock or the live frames.
fn pause(number: usize) {
    thread::sleep(Duration::from_millis(20 + (number as u64 * 37) % 61));
}

fn moves(session: &mut Session, what: &str) {
    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for number in 0..KEYS {
        pause(number);
        let (before, mark) = (cursor(session), session.count());
        let key = if number / 20 % 2 == 0 { "j" } else { "k" };
        times.push(answered(session, key, |session| cursor(session) != before));
        thread::sleep(Duration::from_millis(5));
        bytes.push(session.count() - mark);
    }
    report(what, &mut times);
    bytes.sort_unstable();
    println!(
        "  bytes: median {}, most {}",
        bytes[bytes.len() / 2],
        bytes[bytes.len() - 1]
    );
}

fn pages(session: &mut Session) {
    let mut times = Vec::new();
    for number in 0..KEYS / 4 {
        pause(number);
        let before = cursor(session);
        let key = if number / 10 % 2 == 0 {
            "<c-d>"
        } else {
            "<c-u>"
        };
        times.push(answered(session, key, |session| cursor(session) != before));
    }
    report("half a page, events arriving", &mut times);
}

/// Typing a filter: each letter must stand on the screen; the list follows when it is matched.
fn filters(session: &mut Session) {
    let mut times = Vec::new();
    for _ in 0..KEYS / 20 {
        session.press("/");
        session.wait("the filter is open", |screen| !screen.hide_cursor());
        let mut typed = String::new();
        for (number, letter) in "host:ws-04".chars().enumerate() {
            pause(number);
            typed.push(letter);
            let shown = |session: &Session| prompt(session).contains(&format!("/{typed}"));
            times.push(answered(session, &letter.to_string(), shown));
        }
        session.press("<esc>");
        session.wait("the filter is closed", vt100::Screen::hide_cursor);
        thread::sleep(Duration::from_millis(200));
    }
    report("typing a filter, events arriving", &mut times);
}

fn memory(session: &Session) {
    let status = fs::read_to_string(format!("/proc/{}/status", session.process())).unwrap();
    let kib = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    println!(
        "resident memory: {} MB, at most {} MB",
        kib("VmRSS") * 1024 / 1_000_000,
        kib("VmHWM") * 1024 / 1_000_000
    );
}

/// Appends events, a batch every 10 ms, until it is over.
fn arrive(path: &Path, over: &AtomicBool, written: &AtomicU64) {
    let mut file = File::create(path).unwrap();
    let begun = Instant::now();
    while !over.load(Ordering::Relaxed) {
        let due = (begun.elapsed().as_secs_f64() * RATE as f64) as u64;
        let from = written.load(Ordering::Relaxed);
        let text: String = (from..due)
            .map(|number| {
                event(
                    ALERTS + number,
                    ALERTS as i64 * 3 + number as i64,
                    number % FIRES == 0,
                )
            })
            .collect();
        file.write_all(text.as_bytes()).unwrap();
        written.store(due, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(10));
    }
}

/// A line of winlogbeat's NDJSON: a registry value that "Full User-Mode Dumps Enabled System-Wide" looks for, or not.
fn event(number: u64, second: i64, fires: bool) -> String {
    let time = jiff::Timestamp::from_second(1_700_000_000 + second).unwrap();
    let host = format!("ws-{:04}", number * 7919 % 3000);
    let name = if fires { "DumpType" } else { "DumpCount" };
    let image = r"C:\\Windows\\System32\\reg.exe";
    let path =
        format!(r"HKLM\\SOFTWARE\\Microsoft\\Windows\\Windows Error Reporting\\LocalDumps\\{name}");
    let mut line = format!(
        r#"{{"@timestamp":"{time}","ecs":{{"version":"8.0.0"}},"event":{{"code":"13","provider":"Microsoft-Windows-Sysmon","category":["registry"],"type":["change"]}},"host":{{"name":"{host}","os":{{"type":"windows"}}}},"user":{{"name":"user{}","domain":"EXAMPLE","id":"S-1-5-21-1-2-3-{}"}},"process":{{"executable":"{image}","name":"reg.exe","pid":{}}},"registry":{{"path":"{path}","value":"{name}","data":{{"strings":["2"],"type":"SZ_DWORD"}}}},"winlog":{{"channel":"Microsoft-Windows-Sysmon/Operational","computer_name":"{host}","event_id":"13","record_id":{number},"event_data":{{"EventType":"SetValue","TargetObject":"{path}","Details":"DWORD (0x00000002)","Image":"{image}"}}}},"message":""#,
        number % 500,
        1000 + number % 500,
        number % 30_000,
    );
    let rest = LINE.saturating_sub(line.len() + 3);
    line.extend(std::iter::repeat_n('.', rest));
    line.push_str("\"}\n");
    line
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: f64| {
        times[((times.len() as f64 * share).ceil() as usize).clamp(1, times.len()) - 1]
    };
    println!(
        "{what}: median {:.1} ms, p99 {:.1} ms, most {:.1} ms, of {}",
        at(0.5).as_secs_f64() * 1e3,
        at(0.99).as_secs_f64() * 1e3,
        at(1.0).as_secs_f64() * 1e3,
        times.len()
    );
}
