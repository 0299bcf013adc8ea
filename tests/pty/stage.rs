//! A state directory with alerts, made the way the program makes them: events through the rules into the store.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use watchglass::alert::{Alert, Batch, Store};
use watchglass::engine::{Engine, Matches};
use watchglass::pipeline::{Found, scan};
use watchglass::rule::RuleSet;

/// A home, a directory to watch and a state directory, gone when dropped.
pub struct Stage {
    root: TempDir,
    /// The rules instead of the built-in ones.
    rules: Vec<PathBuf>,
}

impl Stage {
    /// Makes the directories, without an alert; the built-in rules run.
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["home", "logs", "fed"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self {
            root,
            rules: Vec::new(),
        }
    }

    /// Lets the rules under this path run instead of the built-in ones.
    pub fn using(mut self, rules: PathBuf) -> Self {
        self.rules.push(rules);
        self
    }

    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The directory that is watched; nothing is written there.
    pub fn logs(&self) -> PathBuf {
        self.root.path().join("logs")
    }

    pub fn state(&self) -> PathBuf {
        self.root.path().join("state")
    }

    /// Runs the rules over `content` and keeps the alerts, as another process on the same state would.
    pub fn feed(&self, name: &str, content: &[u8]) -> usize {
        let path = self.root.path().join("fed").join(name);
        std::fs::write(&path, content).unwrap();
        let engine = Engine::new(RuleSet::load_or_builtin(&self.rules).rules);
        let mut batch = Batch::default();
        let mut matches = Matches::default();
        scan(watchglass::source::expand(&[path]), &mut |found| {
            match found {
                Found::Event(event) => engine.observe(&event, &mut matches),
                Found::Unreadable(unreadable) => batch.unreadable.push(unreadable),
                Found::Failed(error) => panic!("{error}"),
                Found::Progress(_) => {}
            }
            ControlFlow::Continue(())
        });
        batch.detections = matches.detections;
        let mut store = Store::open(&self.state()).unwrap();
        store.commit(&batch).unwrap().new_alerts
    }

    /// Returns every alert as it is kept now.
    pub fn alerts(&self) -> Vec<Alert> {
        let store = Store::open_read_only(&self.state()).unwrap();
        let rows = store.rows_since(0).unwrap();
        rows.iter()
            .map(|row| store.alert(row.id).unwrap().unwrap())
            .collect()
    }

    /// Returns the alert on this host.
    pub fn alert_on(&self, host: &str) -> Alert {
        let mut alerts = self.alerts();
        alerts.retain(|alert| alert.host == host);
        assert_eq!(alerts.len(), 1, "alerts on {host}");
        alerts.remove(0)
    }

    /// Returns the arguments that open the workbench here.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            "watch".to_owned(),
            path(&self.logs()),
            "--state".into(),
            path(&self.state()),
        ];
        for rules in &self.rules {
            arguments.extend(["--rules".to_owned(), path(rules)]);
        }
        arguments
    }
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// An event on which "Full User-Mode Dumps Enabled System-Wide" fires: Sysmon's record of a registry value.
pub fn registry_event(host: &str, record: u32) -> String {
    event(
        host,
        record,
        (
            "Microsoft-Windows-Sysmon",
            "Microsoft-Windows-Sysmon/Operational",
            13,
        ),
        &[
            ("EventType", "SetValue"),
            ("ProcessGuid", "{5A3C1F00-1111-2222-3333-444455556666}"),
            ("ProcessId", "4711"),
            ("Image", r"C:\Windows\System32\reg.exe"),
            (
                "TargetObject",
                r"HKLM\SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps\DumpType",
            ),
            ("Details", "DWORD (0x00000002)"),
            ("User", r"EXAMPLE\ana"),
        ],
    )
}

/// An event on which "PowerShell MiniDump Script" fires: a script block.
pub fn script_event(host: &str, record: u32) -> String {
    event(
        host,
        record,
        (
            "Microsoft-Windows-PowerShell",
            "Microsoft-Windows-PowerShell/Operational",
            4104,
        ),
        &[
            ("MessageNumber", "1"),
            ("MessageTotal", "1"),
            (
                "ScriptBlockText",
                "function Save-Memory {\n  $api::MiniDumpWriteDump($handle)\n}",
            ),
            ("ScriptBlockId", "8d1f0000-aaaa-bbbb-cccc-ddddeeeeffff"),
            ("Path", r"C:\Temp\save.ps1"),
        ],
    )
}

/// Writes an event as Windows does: XML on one line.
fn event(
    host: &str,
    record: u32,
    (provider, channel, code): (&str, &str, u32),
    data: &[(&str, &str)],
) -> String {
    let (minute, second) = (record / 60 % 60, record % 60);
    let mut xml = format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{provider}'/>\
         <EventID>{code}</EventID><TimeCreated SystemTime='2026-11-24T09:{minute:02}:{second:02}.000000Z'/>\
         <EventRecordID>{record}</EventRecordID><Channel>{channel}</Channel><Computer>{host}</Computer>\
         <Security UserID='S-1-5-18'/></System><EventData>"
    );
    for (name, value) in data {
        write!(xml, "<Data Name='{name}'>{value}</Data>").unwrap();
    }
    xml.push_str("</EventData></Event>\n");
    xml
}
