//! A state directory that takes no more: said, survived, and made good once there is room.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use crate::storm::Storm;
use crate::{alerts, detect_all};

/// Blocks of 512 bytes that a file may have at first: the tables fit, the alerts do not.
const BLOCKS: &str = "500";

const PATIENCE: Duration = Duration::from_secs(60);

/// Ends with the test, however that ends.
struct Detector(Child);

impl Drop for Detector {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A limit on the size of files stands for the disk: the kernel refuses the write just so, and the limit can be lifted
/// while the program runs.
#[test]
fn a_full_disk_is_said_and_made_good_once_there_is_room() {
    let root = tempfile::tempdir().unwrap();
    let (home, logs) = (root.path(), root.path().join("logs"));
    let (state, undisturbed) = (root.path().join("state"), root.path().join("undisturbed"));
    let mut storm = Storm::new(logs.clone());
    storm.blow(3000);
    storm.finish();
    let mut detector = Detector(
        Command::new("sh")
            .arg("-c")
            .arg(format!("ulimit -S -f {BLOCKS}; exec \"$@\""))
            .args(["sh", env!("CARGO_BIN_EXE_watchglass"), "run"])
            .arg(&logs)
            .arg("--state")
            .arg(&state)
            .env("HOME", home)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let child = &mut detector.0;
    let (tell, said) = channel();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    thread::spawn(move || {
        stderr.lines().map_while(Result::ok).for_each(|line| {
            let _ = tell.send(line);
        });
    });
    let mut heard = Vec::new();
    while !heard
        .last()
        .is_some_and(|line: &String| line.contains("could not be written"))
    {
        match said.recv_timeout(PATIENCE) {
            Ok(line) => heard.push(line),
            Err(error) => panic!("{error}: {heard:?}"),
        }
    }
    assert!(heard.last().unwrap().contains("watchglass.db"), "{heard:?}");
    thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "it gave up");

    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    let Rlimit { maximum, .. } = getrlimit(Resource::Fsize);
    let room = Rlimit {
        current: maximum,
        maximum,
    };
    prlimit(Some(pid), Resource::Fsize, room).unwrap();
    let wanted = storm.hits();
    let wanted = wanted.single + wanted.rows.len() as u64;
    let until = Instant::now() + PATIENCE;
    while (alerts(home, &state).len() as u64) < wanted {
        assert!(Instant::now() < until, "it does not go on");
        thread::sleep(Duration::from_millis(100));
    }
    kill_process(pid, Signal::TERM).unwrap();
    child.wait().unwrap();
    detect_all(home, &logs, &state);
    detect_all(home, &logs, &undisturbed);
    assert_eq!(alerts(home, &state), alerts(home, &undisturbed));
}
