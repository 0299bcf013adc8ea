use super::*;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// Waits until a hint says that `path` may have changed.
fn told_of(watch: &Watch, path: &Path) -> bool {
    let deadline = soon();
    while Instant::now() < deadline {
        watch.wait(deadline);
        let (hint, _) = watch.take();
        if hint.anything || hint.paths.contains(path) {
            return true;
        }
    }
    false
}

/// Waits until the watch stands.
fn standing(root: &Path) -> Watch {
    let watch = Watch::new(root);
    while watch.shared.board().watcher.is_none() {
        watch.wait(soon());
        assert!(watch.take().1.is_empty());
    }
    watch.take();
    watch
}

#[test]
fn a_write_in_a_new_subdirectory_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let watch = standing(folder.path());
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    assert!(told_of(&watch, &folder.path().join("a")));
    let file = folder.path().join("plain.log");
    std::fs::write(&file, "x").unwrap();
    assert!(told_of(&watch, &file));
}

#[test]
fn reading_is_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.log");
    std::fs::write(&file, "x").unwrap();
    let event = Event::new(notify::EventKind::Access(notify::event::AccessKind::Any));
    let shared = Shared::default();
    note(&shared, &event.add_path(file), folder.path(), folder.path());
    assert_eq!(shared.board().hint, Hint::default());
}

#[test]
fn a_single_file_is_watched_through_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.log");
    std::fs::write(&file, "x").unwrap();
    let watch = standing(&file);
    std::fs::rename(&file, folder.path().join("a.log.1")).unwrap();
    assert!(told_of(&watch, &file));
}

#[test]
fn an_overflow_means_anything() {
    let event = Event::new(notify::EventKind::Other).set_flag(notify::event::Flag::Rescan);
    let shared = Shared::default();
    note(&shared, &event, Path::new("/a"), Path::new("/a"));
    assert!(shared.board().hint.anything);
}

#[test]
fn many_paths_mean_anything() {
    let mut hint = Hint::default();
    for number in 0..=MAX_HINTS {
        hint.add(number.to_string().into());
    }
    assert!(hint.anything && hint.paths.is_empty());
}

#[test]
fn paths_are_told_as_the_root_was_named() {
    let rebase = |path: &str| rebased(Path::new(path), Path::new("/w/logs"), Path::new("logs"));
    assert_eq!(rebase("/w/logs/a/b"), Path::new("logs/a/b"));
    assert_eq!(rebase("/w/logs"), Path::new("logs"));
}

#[test]
fn a_wake_before_the_wait_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let watch = standing(folder.path());
    let waker = watch.waker();
    std::thread::spawn(move || waker.wake()).join().unwrap();
    assert!(watch.wait(soon()));
}

#[test]
fn the_kernels_limit_is_reported_once() {
    let mut board = Board::default();
    for _ in 0..3 {
        let error = notify::Error::new(ErrorKind::MaxFilesWatch);
        board.complain(Path::new("/logs"), 2, &error);
    }
    assert!(matches!(
        &board.errors[..],
        [SourceError::Unwatchable { seconds: 2, .. }]
    ));
}

#[test]
fn looking_stays_a_small_part_of_the_time() {
    let watch = Watch {
        root: "/".into(),
        shared: Arc::default(),
        interval: WATCHED,
    };
    assert_eq!(watch.interval(Duration::from_millis(1)), WATCHED);
    assert_eq!(
        watch.interval(Duration::from_secs(1)),
        Duration::from_secs(20)
    );
}
