//! The loop: input and messages in, effects performed, frames out.
//!
//! Takes [`Options`]; runs until the analyst leaves. The state never waits: the store has a thread ([`store`]), the
//! order of the list has one ([`worker`]), copying, writing files and pivots have one ([`outlet`]). A frame is drawn
//! only when something changed: at once for a key, at most ten times a second while alerts pour in.

mod outlet;
mod pace;
mod store;
mod worker;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, bounded, select};
use jiff::tz::TimeZone;
use thiserror::Error;

use super::app::{App, Setup};
use super::clipboard::Environment;
use super::draw::draw;
use super::feed::{Detector, Feed, Snapshot};
use super::input::{self, Input};
use super::keymap::Keymap;
use super::message::{Effect, Message};
use super::terminal::Terminal;
use super::theme::{Depth, Theme};
use crate::alert::{Store, StoreError, Who};
use crate::config::Settings;
use crate::event::Time;
use crate::rule::RuleSet;
use outlet::Job;
use pace::Pace;

/// How many messages may wait; a batch of rows is one, so this bounds memory while the screen is busy.
const QUEUE: usize = 64;

/// How often the pipeline is asked how far it is while a backlog is read; else once a second.
const PROGRESS: Duration = Duration::from_millis(250);

/// Messages taken in before a frame may be drawn, so that a flood cannot starve the screen.
const BURST: usize = 32;

/// How long the store may take to finish what was asked of it when the analyst leaves.
const FAREWELL: Duration = Duration::from_millis(400);

/// Opens the store on the thread that will own it.
pub type StoreOpener = Box<dyn FnOnce() -> Result<Store, StoreError> + Send>;

/// What the workbench needs.
pub struct Options {
    pub store: StoreOpener,
    pub who: Who,
    pub feed: Arc<dyn Feed>,
    pub settings: Settings,
    pub theme: Theme,
    /// The user's themes: name and text.
    pub user_themes: Vec<(String, String)>,
    pub depth: Depth,
    pub ascii: bool,
    /// Where files are written that the analyst asks for.
    pub files: PathBuf,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("who", &self.who)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Why the workbench ended, other than by the analyst's wish.
#[derive(Debug, Error)]
pub enum UiError {
    #[error("the terminal cannot be used: {0}; scan and alerts list work without one")]
    Terminal(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("[keys] in the settings: {0}")]
    Keys(String),
    #[error(
        "time_zone in the settings: there is no zone {0}; write local, UTC or a name such as Europe/Lisbon"
    )]
    Zone(String),
}

/// What reaches the loop from the threads.
#[derive(Debug)]
enum Arrival {
    Message(Message),
    /// Bytes for the terminal, between frames.
    Send(Vec<u8>),
    /// The store cannot be opened.
    Fatal(StoreError),
}

/// Runs the workbench until the analyst leaves or the terminal goes.
///
/// # Errors
/// The settings cannot be used, the terminal cannot be entered or is gone, or the store cannot be opened.
pub fn run(options: Options) -> Result<(), UiError> {
    let keymap = keymap(&options.settings)?;
    let zone = zone(&options.settings.time_zone)?;
    let setup = Setup {
        me: options.who.name.clone(),
        keymap,
        theme: options.theme,
        user_themes: options.user_themes,
        depth: options.depth,
        ascii: options.ascii,
        zone,
        mouse: options.settings.mouse,
        now: now(),
    };
    let mut terminal = Terminal::enter()?;
    let inputs = input::spawn()?;
    let mut app = App::new(setup, terminal.size()?);
    terminal.set_mouse(app.mouse)?;
    // The first frame comes before anything is read.
    terminal.draw(|frame| draw(&app, frame))?;

    let (arrivals_in, arrivals) = bounded(QUEUE);
    let clipboard = outlet::Clipboard {
        environment: Environment::read(),
        command: options.settings.clipboard.command.clone(),
        limit: options.settings.clipboard.limit,
    };
    let threads = Threads {
        store: store::spawn(options.store, options.who, arrivals_in.clone())?,
        worker: worker::spawn(arrivals_in.clone())?,
        outlet: outlet::spawn(clipboard, options.files, options.feed.clone(), arrivals_in)?,
    };
    let mut desk = Desk {
        terminal,
        feed: options.feed,
        rules: None,
        snapshot: Snapshot::default(),
        threads,
        leaving: false,
    };
    let outcome = desk.serve(&mut app, &inputs, &arrivals);
    let Desk {
        terminal, threads, ..
    } = desk;
    drop(terminal);
    threads.finish(&arrivals);
    outcome
}

/// Returns the keymap with the remaps of the settings.
///
/// # Errors
/// An action or a key is unknown, or two actions want one key.
pub fn keymap(settings: &Settings) -> Result<Keymap, UiError> {
    let (keymap, problems) = Keymap::build(&settings.keys);
    if problems.is_empty() {
        return Ok(keymap);
    }
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Err(UiError::Keys(
        crate::text::plain(&said.join("; ")).into_owned(),
    ))
}

/// Returns the analyst's zone.
///
/// # Errors
/// The name is none.
pub fn zone(name: &str) -> Result<TimeZone, UiError> {
    if name == "local" {
        return Ok(TimeZone::system());
    }
    TimeZone::get(name).map_err(|_| UiError::Zone(crate::text::plain(name).into_owned()))
}

fn now() -> Time {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Time(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Returns what is left on the terminal when the workbench is stopped: its detection stops with it.
const fn farewell(detector: &Detector) -> &'static str {
    match detector {
        Detector::Here => {
            "watchglass is stopped, and detects nothing until it goes on (fg): then it reads what came meanwhile.\nTo detect without a screen, leave it (q) and start watchglass run.\n"
        }
        _ => "",
    }
}

/// The ways to the threads.
struct Threads {
    store: store::Handle,
    worker: worker::Handle,
    outlet: Sender<Job>,
}

impl Threads {
    /// Lets the store finish what was asked of it; takes what it still says, so that it never waits for us.
    fn finish(self, arrivals: &Receiver<Arrival>) {
        drop(self.worker);
        drop(self.outlet);
        let until = Instant::now() + FAREWELL;
        let done = self.store.close();
        while Instant::now() < until && !done.is_finished() {
            let _ = arrivals.recv_timeout(Duration::from_millis(5));
        }
    }
}

/// The loop's own things.
struct Desk {
    terminal: Terminal,
    feed: Arc<dyn Feed>,
    rules: Option<Arc<RuleSet>>,
    snapshot: Snapshot,
    threads: Threads,
    leaving: bool,
}

impl Desk {
    fn serve(
        &mut self,
        app: &mut App,
        inputs: &Receiver<Input>,
        arrivals: &Receiver<Arrival>,
    ) -> Result<(), UiError> {
        let mut pace = Pace::new();
        let mut next_second = Instant::now();
        let mut next_progress = Instant::now();
        loop {
            let now_is = Instant::now();
            if now_is >= next_second {
                next_second = now_is + Duration::from_secs(1);
                self.take(app, Message::Tick(now()))?;
                pace.live();
            }
            if now_is >= next_progress {
                let changed = self.ask_feed(app)?;
                let fast = self.snapshot.backlog.is_some();
                next_progress = now_is
                    + if fast {
                        PROGRESS
                    } else {
                        Duration::from_secs(1)
                    };
                if changed {
                    pace.live();
                }
            }
            if pace.is_due() {
                let lines = self.terminal.size()?;
                if lines != app.size {
                    self.input(app, Input::Resize(lines.0, lines.1))?;
                }
                self.terminal.draw(|frame| draw(app, frame))?;
                pace.drawn(self.terminal.last_write());
            }
            let wait = pace.wait().min(
                next_second
                    .min(next_progress)
                    .saturating_duration_since(Instant::now()),
            );
            select! {
                recv(inputs) -> input => {
                    self.input(app, input.unwrap_or(Input::Closed))?;
                    for input in inputs.try_iter().take(BURST) {
                        self.input(app, input)?;
                    }
                    pace.key();
                }
                recv(arrivals) -> arrival => {
                    let first = arrival.ok();
                    for arrival in first.into_iter().chain(arrivals.try_iter().take(BURST)) {
                        if self.arrival(app, arrival)? {
                            pace.answer();
                        } else {
                            pace.live();
                        }
                        if !inputs.is_empty() {
                            break;
                        }
                    }
                }
                default(wait) => {}
            }
            if self.leaving {
                return Ok(());
            }
        }
    }

    /// Asks the pipeline how far it is; returns whether anything changed.
    fn ask_feed(&mut self, app: &mut App) -> Result<bool, UiError> {
        let rules = self.feed.rules();
        let new_rules = self
            .rules
            .as_ref()
            .is_none_or(|known| !Arc::ptr_eq(known, &rules));
        if new_rules {
            self.rules = Some(rules.clone());
            self.take(app, Message::Rules(rules))?;
        }
        let snapshot = self.feed.progress();
        if snapshot == self.snapshot {
            return Ok(new_rules);
        }
        self.snapshot = snapshot.clone();
        self.take(app, Message::Progress(Box::new(snapshot)))?;
        Ok(true)
    }

    fn input(&mut self, app: &mut App, input: Input) -> Result<(), UiError> {
        match &input {
            Input::Resize(columns, rows) => self.terminal.resize(*columns, *rows)?,
            Input::Closed => self.leaving = true,
            Input::Continue => self.terminal.resume()?,
            _ => {}
        }
        let again = matches!(input, Input::Continue);
        for effect in app.handle(input) {
            if !(again && matches!(effect, Effect::Repaint)) {
                self.perform(app, effect)?;
            }
        }
        Ok(())
    }

    /// Takes an arrival; returns whether it answers the analyst, and so is drawn soon.
    fn arrival(&mut self, app: &mut App, arrival: Arrival) -> Result<bool, UiError> {
        match arrival {
            Arrival::Message(message) => {
                let live = matches!(
                    message,
                    Message::Rows(_) | Message::Progress(_) | Message::Survey(_)
                );
                self.take(app, message)?;
                Ok(!live)
            }
            Arrival::Send(bytes) => {
                self.terminal.send(&bytes)?;
                Ok(false)
            }
            Arrival::Fatal(error) => Err(error.into()),
        }
    }

    fn take(&mut self, app: &mut App, message: Message) -> Result<(), UiError> {
        for effect in app.take(message) {
            self.perform(app, effect)?;
        }
        Ok(())
    }

    fn perform(&mut self, app: &App, effect: Effect) -> Result<(), UiError> {
        // A thread that is gone has said why already; its channel no longer takes anything.
        match effect {
            Effect::Arrange(request) => self.threads.worker.send(worker::Task::Arrange(request)),
            Effect::Survey(request) => self.threads.worker.send(worker::Task::Survey(request)),
            Effect::Open { id, event } => {
                self.threads.store.send(store::Command::Open { id, event });
            }
            Effect::Edit { ids, edits } => {
                self.threads.store.send(store::Command::Edit { ids, edits });
            }
            Effect::Undo => self.threads.store.send(store::Command::Undo),
            Effect::Redo => self.threads.store.send(store::Command::Redo),
            Effect::Unreadable => self.threads.store.send(store::Command::Unreadable),
            Effect::SaveView(view) => self.threads.store.send(store::Command::SaveView(view)),
            Effect::Copy { text, label } => {
                drop(self.threads.outlet.send(Job::Copy { text, label }));
            }
            Effect::WriteFile { name, text } => {
                drop(self.threads.outlet.send(Job::Write { name, text }));
            }
            Effect::Pivot { alert, step } => self.pivot(app, alert, &step),
            Effect::Mouse(on) => self.terminal.set_mouse(on)?,
            Effect::Repaint => self.terminal.repaint()?,
            Effect::Suspend => self.terminal.suspend(farewell(&self.snapshot.detector))?,
            Effect::Quit => self.leaving = true,
        }
        Ok(())
    }

    fn pivot(&self, app: &App, id: crate::alert::AlertId, step: &str) {
        let alert = app.detail.alert().filter(|alert| alert.id == id);
        let known = app
            .detail
            .steps()
            .into_iter()
            .find(|known| known.id == step);
        if let (Some(alert), Some(known)) = (alert, known) {
            let job = Job::Pivot {
                alert: Box::new(alert.clone()),
                step: step.to_owned(),
                pivots: known.pivots.clone(),
            };
            drop(self.threads.outlet.send(job));
        }
    }
}
