//! What is wrong is told once, and stands as long as it is wrong.

use std::os::unix::fs::symlink;

use super::*;

/// Returns what is wrong now, but for notifications that the system has no room for.
fn wrong(bench: &mut Bench) -> Vec<String> {
    bench.look(3);
    let follower = bench.follower();
    follower.forget_told();
    let mut problems = follower.problems().unwrap();
    problems.retain(|problem| !problem.starts_with("cannot watch"));
    problems
}

#[test]
fn a_damaged_archive_is_reported_once() {
    let mut bench = Bench::new();
    let mut packed = gzip(lines(0..3000).as_bytes());
    let middle = packed.len() / 2;
    packed[middle..middle + 64].fill(0xff);
    bench.write("b.log.gz", packed);
    bench.until("the error", |bench| !bench.errors.is_empty());
    bench.look(3);
    assert_eq!(bench.errors.len(), 1, "{:?}", bench.errors);
    assert!(!bench.seen.is_empty());
}

#[test]
fn what_is_mended_is_no_problem_any_more() {
    let mut bench = Bench::new();
    bench.write("logs.zip", b"PK\x03\x04 and so on");
    let mut packed = gzip(lines(0..3000).as_bytes());
    let middle = packed.len() / 2;
    packed[middle..middle + 64].fill(0xff);
    bench.write("b.log.gz", packed);
    symlink("not/there", bench.path("link")).unwrap();
    symlink("itself", bench.path("itself")).unwrap();
    bench.until("the errors", |bench| bench.no_logs() >= 4);
    let problems = wrong(&mut bench);
    assert_eq!(problems.len(), 4, "{problems:#?}");
    for wanted in ["logs.zip: ", "b.log.gz: ", "link: ", "itself: "] {
        let told = problems.iter().any(|problem| problem.contains(wanted));
        assert!(told, "{wanted} in {problems:#?}");
    }
    assert!(
        problems
            .iter()
            .any(|problem| problem.contains("to not/there, which is not there")),
        "{problems:#?}"
    );
    fs::remove_file(bench.path("logs.zip")).unwrap();
    fs::remove_file(bench.path("itself")).unwrap();
    bench.write("there", lines(5000..5001));
    fs::remove_file(bench.path("link")).unwrap();
    symlink("there", bench.path("link")).unwrap();
    bench.until_all(5000..5001);
    let problems = wrong(&mut bench);
    assert!(
        matches!(&problems[..], [one] if one.contains("b.log.gz: ")),
        "{problems:#?}"
    );
    fs::remove_file(bench.path("b.log.gz")).unwrap();
    bench.until("it is let go", |_| true);
    let deadline = Instant::now() + Duration::from_secs(60);
    while !wrong(&mut bench).is_empty() {
        assert!(
            Instant::now() < deadline,
            "a file that is gone is no problem"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}
