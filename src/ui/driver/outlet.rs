//! The thread for what leaves the program or may take a while: copies, files, pivots.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::Arrival;
use crate::alert::Alert;
use crate::alert::export::file::write_new;
use crate::rule::Pivot;
use crate::ui::clipboard::{Environment, Outcome, copy};
use crate::ui::feed::{Feed, PivotAnswer};
use crate::ui::message::Message;

/// How many names are tried for a file when the wanted one is taken.
const NAMES: usize = 100;

/// A piece of work.
#[derive(Debug)]
pub enum Job {
    Copy {
        text: String,
        label: String,
    },
    Write {
        name: String,
        text: String,
    },
    Pivot {
        alert: Box<Alert>,
        step: String,
        pivots: Vec<Pivot>,
    },
}

/// How copies leave.
#[derive(Debug)]
pub struct Clipboard {
    pub environment: Environment,
    pub command: Vec<String>,
    pub limit: usize,
}

/// Starts the thread.
pub fn spawn(
    clipboard: Clipboard,
    files: PathBuf,
    feed: Arc<dyn Feed>,
    arrivals: Sender<Arrival>,
) -> io::Result<Sender<Job>> {
    let (sender, jobs) = unbounded();
    let (questions, asked) = unbounded();
    let answers = arrivals.clone();
    thread::Builder::new()
        .name("pivots".into())
        .spawn(move || answer(&asked, &*feed, &answers))?;
    thread::Builder::new()
        .name("outlet".into())
        .spawn(move || work(&jobs, &clipboard, &files, &questions, &arrivals))?;
    Ok(sender)
}

fn work(
    jobs: &Receiver<Job>,
    clipboard: &Clipboard,
    files: &Path,
    questions: &Sender<Question>,
    arrivals: &Sender<Arrival>,
) {
    for job in jobs {
        let message = match job {
            Job::Copy { text, label } => copied(clipboard, text, label, arrivals),
            Job::Write { name, text } => write(files, &name, &text),
            Job::Pivot {
                alert,
                step,
                pivots,
            } => {
                // Searching the logs may take minutes; copies go on meanwhile.
                drop(questions.send((alert, step, pivots)));
                continue;
            }
        };
        if arrivals.send(Arrival::Message(message)).is_err() {
            return;
        }
    }
}

/// A step's questions: the alert, the step's id, what is asked.
type Question = (Box<Alert>, String, Vec<Pivot>);

fn answer(questions: &Receiver<Question>, feed: &dyn Feed, arrivals: &Sender<Arrival>) {
    for (alert, step, pivots) in questions {
        let message = Message::Pivot(PivotAnswer {
            found: feed.pivot(&alert, &pivots),
            alert: alert.id,
            step,
        });
        if arrivals.send(Arrival::Message(message)).is_err() {
            return;
        }
    }
}

fn copied(
    clipboard: &Clipboard,
    text: String,
    label: String,
    arrivals: &Sender<Arrival>,
) -> Message {
    let mut send = |bytes: &[u8]| {
        let gone = |_| io::Error::other("the screen is gone");
        arrivals.send(Arrival::Send(bytes.to_vec())).map_err(gone)
    };
    let outcome = copy(
        &text,
        &clipboard.environment,
        &clipboard.command,
        clipboard.limit,
        &mut send,
    );
    Message::Copied {
        label,
        sentence: outcome.sentence(),
        kept: matches!(outcome, Outcome::TooLong { .. }).then_some(text),
    }
}

/// Writes a new file; one that is there already is never touched.
fn write(folder: &Path, name: &str, text: &str) -> Message {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    let mut last = io::Error::other("every name is taken");
    for number in 0..NAMES {
        let name = if number == 0 {
            name.to_owned()
        } else {
            format!("{stem}-{number}.{ending}")
        };
        let path = folder.join(name);
        match write_new(&path, text.as_bytes()) {
            Ok(()) => {
                return Message::Wrote {
                    path,
                    bytes: text.len(),
                };
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => {
                last = error;
                break;
            }
        }
    }
    let folder = crate::text::plain(&folder.display().to_string()).into_owned();
    Message::Failed(format!(
        "The file {name} was not written in {folder}: {last}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_never_touched() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.md"), "old").unwrap();
        let Message::Wrote { path, bytes } = write(folder.path(), "a.md", "new") else {
            panic!("not written")
        };
        assert_eq!(
            (path.file_name().unwrap().to_str(), bytes),
            (Some("a-1.md"), 3)
        );
        assert_eq!(
            std::fs::read_to_string(folder.path().join("a.md")).unwrap(),
            "old"
        );
        assert!(matches!(
            write(&folder.path().join("none"), "a.md", "x"),
            Message::Failed(_)
        ));
    }
}
