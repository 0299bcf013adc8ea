//! Who writes the alerts of a pass: the thread that gathers them, or one of its own.
//!
//! Takes batches of detections in their order; gives the store that they went into.

use std::ops::ControlFlow;
use std::panic;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::alert::{Batch, Store, StoreError};
use crate::engine::Detection;

/// Batches that wait for the thread that writes; whoever gathers more waits too.
const WAITING: usize = 1;

/// Who writes.
#[derive(Debug)]
pub enum Writer {
    /// Whoever gathers; the error is what it could not write.
    Here(Result<Store, StoreError>),
    /// A thread, which ends when there are no more batches or when it cannot write one.
    Apart {
        batches: SyncSender<Vec<Detection>>,
        thread: JoinHandle<Result<Store, StoreError>>,
    },
}

impl Writer {
    /// Returns a writer with a thread of its own.
    pub fn apart(store: Store) -> Self {
        let (batches, taken) = sync_channel(WAITING);
        let thread = thread::spawn(move || all(store, &taken));
        Self::Apart { batches, thread }
    }

    /// Writes detections, or hands them to who does; breaks when they, or others before them, cannot be written.
    pub fn write(&mut self, detections: Vec<Detection>) -> ControlFlow<()> {
        let written = match self {
            Self::Here(store) => {
                if let Ok(kept) = store
                    && let Err(error) = commit(kept, detections)
                {
                    *store = Err(error);
                }
                store.is_ok()
            }
            Self::Apart { batches, .. } => batches.send(detections).is_ok(),
        };
        if written {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    /// Returns the store once all is written.
    ///
    /// # Errors
    /// What could not be written.
    pub fn end(self) -> Result<Store, StoreError> {
        match self {
            Self::Here(store) => store,
            Self::Apart { batches, thread } => {
                drop(batches);
                let ended = thread.join();
                ended.unwrap_or_else(|panicked| panic::resume_unwind(panicked))
            }
        }
    }
}

fn all(mut store: Store, batches: &Receiver<Vec<Detection>>) -> Result<Store, StoreError> {
    for detections in batches {
        commit(&mut store, detections)?;
    }
    Ok(store)
}

fn commit(store: &mut Store, detections: Vec<Detection>) -> Result<(), StoreError> {
    store.commit(&Batch {
        detections,
        ..Batch::default()
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_ends_with_an_error_breaks_the_pass_and_tells() {
        let (batches, taken) = sync_channel(WAITING);
        let thread = thread::spawn(move || {
            drop(taken);
            Err(StoreError::Scratch {
                why: "no space".to_owned(),
            })
        });
        let mut writer = Writer::Apart { batches, thread };
        let mut rounds = 0..1000;
        while writer.write(Vec::new()).is_continue() {
            assert!(rounds.next().is_some());
            thread::yield_now();
        }
        assert!(matches!(writer.end(), Err(StoreError::Scratch { .. })));
        let mut writer = Writer::apart(Store::scratch().unwrap());
        assert!(writer.write(Vec::new()).is_continue());
        assert!(writer.end().is_ok());
    }
}
