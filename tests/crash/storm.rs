//! A log that grows without end while it is rotated and packed, with a known number of hits in it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Events between two rotations.
const ROTATE: u64 = 400;

/// Events of a time fit Elastic's cap of 100 alerts in 5 minutes: one alert in ten events, a second apart.
const START: i64 = 1_775_000_000;

/// Every so many events a line that is no event.
const GARBAGE: u64 = 50;

/// Writes winlogbeat's NDJSON into `storm.log`, half a line at a time.
pub struct Storm {
    folder: PathBuf,
    next: u64,
    /// Bytes of a line that is not finished.
    rest: String,
    pub garbage: u64,
}

/// Hits in what was written.
#[derive(Debug, PartialEq, Eq)]
pub struct Hits {
    /// Alerts of single events.
    pub single: u64,
    /// Rows of the grouped search, by process id: matching events.
    pub rows: BTreeMap<u64, u64>,
}

impl Storm {
    pub fn new(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).unwrap();
        Self {
            folder,
            next: 0,
            rest: String::new(),
            garbage: 0,
        }
    }

    /// Appends some events; the last line is not finished.
    pub fn blow(&mut self, events: u64) {
        let mut text = std::mem::take(&mut self.rest);
        for _ in 0..events {
            if self.next.is_multiple_of(GARBAGE) {
                text.push_str(&format!("{{\"cut off\": {}\n", self.next));
                self.garbage += 1;
            }
            text.push_str(&event(self.next).to_string());
            text.push('\n');
            self.next += 1;
        }
        let (now, later) = text.split_at(text.len() - 40);
        self.append(now);
        later.clone_into(&mut self.rest);
        if self.next % ROTATE < events {
            self.finish();
            self.rotate();
        }
    }

    /// Finishes the last line.
    pub fn finish(&mut self) {
        let rest = std::mem::take(&mut self.rest);
        self.append(&rest);
    }

    fn append(&self, text: &str) {
        let mut options = OpenOptions::new();
        let mut file = options.create(true).append(true).open(self.log()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn log(&self) -> PathBuf {
        self.folder.join("storm.log")
    }

    /// Renames the log, and packs the one before.
    fn rotate(&self) {
        let number = self.next / ROTATE;
        let name = |number: u64| self.folder.join(format!("storm.log.{number}"));
        fs::rename(self.log(), name(number)).unwrap();
        let old = name(number.saturating_sub(1));
        if old.exists() {
            gzip(&old);
        }
    }

    pub fn hits(&self) -> Hits {
        let mut hits = Hits {
            single: 0,
            rows: BTreeMap::new(),
        };
        for number in 0..self.next {
            match number % 10 {
                3 => hits.single += 1,
                7 => *hits.rows.entry(row(number)).or_default() += 1,
                _ => {}
            }
        }
        hits
    }
}

fn gzip(old: &Path) {
    let packed = old.with_extension(format!("{}.gz", old.extension().unwrap().display()));
    let mut encoder =
        flate2::write::GzEncoder::new(File::create(packed).unwrap(), flate2::Compression::fast());
    encoder.write_all(&fs::read(old).unwrap()).unwrap();
    encoder.finish().unwrap();
    fs::remove_file(old).unwrap();
}

/// The row that a dump counts in: grouped searches meet a row again and again, over many files.
fn row(number: u64) -> u64 {
    number / 10 % 23
}

fn event(number: u64) -> Value {
    let (code, action, data) = match number % 10 {
        3 => (13, "registry", registry()),
        7 => (1, "process", dump(row(number))),
        _ => (1, "process", noise(number)),
    };
    let time = jiff::Timestamp::from_second(START + i64::try_from(number).unwrap() * 4).unwrap();
    json!({
        "@timestamp": time.to_string(),
        "ecs": {"version": "8.0.0"},
        "event": {"code": code.to_string(), "provider": "Microsoft-Windows-Sysmon", "category": [action]},
        "host": {"name": "ws-storm.example", "os": {"type": "windows"}},
        "winlog": {"channel": "Microsoft-Windows-Sysmon/Operational", "computer_name": "ws-storm.example",
            "provider_name": "Microsoft-Windows-Sysmon", "event_id": code.to_string(), "record_id": number,
            "event_data": data[0]},
        "process": data[1],
        "registry": data[2],
        "user": {"name": "ana", "domain": "EXAMPLE", "id": "S-1-5-21-1-2-3-1104"},
    })
}

fn registry() -> Value {
    let path = r"HKLM\SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps\DumpType";
    json!([
        {"TargetObject": path, "Details": "DWORD (0x00000002)", "User": r"EXAMPLE\ana", "EventType": "SetValue"},
        {"executable": r"C:\Windows\System32\reg.exe", "name": "reg.exe", "pid": 812},
        {"path": path, "value": "DumpType", "data": {"strings": ["2"], "type": "SZ_DWORD"}},
    ])
}

fn dump(row: u64) -> Value {
    process(
        r"C:\Tools\procdump.exe",
        "procdump",
        &format!("procdump.exe -ma lsass.exe {row}.dmp"),
    )
}

fn noise(number: u64) -> Value {
    process(
        r"C:\Tools\backup.exe",
        "backup.exe",
        &format!("backup.exe --run {number}"),
    )
}

fn process(image: &str, original: &str, command: &str) -> Value {
    let name = image.rsplit('\\').next().unwrap();
    json!([
        {"Image": image, "OriginalFileName": original, "CommandLine": command, "User": r"EXAMPLE\ana",
            "ParentImage": r"C:\Windows\System32\cmd.exe", "ProcessId": "4242"},
        {"executable": image, "name": name, "command_line": command, "pid": 4242,
            "pe": {"original_file_name": original}, "parent": {"name": "cmd.exe"}},
        null,
    ])
}
