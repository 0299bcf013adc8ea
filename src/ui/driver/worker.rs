//! The thread for work that grows with the number of alerts: orders and surveys. The latest request wins.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::Arrival;
use crate::ui::list::{Request, arrange};
use crate::ui::message::{Message, Survey, SurveyRequest};

/// Seconds a survey looks back for how often a technique was seen, in nanoseconds.
const SEEN: i64 = 24 * 3600 * 1_000_000_000;

/// Most related alerts that are listed.
const RELATED: usize = 200;

/// A piece of work.
#[derive(Debug)]
pub enum Task {
    Arrange(Box<Request>),
    Survey(Box<SurveyRequest>),
}

/// The way to the thread.
#[derive(Debug)]
pub struct Handle {
    tasks: Sender<Task>,
    /// Number of the latest request; work on an earlier one stops.
    latest: Arc<AtomicU64>,
}

impl Handle {
    pub fn send(&self, task: Task) {
        if let Task::Arrange(request) = &task {
            self.latest.store(request.generation, Ordering::Relaxed);
        }
        // A thread that is gone takes nothing any more; the program is ending.
        let _ = self.tasks.send(task);
    }
}

/// Starts the thread.
pub fn spawn(arrivals: Sender<Arrival>) -> io::Result<Handle> {
    let (sender, tasks) = unbounded();
    let latest = Arc::new(AtomicU64::new(0));
    let handle = Handle {
        tasks: sender,
        latest: latest.clone(),
    };
    thread::Builder::new()
        .name("order".into())
        .spawn(move || work(&tasks, &latest, &arrivals))?;
    Ok(handle)
}

/// Steps of priority the thread gives up: a search over a million alerts must not take the core a key needs.
#[cfg(target_os = "linux")]
const COURTESY: i32 = 5;

/// Lowers this thread's priority. Only Linux counts it a thread; elsewhere it would lower the whole program's.
fn step_back() {
    #[cfg(target_os = "linux")]
    // Refused, the search competes as any thread does.
    let _ = rustix::process::nice(COURTESY);
}

fn work(tasks: &Receiver<Task>, latest: &AtomicU64, arrivals: &Sender<Arrival>) {
    step_back();
    while let Ok(task) = tasks.recv() {
        let (mut order, mut question) = (None, None);
        for task in std::iter::once(task).chain(tasks.try_iter()) {
            match task {
                Task::Arrange(request) => order = Some(request),
                Task::Survey(request) => question = Some(request),
            }
        }
        if let Some(request) = order
            && let Some(arranged) = arrange(&request, &|| {
                latest.load(Ordering::Relaxed) != request.generation
            })
            && arrivals
                .send(Arrival::Message(Message::Arranged(arranged)))
                .is_err()
        {
            return;
        }
        if let Some(request) = question {
            let survey = survey(&request);
            if arrivals
                .send(Arrival::Message(Message::Survey(survey)))
                .is_err()
            {
                return;
            }
        }
    }
}

/// Counts over all rows how often the alert's techniques were seen, and lists what shares its host or user.
pub fn survey(request: &SurveyRequest) -> Survey {
    let rows = &request.rows;
    let names = &rows.names;
    let Some((own_slot, own)) = rows.iter().find(|(_, row)| row.id == request.id) else {
        return Survey::default();
    };
    let (host, user) = (own.host, own.user);
    let named = |number: u32| !names.text(number).is_empty();
    let wanted: Vec<String> = names
        .rule(own.rule)
        .map(|rule| rule.techniques.clone())
        .unwrap_or_default();
    // Which wanted techniques each rule has, asked once a rule.
    let having: Vec<Vec<usize>> = names
        .rules()
        .iter()
        .map(|rule| {
            (0..wanted.len())
                .filter(|at| rule.techniques.contains(&wanted[*at]))
                .collect()
        })
        .collect();
    let mut counts = vec![(0usize, HashSet::new()); wanted.len()];
    let mut related = Vec::new();
    let since = request.now.0 - SEEN;
    for (slot, row) in rows.iter() {
        if row.time >= since {
            for at in having.get(row.rule as usize).into_iter().flatten() {
                counts[*at].0 += 1;
                counts[*at].1.insert(row.host);
            }
        }
        let shares = (row.host == host && named(host)) || (row.user == user && named(user));
        if shares && slot != own_slot {
            related.push((row.time, row.id));
        }
    }
    if related.len() > RELATED {
        related.select_nth_unstable_by(RELATED, |a, b| b.cmp(a));
        related.truncate(RELATED);
    }
    related.sort_unstable_by(|a, b| b.cmp(a));
    Survey {
        id: Some(request.id),
        techniques: wanted
            .into_iter()
            .zip(counts)
            .map(|(technique, (alerts, hosts))| (technique, alerts, hosts.len()))
            .collect(),
        related: related.into_iter().map(|(_, id)| id).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Time;
    use crate::ui::list::Table;
    use crate::ui::testing::{START, id, row};

    #[test]
    fn a_survey_counts_techniques_and_lists_what_is_related() {
        let mut table = Table::new("ana");
        for number in 0..6 {
            table.put(&row(number));
        }
        let mut old = row(7);
        old.first = Time(START - 2 * SEEN);
        table.put(&old);
        let survey = survey(&SurveyRequest {
            id: id(2),
            rows: table.rows().clone(),
            now: Time(START),
        });
        assert_eq!(survey.techniques[1], ("T1003.001".to_owned(), 6, 6));
        assert_eq!(survey.related.first(), Some(&id(5)));
        assert_eq!(survey.related.len(), 6);
    }
}
