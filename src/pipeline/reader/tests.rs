//! Each way of rotating a log, by itself. `tests/rotation.rs` has them under load.

mod problems;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use super::*;
use crate::decode::Unreadable;
use crate::event::Event;

/// A log directory and a reader on it that keeps count.
struct Bench {
    folder: tempfile::TempDir,
    reader: Option<Reader>,
    positions: BTreeMap<String, SavedPosition>,
    /// How often each record came.
    seen: BTreeMap<u64, usize>,
    unreadable: Vec<Unreadable>,
    errors: Vec<String>,
}

fn line(number: u64) -> String {
    format!(
        r#"{{"@timestamp":"2026-03-04T05:06:07.{:03}Z","event":{{"code":"4688"}},"winlog":{{"channel":"Security","computer_name":"ws{}.example","event_id":4688,"record_id":{number},"event_data":{{"NewProcessName":"C:\\Program Files\\Tool {number}\\tool.exe"}}}}}}"#,
        number % 1000,
        number / 1000
    ) + "\n"
}

fn lines(numbers: std::ops::Range<u64>) -> String {
    numbers.map(line).collect()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Self {
            folder,
            reader: None,
            positions: BTreeMap::new(),
            seen: BTreeMap::new(),
            unreadable: Vec::new(),
            errors: Vec::new(),
        };
        bench.restart();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn append(&self, name: &str, content: impl AsRef<[u8]>) {
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .append(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(content.as_ref()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn restart_at(&mut self, root: &Path) {
        self.reader = None;
        let positions = self.positions.values().cloned().collect();
        self.reader = Some(Reader::open(root, positions).unwrap());
    }

    fn restart(&mut self) {
        let root = self.folder.path().to_owned();
        self.restart_at(&root);
    }

    /// Handles one stretch, as the pipeline does.
    fn step(&mut self) -> bool {
        let reader = self.reader.as_mut().unwrap();
        let Some(stretch) = reader.next(Duration::from_millis(20)) else {
            return false;
        };
        for item in stretch.items {
            match item {
                Item::Record(record) => {
                    let event = Event::from_record(*record).unwrap();
                    *self.seen.entry(event.record_id.unwrap()).or_default() += 1;
                }
                Item::Unreadable(unreadable) => self.unreadable.push(unreadable),
            }
        }
        for key in stretch.gone {
            self.positions.remove(&key);
        }
        if let Some(position) = stretch.position {
            self.positions.insert(position.key(), position);
        }
        let errors = stretch.errors.iter().map(ToString::to_string);
        self.errors.extend(errors);
        true
    }

    fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !done(self) {
            assert!(
                Instant::now() < deadline,
                "waited in vain for {what}: {} records, {:?}, {:?}",
                self.seen.len(),
                self.errors,
                self.unreadable
            );
            self.step();
        }
    }

    fn until_all(&mut self, numbers: std::ops::Range<u64>) {
        self.until(&format!("{numbers:?}"), |bench| {
            numbers
                .clone()
                .all(|number| bench.seen.contains_key(&number))
        });
    }

    /// Looks at everything `times` times and reads what comes of it.
    fn look(&mut self, times: usize) {
        for _ in 0..times {
            self.reader.as_mut().unwrap().next_look = Instant::now();
            while self.step() {}
        }
    }

    fn assert_each_once(&self, numbers: std::ops::Range<u64>) {
        assert_eq!(
            self.seen,
            numbers.map(|number| (number, 1)).collect(),
            "{:?}",
            self.unreadable
        );
    }

    /// Counts what was told of paths: that the system has no notifications left for this test is not about them.
    fn no_logs(&self) -> usize {
        let of_paths = |error: &&String| !error.starts_with("cannot watch");
        self.errors.iter().filter(of_paths).count()
    }

    fn follower(&mut self) -> &mut Follower {
        &mut self.reader.as_mut().unwrap().follower
    }
}

#[test]
fn an_unfinished_line_waits_for_its_end_also_after_a_restart() {
    for restart in [false, true] {
        let mut bench = Bench::new();
        let last = line(1);
        let (begun, rest) = last.split_at(40);
        bench.write("a.log", line(0) + begun);
        bench.until_all(0..1);
        bench.look(2);
        bench.assert_each_once(0..1);
        if restart {
            bench.restart();
            bench.look(2);
            bench.assert_each_once(0..1);
        }
        bench.append("a.log", rest);
        bench.until_all(0..2);
        bench.assert_each_once(0..2);
        assert!(bench.unreadable.is_empty());
    }
}

#[test]
fn a_renamed_file_goes_on_under_its_new_name() {
    let mut bench = Bench::new();
    bench.write("a.log", lines(0..10));
    bench.until_all(0..10);
    bench.append("a.log", lines(10..12));
    bench.rename("a.log", "a.log.1");
    bench.write("a.log", lines(12..20));
    bench.append("a.log.1", lines(20..25));
    bench.until_all(0..25);
    bench.look(2);
    bench.assert_each_once(0..25);
    assert_eq!(bench.positions.len(), 2);
}

#[test]
fn copytruncate_reads_nothing_twice() {
    for restart in [false, true] {
        let mut bench = Bench::new();
        bench.write("b.log", lines(0..100));
        bench.until_all(0..100);
        if restart {
            bench.reader = None;
        }
        // What comes between the last look and the copy is found in the copy.
        bench.append("b.log", lines(100..110));
        // Its name comes first in any order.
        fs::copy(bench.path("b.log"), bench.path("a.log")).unwrap();
        File::create(bench.path("b.log")).unwrap();
        bench.append("b.log", lines(110..400));
        if restart {
            bench.restart();
        }
        bench.until_all(0..400);
        bench.look(2);
        bench.assert_each_once(0..400);
    }
}

#[test]
fn a_copy_that_grows_slowly_is_recognised_once_it_is_whole() {
    let mut bench = Bench::new();
    bench.write("a.log", lines(0..100));
    bench.until_all(0..100);
    let content = fs::read(bench.path("a.log")).unwrap();
    bench.write("a.log.1", &content[..content.len() / 2]);
    bench.look(1);
    bench.append("a.log.1", &content[content.len() / 2..]);
    bench.append("a.log.1", lines(100..120));
    bench.until_all(0..120);
    bench.look(2);
    bench.assert_each_once(0..120);
}

#[test]
fn positions_of_files_that_are_gone_do_not_pile_up() {
    use crate::source::follow::MAX_PAST;
    let mut bench = Bench::new();
    bench.write("a.log", lines(0..10));
    bench.until_all(0..10);
    let kept = bench.positions.values().next().unwrap().clone();
    bench.reader = None;
    for inode in 0..MAX_PAST as u64 + 10 {
        let mut position = kept.clone();
        position.file = crate::source::FileId { device: 1, inode };
        bench.positions.insert(position.key(), position);
    }
    bench.restart();
    bench.look(1);
    assert_eq!(bench.positions.len(), MAX_PAST + 1);
    assert!(bench.positions.contains_key(&kept.key()));
    bench.assert_each_once(0..10);
}

#[test]
fn a_forbidden_file_is_reported_once_and_read_when_it_is_allowed() {
    use std::os::unix::fs::PermissionsExt;
    let set_mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let mut bench = Bench::new();
    bench.write("a.log", lines(0..10));
    set_mode(&bench.path("a.log"), 0);
    bench.restart();
    bench.look(3);
    // The superuser is allowed everything.
    let forbidden = !rustix::process::geteuid().is_root();
    assert_eq!(bench.errors.len(), usize::from(forbidden));
    set_mode(&bench.path("a.log"), 0o644);
    bench.until_all(0..10);
    bench.assert_each_once(0..10);
}

#[test]
fn a_root_that_is_replaced_is_followed_anew() {
    let mut bench = Bench::new();
    let root = bench.path("logs");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a.log"), lines(0..10)).unwrap();
    bench.restart_at(&root);
    bench.until_all(0..10);
    fs::remove_dir_all(&root).unwrap();
    bench.look(2);
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a.log"), lines(10..20)).unwrap();
    bench.until_all(0..20);
    bench.assert_each_once(0..20);
    assert!(bench.errors.len() <= 1, "{:?}", bench.errors);
}

#[test]
fn a_hole_left_by_copytruncate_is_passed() {
    use std::os::unix::fs::FileExt;
    let mut bench = Bench::new();
    bench.write("a.log", lines(0..50));
    bench.until_all(0..50);
    // The writer keeps its old place.
    let end = fs::metadata(bench.path("a.log")).unwrap().len();
    let writer = File::options()
        .write(true)
        .truncate(true)
        .open(bench.path("a.log"))
        .unwrap();
    writer.write_all_at(lines(50..60).as_bytes(), end).unwrap();
    bench.until_all(0..60);
    bench.look(2);
    bench.assert_each_once(0..60);
    assert_eq!(bench.unreadable.len(), 1);
}

#[test]
fn a_file_rewritten_to_more_than_its_old_size_is_read_from_its_beginning() {
    for restart in [false, true] {
        let mut bench = Bench::new();
        bench.write("a.log", lines(0..20));
        bench.until_all(0..20);
        if restart {
            bench.reader = None;
        }
        bench.write("a.log", lines(100..150));
        if restart {
            bench.restart();
        }
        bench.until_all(100..150);
        assert!(bench.seen.values().all(|times| *times == 1));
    }
}

#[test]
fn a_deleted_file_is_read_to_its_end_with_what_is_written_after() {
    let mut bench = Bench::new();
    bench.write("a.log", lines(0..10));
    bench.until_all(0..10);
    let mut writer = OpenOptions::new()
        .append(true)
        .open(bench.path("a.log"))
        .unwrap();
    writer.write_all(lines(10..15).as_bytes()).unwrap();
    fs::remove_file(bench.path("a.log")).unwrap();
    bench.until_all(0..15);
    writer.write_all(lines(15..20).as_bytes()).unwrap();
    writer.write_all(b"{\"torn\":").unwrap();
    bench.until_all(0..20);
    drop(writer);
    // Its last record will not be finished any more.
    bench.until("the torn line", |bench| bench.unreadable.len() == 1);
    bench.assert_each_once(0..20);
    bench.look(1);
    assert_eq!(bench.reader.as_ref().unwrap().backlog(), Backlog::default());
}

#[test]
fn gzip_after_rotation_goes_on_where_the_plain_file_ended() {
    for restart in [false, true] {
        let mut bench = Bench::new();
        bench.write("a.log", lines(0..200));
        bench.until_all(0..200);
        if restart {
            bench.reader = None;
        }
        bench.append("a.log", lines(200..220));
        let packed = gzip(&fs::read(bench.path("a.log")).unwrap());
        fs::remove_file(bench.path("a.log")).unwrap();
        // Written in two pieces, the first of which ends in the middle of a member.
        bench.write("a.log.1.gz", &packed[..packed.len() / 2]);
        if restart {
            bench.restart();
        } else {
            bench.look(1);
        }
        bench.append("a.log.1.gz", &packed[packed.len() / 2..]);
        bench.until_all(0..220);
        bench.look(2);
        if restart {
            bench.assert_each_once(0..220);
        } else {
            // The deleted file was open: its tail may be read there and in the archive.
            assert!((0..200).all(|number| bench.seen[&number] == 1));
        }
        assert!(bench.errors.is_empty() && bench.unreadable.is_empty());
    }
}

#[test]
fn a_file_that_appears_compressed_is_read_while_it_grows() {
    let mut bench = Bench::new();
    let packed = [
        gzip(lines(0..3000).as_bytes()),
        gzip(lines(3000..3100).as_bytes()),
    ];
    let half = packed[0].len() / 2;
    bench.write("b.log.gz", &packed[0][..half]);
    bench.until("its first half", |bench| bench.seen.len() > 1000);
    bench.append("b.log.gz", &packed[0][half..]);
    bench.until_all(0..3000);
    bench.append("b.log.gz", &packed[1]);
    bench.until_all(0..3100);
    bench.look(2);
    bench.assert_each_once(0..3100);
    assert!(bench.errors.is_empty(), "{:?}", bench.errors);
}

#[test]
fn a_restart_reads_nothing_again_and_misses_nothing() {
    let mut bench = Bench::new();
    bench.write("a.log", lines(0..50));
    bench.write("b.log.gz", gzip(lines(50..90).as_bytes()));
    bench.until_all(0..90);
    bench.reader = None;
    bench.rename("a.log", "a.log.1");
    bench.write("a.log", lines(90..100));
    bench.append("a.log.1", lines(100..110));
    bench.restart();
    bench.until_all(0..110);
    bench.look(2);
    bench.assert_each_once(0..110);
}

#[test]
fn a_saved_position_of_a_used_inode_does_not_hide_another_file() {
    let mut bench = Bench::new();
    bench.write("a.log", lines(0..50));
    bench.until_all(0..50);
    bench.reader = None;
    bench.write("b.log", lines(100..160));
    let id = crate::source::FileId::of(&fs::metadata(bench.path("b.log")).unwrap());
    for position in bench.positions.values_mut() {
        position.file = id;
    }
    bench.restart();
    bench.until_all(100..160);
    assert!((100..160).all(|number| bench.seen[&number] == 1));
}

#[test]
fn what_is_no_log_is_reported_once_and_never_blocks() {
    use std::os::unix::fs::symlink;
    let mut bench = Bench::new();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        bench.path("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(bench.path("socket")).unwrap();
    symlink("/dev/zero", bench.path("zero.log")).unwrap();
    symlink(bench.folder.path(), bench.path("loop")).unwrap();
    symlink("nowhere", bench.path("dangling")).unwrap();
    bench.write("old.zip", b"PK\x03\x04 and so on");
    bench.write("junk.bin", vec![7; 100_000]);
    bench.write("a.log", lines(0..10));
    symlink("a.log", bench.path("also-a.log")).unwrap();
    bench.until_all(0..10);
    // A busy machine gives the log before the rest has had its turn.
    bench.until("what is no log to be told", |bench| {
        bench.no_logs() >= 5 && !bench.unreadable.is_empty()
    });
    bench.look(4);
    bench.assert_each_once(0..10);
    assert_eq!(bench.no_logs(), 5, "{:#?}", bench.errors);
    for kind in ["a link to nowhere", "a FIFO", "a socket", "a device", "zip"] {
        assert!(bench.errors.iter().any(|error| error.contains(kind)));
    }
    assert_eq!(bench.unreadable.len(), 1, "{:?}", bench.unreadable);
    assert_eq!(bench.follower().take_errors().len(), 0);
}

#[test]
fn a_live_file_does_not_wait_for_the_backlog() {
    let mut bench = Bench::new();
    let block = lines(0..2000);
    let mut big = File::create(bench.path("big.log")).unwrap();
    for _ in 0..60 {
        big.write_all(block.as_bytes()).unwrap();
    }
    bench.until("the backlog to begin", |bench| !bench.seen.is_empty());
    bench.write("live.log", line(5000));
    bench.reader.as_mut().unwrap().next_look = Instant::now();
    for _ in 0..10 {
        bench.step();
    }
    assert!(bench.seen.contains_key(&5000));
    let backlog = bench.reader.as_ref().unwrap().backlog();
    assert!(backlog.done < backlog.total, "{backlog:?}");
}

#[test]
fn one_file_is_followed_through_its_rotation_and_a_restart() {
    let mut bench = Bench::new();
    bench.write("other.log", lines(900..910));
    bench.write("a.log", lines(0..10));
    let root = bench.path("a.log");
    bench.restart_at(&root);
    bench.until_all(0..10);
    bench.append("a.log", lines(10..12));
    bench.rename("a.log", "a.log.1");
    bench.write("a.log", lines(12..20));
    bench.until_all(0..20);
    bench.reader = None;
    bench.append("a.log.1", lines(20..22));
    bench.restart_at(&root);
    bench.until_all(0..22);
    bench.look(2);
    bench.assert_each_once(0..22);
}

#[test]
fn a_growing_evtx_gives_each_record_once_also_over_restarts() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let whole = fs::read(data.join("seed-rule-samples/evtx/splunk_capattack_procdump_sysmon.evtx"))
        .unwrap();
    let mut bench = Bench::new();
    bench.write("whole.evtx", &whole);
    bench.until("the whole file", |bench| {
        let backlog = bench.reader.as_ref().unwrap().backlog();
        backlog.total > 0 && backlog.done == backlog.total
    });
    let expected = bench.seen.clone();
    assert!(expected.len() > 100);
    let mut bench = Bench::new();
    // A file's header, then chunk after chunk.
    bench.write("live.evtx", &whole[..4096]);
    for (number, chunk) in whole[4096..].chunks(64 << 10).enumerate() {
        bench.append("live.evtx", chunk);
        bench.look(1);
        if number % 3 == 2 {
            bench.restart();
        }
    }
    bench.until("all records", |bench| bench.seen.len() == expected.len());
    bench.look(2);
    assert_eq!(bench.seen, expected);
}

#[test]
fn a_line_of_100_mb_is_reported_and_passed() {
    let mut bench = Bench::new();
    let mut file = File::create(bench.path("a.log")).unwrap();
    file.write_all(line(0).as_bytes()).unwrap();
    file.write_all(b"{\"a\":\"").unwrap();
    let block = vec![b'x'; 10 << 20];
    for _ in 0..10 {
        file.write_all(&block).unwrap();
    }
    file.write_all(b"\"}\n").unwrap();
    file.write_all(line(1).as_bytes()).unwrap();
    bench.until_all(0..2);
    bench.look(1);
    bench.assert_each_once(0..2);
    assert_eq!(bench.unreadable.len(), 1);
}

#[test]
fn a_gzip_bomb_ends_with_one_error_and_others_go_on() {
    let mut bench = Bench::new();
    let mut encoder = flate2::write::GzEncoder::new(
        File::create(bench.path("bomb.gz")).unwrap(),
        flate2::Compression::best(),
    );
    let block = vec![0; 1 << 20];
    for _ in 0..400 {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap();
    bench.write("a.log", lines(0..10));
    bench.until_all(0..10);
    bench.until("the error", |bench| !bench.errors.is_empty());
    bench.look(2);
    assert_eq!(bench.errors.len(), 1, "{:?}", bench.errors);
    assert_eq!(bench.unreadable.len(), 1, "{:?}", bench.unreadable);
}

#[test]
fn a_wake_ends_the_wait() {
    let mut bench = Bench::new();
    bench.look(1);
    let reader = bench.reader.as_mut().unwrap();
    let waker = reader.waker();
    let waking = std::thread::spawn(move || waker.wake());
    assert!(reader.next(Duration::from_secs(3600)).is_none());
    waking.join().unwrap();
}
