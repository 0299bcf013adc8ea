//! The store's thread: hands over rows as they change, opens alerts, makes edits.
//!
//! A change that cannot be written for now (a full disk, a database that is held) waits here, and those after it wait
//! behind it: nothing that an analyst did is lost while the workbench runs, and the order stays.

use std::collections::VecDeque;
use std::io;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::{Arrival, StoreOpener};
use crate::alert::indicator::indicators;
use crate::alert::{AlertId, AlertRow, Change, Edit, Store, StoreError, Who};
use crate::ui::detail::Opened;
use crate::ui::message::Message;

/// How often the store is asked whether another process or the pipeline changed it.
const POLL: Duration = Duration::from_millis(150);

/// How often a change that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// Rows in one message.
const BATCH: usize = 4096;

/// Unreadable records that a page shows, the newest.
const UNREADABLE: usize = 200;

/// What the screen asks of the store.
#[derive(Debug)]
pub enum Command {
    Open { id: AlertId, event: usize },
    Edit { ids: Vec<AlertId>, edits: Vec<Edit> },
    Undo,
    Redo,
    Unreadable,
    SaveView(serde_json::Value),
}

/// The way to the thread.
#[derive(Debug)]
pub struct Handle {
    commands: Sender<Command>,
    thread: JoinHandle<()>,
}

impl Handle {
    pub fn send(&self, command: Command) {
        // A store that could not be opened has said so; nothing is asked of it any more.
        let _ = self.commands.send(command);
    }

    /// Asks nothing more; the thread ends when it has done what was asked.
    pub fn close(self) -> JoinHandle<()> {
        self.thread
    }
}

/// Starts the thread, which opens the store first.
pub fn spawn(open: StoreOpener, who: Who, arrivals: Sender<Arrival>) -> io::Result<Handle> {
    let (commands, receiver) = unbounded();
    let thread = thread::Builder::new()
        .name("store".into())
        .spawn(move || match open() {
            Ok(store) => {
                let mut keeper = Keeper {
                    store,
                    who,
                    arrivals,
                    revision: 0,
                    version: None,
                    waiting: VecDeque::new(),
                    retry: Instant::now(),
                };
                keeper.serve(&receiver);
            }
            Err(error) => drop(arrivals.send(Arrival::Fatal(error))),
        })?;
    Ok(Handle { commands, thread })
}

struct Keeper {
    store: Store,
    who: Who,
    arrivals: Sender<Arrival>,
    /// Last revision that was handed over.
    revision: u64,
    version: Option<u64>,
    /// Changes that could not be written yet, the oldest first.
    waiting: VecDeque<(Vec<AlertId>, Vec<Edit>)>,
    /// When they are tried again.
    retry: Instant,
}

/// The screen is gone.
struct Gone;

impl Keeper {
    fn serve(&mut self, commands: &Receiver<Command>) {
        if self.begin(commands).is_err() {
            return;
        }
        let mut next = Instant::now();
        loop {
            let wait = next.saturating_duration_since(Instant::now());
            match commands.recv_timeout(wait) {
                Ok(command) => {
                    if self.obey(command, commands).is_err() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    next = Instant::now() + POLL;
                    if self.poll().is_err() || self.try_again().is_err() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    // The screen is gone: what can be written now still is.
                    let _ = self.write_waiting();
                    return;
                }
            }
        }
    }

    fn say(&self, message: Message) -> Result<(), Gone> {
        self.arrivals
            .send(Arrival::Message(message))
            .map_err(|_| Gone)
    }

    fn complain(&self, error: &StoreError) -> Result<(), Gone> {
        let said = error.to_string();
        self.say(Message::Failed(crate::text::plain(&said).into_owned()))
    }

    /// Hands over the view of the last time and every alert; alerts can be opened meanwhile.
    fn begin(&mut self, commands: &Receiver<Command>) -> Result<(), Gone> {
        match self.store.view(&self.who) {
            Ok(Some(view)) => self.say(Message::View(view))?,
            Ok(None) => {}
            Err(error) => self.complain(&error)?,
        }
        self.version = self.store.data_version().ok();
        let mut later = Vec::new();
        self.hand_over(&mut |keeper| {
            for command in commands.try_iter() {
                match command {
                    Command::Open { id, event } => keeper.open(id, event)?,
                    other => later.push(other),
                }
            }
            Ok(())
        })?;
        self.say(Message::Loaded)?;
        for command in later {
            self.obey(command, commands)?;
        }
        Ok(())
    }

    /// Hands over the rows that changed since the last time.
    fn hand_over(
        &mut self,
        between: &mut dyn FnMut(&Self) -> Result<(), Gone>,
    ) -> Result<(), Gone> {
        let mut batch: Vec<AlertRow> = Vec::new();
        let mut gone = false;
        let read = self.store.for_rows_since(self.revision, |row| {
            batch.push(row);
            if batch.len() >= BATCH && !gone {
                let full = std::mem::take(&mut batch);
                gone = self.say(Message::Rows(full)).is_err() || between(self).is_err();
            }
        });
        if gone {
            return Err(Gone);
        }
        if !batch.is_empty() {
            self.say(Message::Rows(batch))?;
        }
        match read {
            Ok(revision) => {
                self.revision = revision;
                Ok(())
            }
            Err(error) => self.complain(&error),
        }
    }

    fn poll(&mut self) -> Result<(), Gone> {
        let version = self.store.data_version().ok();
        if version == self.version && version.is_some() {
            return Ok(());
        }
        self.version = version;
        self.hand_over(&mut |_| Ok(()))
    }

    fn obey(&mut self, command: Command, commands: &Receiver<Command>) -> Result<(), Gone> {
        match command {
            Command::Open { mut id, mut event } => {
                // Someone holds a key down: only where it stops is opened.
                let mut other = None;
                for command in commands.try_iter() {
                    match command {
                        Command::Open {
                            id: next,
                            event: number,
                        } => (id, event) = (next, number),
                        command => {
                            other = Some(command);
                            break;
                        }
                    }
                }
                self.open(id, event)?;
                match other {
                    Some(command) => self.obey(command, commands),
                    None => Ok(()),
                }
            }
            Command::Edit { ids, edits } => self.edit(&ids, edits),
            Command::Undo if self.waiting.pop_back().is_some() => {
                self.say(Message::GivenUp)?;
                self.say(Message::Waiting(self.waiting.len()))
            }
            Command::Undo => {
                let made = self.store.undo(&self.who);
                self.answer(made)
            }
            Command::Redo => {
                let made = self.store.redo(&self.who);
                self.answer(made)
            }
            Command::Unreadable => match self.store.unreadable(UNREADABLE) {
                Ok((records, all)) => self.say(Message::Unreadable(records, all)),
                Err(error) => self.complain(&error),
            },
            Command::SaveView(view) => match self.store.save_view(&self.who, &view) {
                Ok(()) => Ok(()),
                Err(error) => self.complain(&error),
            },
        }
    }

    /// Makes the edits as one change; where that cannot be written for now, or others wait before it, it waits.
    fn edit(&mut self, ids: &[AlertId], edits: Vec<Edit>) -> Result<(), Gone> {
        if self.waiting.is_empty() {
            match self.store.edit_all(&self.who, ids, &edits) {
                Err(error) if error.is_passing() => {
                    self.complain(&error)?;
                    self.retry = Instant::now() + RETRY;
                }
                made => return self.answer(made.map(Some)),
            }
        }
        self.waiting.push_back((ids.to_vec(), edits));
        self.say(Message::Waiting(self.waiting.len()))
    }

    /// Tries the changes that wait, when it is time to.
    fn try_again(&mut self) -> Result<(), Gone> {
        if self.waiting.is_empty() || Instant::now() < self.retry {
            return Ok(());
        }
        let before = self.waiting.len();
        self.write_waiting()?;
        self.retry = Instant::now() + RETRY;
        if self.waiting.len() == before {
            return Ok(());
        }
        self.say(Message::Waiting(self.waiting.len()))
    }

    /// Writes the changes that wait, up to the first that still cannot be written.
    fn write_waiting(&mut self) -> Result<(), Gone> {
        while let Some((ids, edits)) = self.waiting.front() {
            let made = self.store.edit_all(&self.who, ids, edits);
            if made.as_ref().is_err_and(StoreError::is_passing) {
                return Ok(());
            }
            self.waiting.pop_front();
            self.answer(made.map(Some))?;
        }
        Ok(())
    }

    /// Says what became of a change.
    fn answer(&mut self, made: Result<Option<Change>, StoreError>) -> Result<(), Gone> {
        match made {
            Ok(change) => {
                self.hand_over(&mut |_| Ok(()))?;
                self.say(Message::Changed(change))
            }
            Err(error) => self.complain(&error),
        }
    }

    fn open(&self, id: AlertId, number: usize) -> Result<(), Gone> {
        match self.load(id, number) {
            Ok(Some(opened)) => self.say(Message::Opened(Box::new(opened))),
            Ok(None) => self.say(Message::Failed(
                "This alert is no longer in the store.".into(),
            )),
            Err(error) => self.complain(&error),
        }
    }

    fn load(&self, id: AlertId, number: usize) -> Result<Option<Opened>, StoreError> {
        let Some(alert) = self.store.alert(id)? else {
            return Ok(None);
        };
        let event = match alert.events.get(number) {
            Some(reference) => self.store.event(reference.id)?,
            None => Err("No event of this alert is kept.".to_owned()),
        };
        Ok(Some(Opened {
            history: self.store.history(id)?,
            indicators: event
                .as_ref()
                .map(|event| indicators(event))
                .unwrap_or_default(),
            number,
            event,
            alert,
        }))
    }
}
