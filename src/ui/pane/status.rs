//! The lines of chrome: what is watched and how it stands above, keys and the answer below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::techniques::grouped;
use super::time::moment;
use crate::text::width;
use crate::ui::action::{Action, Action as A, Context, footer};
use crate::ui::app::App;
use crate::ui::detail::Place;
use crate::ui::feed::Detector;
use crate::ui::key::sequence;
use crate::ui::keymap::Lookup;
use crate::ui::layout::Focus;
use crate::ui::overlay::Overlay;
use crate::ui::theme::Role;

/// The line above.
#[derive(Debug)]
pub struct Top<'a> {
    pub app: &'a App,
}

/// The line below.
#[derive(Debug)]
pub struct Bottom<'a> {
    pub app: &'a App,
}

/// The alerts over the watched span, in one line.
#[derive(Debug)]
pub struct Histogram<'a> {
    pub app: &'a App,
}

impl Widget for &Top<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let app = self.app;
        let ink = app.ink();
        ink.paint(buffer, (area.x, area.y), area.width, Role::StatusBar);
        let style = ink.style(Role::StatusBar);
        let clock = moment(app.now, &app.zone).clock;
        let tally = app.table.tally();
        let counts = format!(
            "{} open  {} mine  {} closed",
            grouped(tally.open as u64),
            grouped(tally.mine as u64),
            grouped(tally.closed as u64)
        );
        let mut right = self.right(area.width);
        right.push((Role::StatusBar, format!("{clock} ")));
        let right_wide: usize = right.iter().map(|(_, text)| width(text) + 2).sum();
        let room = usize::from(area.width).saturating_sub(right_wide);
        let name = " watchglass";
        let mut x = area.x + ink.put(buffer, (area.x, area.y), area.width, name, style);
        let watched = ink.clean(&app.progress.watched);
        let spare = room.saturating_sub(name.len() + counts.len() + 6);
        if spare >= 8 && !watched.is_empty() {
            x += 2 + ink.put(
                buffer,
                (x + 2, area.y),
                spare.min(usize::from(area.width) / 3) as u16,
                &watched,
                style,
            );
        }
        let left = (room as u16).saturating_sub(x + 3);
        ink.put(buffer, (x + 3, area.y), left, &counts, style);
        let mut end = area.right();
        for (role, text) in right.iter().rev() {
            let wide = width(text) as u16;
            let Some(at) = end
                .checked_sub(wide)
                .filter(|at| *at > area.x + name.len() as u16)
            else {
                break;
            };
            let look = if *role == Role::StatusBar {
                style
            } else {
                style.patch(ink.style(*role))
            };
            ink.put(buffer, (at, area.y), wide, text, look);
            end = at.saturating_sub(2);
        }
    }
}

impl Top<'_> {
    /// Returns what stands at the right, the least important first.
    fn right(&self, columns: u16) -> Vec<(Role, String)> {
        let progress = &self.app.progress;
        let mut parts = Vec::new();
        if let Some((done, all)) = progress.backlog {
            let percent = (done * 100).checked_div(all).unwrap_or(100).min(100);
            let left = progress
                .seconds_left
                .map_or_else(String::new, |left| format!(", {} left", span(left)));
            parts.push((
                Role::StatusBar,
                format!("reading {} of {} {percent}%{left}", bytes(done), bytes(all)),
            ));
        }
        if columns >= 100 {
            parts.push((
                Role::StatusBar,
                format!("{} hosts", grouped(progress.hosts)),
            ));
            parts.push((
                Role::StatusBar,
                format!(
                    "{} ev/s",
                    grouped(progress.events_per_second.round() as u64)
                ),
            ));
        }
        if progress.unreadable > 0 {
            parts.push((
                Role::Warning,
                format!("{} unreadable", grouped(progress.unreadable)),
            ));
        }
        if !progress.problems.is_empty() {
            parts.push((Role::Bad, format!("{} problems", progress.problems.len())));
        }
        match &progress.detector {
            Detector::Elsewhere(who) => {
                parts.push((
                    Role::StatusBar,
                    format!("detector: {}", self.app.ink().clean(who)),
                ));
            }
            Detector::Nobody => parts.push((Role::StatusBar, "viewing".into())),
            Detector::Here => {
                if let Some(lag) = progress.lag {
                    let lag = match lag.as_secs() {
                        0..60 => format!("lag {:.1}s", lag.as_secs_f64()),
                        seconds => format!("lag {}", span(seconds)),
                    };
                    parts.push((Role::StatusBar, lag));
                }
            }
        }
        parts
    }
}

/// Returns `3.2 GB`.
fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1000.0;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Returns `2m 10s`.
fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
    }
}

impl Widget for &Histogram<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let histogram = &self.app.list.histogram;
        if area.is_empty() || histogram.parts.is_empty() {
            return;
        }
        let ink = self.app.ink();
        let zone = &self.app.zone;
        let from = moment(crate::event::Time(histogram.from), zone);
        let to = moment(crate::event::Time(histogram.to), zone);
        let label = |at: &super::time::Moment| {
            if from.date == to.date {
                at.clock.clone()
            } else {
                format!("{} {}", at.date, at.clock)
            }
        };
        let (left, right) = (label(&from), label(&to));
        let wide = usize::from(area.width).saturating_sub(left.len() + right.len() + 4);
        ink.put(
            buffer,
            (area.x + 1, area.y),
            left.len() as u16,
            &left,
            ink.style(Role::Dim),
        );
        ink.put_right(
            buffer,
            (area.x, area.y),
            area.width - 1,
            &right,
            ink.style(Role::Dim),
        );
        let bars = bars(&histogram.parts, wide, self.app.ascii);
        let at = (area.x + 2 + left.len() as u16, area.y);
        ink.put(buffer, at, wide as u16, &bars, ink.style(Role::Info));
    }
}

/// Returns one character for each of `columns` parts of the span, as high as the part has alerts.
fn bars(parts: &[u32], columns: usize, ascii: bool) -> String {
    const UNICODE: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const ASCII: [char; 9] = [' ', '.', '.', ':', ':', '-', '=', '+', '#'];
    let signs = if ascii { ASCII } else { UNICODE };
    let columns = columns.max(1);
    let sums: Vec<u64> = (0..columns)
        .map(|column| {
            let from = column * parts.len() / columns;
            let to = ((column + 1) * parts.len() / columns)
                .max(from + 1)
                .min(parts.len());
            parts
                .get(from..to)
                .unwrap_or_default()
                .iter()
                .map(|count| u64::from(*count))
                .sum()
        })
        .collect();
    let most = sums.iter().max().copied().unwrap_or(0).max(1);
    // Any alert at all shows.
    let sign = |sum: u64| {
        signs[if sum == 0 {
            0
        } else {
            (sum * 8).div_ceil(most).clamp(1, 8) as usize
        }]
    };
    sums.into_iter().map(sign).collect()
}

impl Bottom<'_> {
    /// Returns where the cursor of an open input is.
    #[must_use]
    pub fn cursor(&self, area: Rect) -> Option<(u16, u16)> {
        let app = self.app;
        let (lead, input) = if app.filter.editing {
            (" /", &app.filter.input)
        } else if app.detail.searching {
            (" fields holding ", &app.detail.search)
        } else {
            return None;
        };
        let at = area.x + (lead.len() + input.visual_cursor()) as u16;
        Some((at.min(area.right().saturating_sub(1)), area.y))
    }

    fn input(&self, area: Rect, buffer: &mut Buffer) -> bool {
        let app = self.app;
        let ink = app.ink();
        if app.filter.editing {
            let text = format!(" /{}", app.filter.input.value());
            let used = ink.put(
                buffer,
                (area.x, area.y),
                area.width,
                &text,
                ink.style(Role::Text),
            );
            let (role, said) = match &app.filter.problem {
                Some(problem) => {
                    let lead = width(&app.filter.input.value()[..problem.span.start]) as u16;
                    let wide = width(&app.filter.input.value()[problem.span.clone()]).max(1) as u16;
                    ink.paint(buffer, (area.x + 2 + lead, area.y), wide, Role::Bad);
                    (Role::Bad, format!("{} ", problem.message))
                }
                None => (
                    Role::Dim,
                    format!(
                        "{} of {}  enter keeps, esc clears ",
                        grouped(app.list.alerts() as u64),
                        grouped(app.table.rows().len() as u64)
                    ),
                ),
            };
            let room = area.width.saturating_sub(used + 3);
            ink.put_right(
                buffer,
                (area.x + used + 3, area.y),
                room,
                &said,
                ink.style(role),
            );
            return true;
        }
        if app.detail.searching {
            let text = format!(" fields holding {}", app.detail.search.value());
            ink.put(
                buffer,
                (area.x, area.y),
                area.width,
                &text,
                ink.style(Role::Text),
            );
            return true;
        }
        false
    }

    /// Returns key and word of what a footer offers.
    fn hints(&self) -> Vec<(String, String)> {
        let app = self.app;
        if !app.pending.is_empty()
            && let Lookup::Pending(next) = app.keymap.lookup(&app.contexts(), &app.pending)
        {
            let lead = sequence(&app.pending);
            return next
                .into_iter()
                .map(|(key, action)| {
                    let word = action.map_or("...", |action| action.entry().label);
                    (format!("{lead} {key}"), word.to_owned())
                })
                .collect();
        }
        let offered = match &app.overlay {
            Some(Overlay::Note(_)) => return Vec::new(),
            Some(Overlay::Palette { .. }) => &[A::Open, A::Back][..],
            Some(Overlay::Copy(_)) => footer(Context::CopyMenu),
            Some(Overlay::Status(_)) => footer(Context::StatusMenu),
            Some(Overlay::Theme { .. }) => &[A::MoveDown, A::MoveUp, A::Open, A::Back],
            Some(_) => &[A::MoveDown, A::PageDown, A::Bottom, A::Back],
            None => match (app.focus, &app.detail.place) {
                (Focus::Event, Place::Related) => &[A::Open, A::Back, A::NextUnhandled, A::Help],
                (Focus::Event, Place::History | Place::Answers(_)) => {
                    &[A::MoveDown, A::Back, A::NextUnhandled, A::Help]
                }
                _ => footer(app.pane_context()),
            },
        };
        offered
            .iter()
            .filter_map(|action: &Action| {
                Some((app.keymap.key(*action)?, action.entry().label.to_owned()))
            })
            .collect()
    }
}

impl Widget for &Bottom<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let app = self.app;
        let ink = app.ink();
        ink.paint(buffer, (area.x, area.y), area.width, Role::StatusBar);
        if self.input(area, buffer) {
            return;
        }
        let mut right: Vec<(Role, String)> = Vec::new();
        if !app.list.marks.is_empty() {
            right.push((
                Role::Marked,
                format!("{} marked ", grouped(app.list.marks.len() as u64)),
            ));
        }
        if !app.query.is_empty() {
            right.push((
                Role::Match,
                format!("/{} ", ink.clean(app.filter.input.value())),
            ));
        }
        if let Some((_, role, said)) = &app.answer {
            right.push((*role, format!("{} ", ink.clean(said))));
        }
        let mut end = area.right();
        for (role, text) in right.iter().rev() {
            let wide = (width(text) as u16).min(end.saturating_sub(area.x + 1));
            end -= wide;
            ink.put(buffer, (end, area.y), wide, text, ink.style(*role));
            end = end.saturating_sub(1);
        }
        let mut x = area.x + 1;
        for (key, word) in self.hints() {
            let wide = (width(&key) + width(&word) + 3) as u16;
            if x + wide > end {
                break;
            }
            x += ink.put(buffer, (x, area.y), wide, &key, ink.style(Role::Key)) + 1;
            x += ink.put(buffer, (x, area.y), wide, &word, ink.style(Role::StatusBar)) + 2;
        }
    }
}
