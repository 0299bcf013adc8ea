//! The workers, and the order of what they do.
//!
//! Takes pieces of work; gives what became of them in the order in which they were given.

use std::collections::{BTreeMap, VecDeque};
use std::thread::Scope;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::Options;
use super::worker::{Done, Work, Worker};
use crate::engine::Engine;

/// Pieces of work that wait or are done, for each worker.
const AHEAD: usize = 3;

/// Workers, or one that works on the caller's thread.
pub enum Crew<'e> {
    Alone {
        worker: Box<Worker<'e>>,
        done: VecDeque<Done>,
    },
    Several {
        work: Sender<(u64, Work)>,
        results: Receiver<(u64, Done)>,
        done: BTreeMap<u64, Done>,
        /// The number of the next piece that is given, and of the next that is taken in.
        given: u64,
        taken: u64,
        most: usize,
    },
}

impl<'e> Crew<'e> {
    /// Works on the caller's thread.
    pub fn alone(worker: Worker<'e>) -> Self {
        Self::Alone {
            worker: Box::new(worker),
            done: VecDeque::new(),
        }
    }

    /// Starts `options.threads` workers, which end with the crew.
    pub fn spawn<'s>(scope: &'s Scope<'s, 'e>, engine: &'e Engine, options: Options) -> Self
    where
        'e: 's,
    {
        let most = options.threads * AHEAD;
        let (work, queue) = bounded::<(u64, Work)>(most);
        let (out, results) = unbounded();
        for _ in 0..options.threads {
            let (queue, out) = (queue.clone(), out.clone());
            scope.spawn(move || {
                let mut worker = Worker::new(engine, options.memo);
                for (number, work) in queue {
                    if out.send((number, worker.run(work))).is_err() {
                        return;
                    }
                }
            });
        }
        Self::Several {
            work,
            results,
            done: BTreeMap::new(),
            given: 0,
            taken: 0,
            most,
        }
    }

    /// Gives a piece of work.
    pub fn give(&mut self, piece: Work) {
        match self {
            Self::Alone { worker, done } => done.push_back(worker.run(piece)),
            Self::Several { work, given, .. } => {
                // The workers live as long as the crew.
                let _ = work.send((*given, piece));
                *given += 1;
            }
        }
    }

    /// Returns whether as much as may be is given and not taken in.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Alone { done, .. } => !done.is_empty(),
            Self::Several {
                given, taken, most, ..
            } => (given - taken) as usize >= *most,
        }
    }

    /// Returns whether anything is given and not taken in.
    pub fn has_work(&self) -> bool {
        match self {
            Self::Alone { done, .. } => !done.is_empty(),
            Self::Several { given, taken, .. } => given > taken,
        }
    }

    /// Waits for the oldest piece that is not taken in.
    pub fn next(&mut self) -> Option<Done> {
        match self {
            Self::Alone { done, .. } => done.pop_front(),
            Self::Several {
                results,
                done,
                given,
                taken,
                ..
            } => {
                if taken == given {
                    return None;
                }
                loop {
                    if let Some(next) = done.remove(taken) {
                        *taken += 1;
                        return Some(next);
                    }
                    let (number, result) = results.recv().ok()?;
                    // What was given up is not kept.
                    if number >= *taken {
                        done.insert(number, result);
                    }
                }
            }
        }
    }

    /// Gives up everything that is given and not taken in.
    pub fn give_up(&mut self) {
        match self {
            Self::Alone { done, .. } => done.clear(),
            Self::Several {
                done, given, taken, ..
            } => {
                done.clear();
                *taken = *given;
            }
        }
    }
}
