//! The lines of chrome: what is watched and how it stands above, keys and the answer below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

mod detector;

use super::techniques::{counted, grouped};
use super::time::moment;
use crate::text::width;
use crate::ui::action::{Action, Action as A, Context, footer};
use crate::ui::app::App;
use crate::ui::detail::Place;
use crate::ui::key::sequence;
use crate::ui::keymap::Lookup;
use crate::ui::layout::Focus;
use crate::ui::overlay::Overlay;
use crate::ui::rules::RulesTab;
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

/// A part of the line above. Where there is no room for all, those with the highest rank go first.
#[derive(Debug)]
struct Piece {
    rank: u8,
    role: Role,
    text: String,
}

impl Piece {
    fn new(rank: u8, text: impl Into<String>) -> Self {
        Self {
            rank,
            role: Role::StatusBar,
            text: text.into(),
        }
    }

    const fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }
}

/// Columns between two parts, and between the left and the right ones.
const GAP: usize = 2;

/// Columns of the line that shows how much of the backlog is read.
const BAR: usize = 16;

/// Leaves out the least important parts until the others fit into `columns`.
fn fit_pieces(left: &mut Vec<Piece>, right: &mut Vec<Piece>, columns: usize) {
    let wide = |pieces: &[Piece]| -> usize {
        let parts = pieces.iter().map(|piece| width(&piece.text) + GAP);
        parts.sum()
    };
    while wide(left) + wide(right) > columns {
        let ranks = left.iter().chain(right.iter()).map(|piece| piece.rank);
        let Some(worst) = ranks.max().filter(|rank| *rank > 0) else {
            return;
        };
        left.retain(|piece| piece.rank < worst);
        right.retain(|piece| piece.rank < worst);
    }
}

impl Widget for &Top<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let ink = self.app.ink();
        ink.paint(buffer, (area.x, area.y), area.width, Role::StatusBar);
        let style = ink.style(Role::StatusBar);
        let (mut left, mut right) = (self.left(area.width), self.right(area.width));
        fit_pieces(&mut left, &mut right, usize::from(area.width));
        let mut x = area.x + 1;
        for piece in left {
            let room = area.right().saturating_sub(x);
            x += GAP as u16 + ink.put(buffer, (x, area.y), room, &piece.text, style);
        }
        let mut end = area.right().saturating_sub(1);
        for piece in right.iter().rev() {
            let wide = width(&piece.text) as u16;
            let Some(at) = end.checked_sub(wide).filter(|at| *at >= x) else {
                break;
            };
            let look = if piece.role == Role::StatusBar {
                style
            } else {
                style.patch(ink.style(piece.role))
            };
            ink.put(buffer, (at, area.y), wide, &piece.text, look);
            end = at.saturating_sub(GAP as u16);
        }
    }
}

impl Top<'_> {
    /// Returns what stands at the left: the program, what it watches, how many alerts stand where.
    fn left(&self, columns: u16) -> Vec<Piece> {
        let ink = self.app.ink();
        let tally = self.app.table.tally();
        let watched = ink.clean(&self.app.progress.watched).into_owned();
        let mut pieces = vec![Piece::new(6, "watchglass")];
        if !watched.is_empty() {
            let third = usize::from(columns) / 3;
            pieces.push(Piece::new(9, fit_end(&watched, third, ink.ascii)));
        }
        pieces.extend([
            Piece::new(0, format!("{} open", grouped(tally.open as u64))),
            Piece::new(2, format!("{} mine", grouped(tally.mine as u64))),
            Piece::new(7, format!("{} closed", grouped(tally.closed as u64))),
        ]);
        pieces
    }

    /// Returns what stands at the right: how reading goes, what is wrong, the time.
    fn right(&self, columns: u16) -> Vec<Piece> {
        let progress = &self.app.progress;
        let mut parts = Vec::new();
        if let Some((done, all)) = progress.backlog {
            let percent = (done * 100).checked_div(all).unwrap_or(100).min(100);
            let left = progress
                .seconds_left
                .map_or_else(String::new, |left| format!(", {} left", span(left)));
            let said = format!("reading {} of {} {percent}%{left}", bytes(done), bytes(all));
            let bar = bar(done, all, self.app.ink().ascii);
            parts.push(Piece::new(6, bar).role(Role::New));
            parts.push(Piece::new(1, said).role(Role::New));
        }
        if progress.hosts > 0 {
            let hosts = counted(progress.hosts as usize, "host");
            parts.push(Piece::new(8, hosts));
        }
        if progress.events > 0 {
            let rate = grouped(progress.events_per_second.round() as u64);
            parts.push(Piece::new(8, format!("{rate} ev/s")));
        }
        if progress.unreadable > 0 {
            let said = format!("{} unreadable", grouped(progress.unreadable));
            parts.push(Piece::new(4, said).role(Role::Warning));
        }
        for (count, what) in [
            (progress.late, "late"),
            (progress.evicted, "given up"),
            (progress.cut, "left out"),
            (progress.searches, "regex stopped"),
        ] {
            if count > 0 {
                let said = format!("{} {what}", grouped(count));
                parts.push(Piece::new(6, said).role(Role::Warning));
            }
        }
        if self.app.waiting > 0 {
            let said = format!("{} not kept yet", grouped(self.app.waiting as u64));
            parts.push(Piece::new(0, said).role(Role::Bad));
        }
        if !progress.problems.is_empty() {
            let said = counted(progress.problems.len(), "problem");
            parts.push(Piece::new(1, said).role(Role::Bad));
        }
        parts.extend(detector::pieces(self.app, columns));
        let clock = moment(self.app.now, &self.app.zone).clock;
        parts.push(Piece::new(5, clock));
        parts
    }
}

/// Returns the end of a path, which tells more than its beginning, in at most `columns`.
fn fit_end(text: &str, columns: usize, ascii: bool) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mark = if ascii { "..." } else { "…" };
    let mut tail = String::new();
    for character in text.chars().rev() {
        if width(&tail) + width(mark) + 1 >= columns {
            break;
        }
        tail.insert(0, character);
    }
    format!("{mark}{tail}")
}

/// Returns a thin line of [`BAR`] columns, drawn as far as `done` is of `all`.
fn bar(done: u64, all: u64, ascii: bool) -> String {
    let halves = (done.min(all) * 2 * BAR as u64)
        .checked_div(all)
        .unwrap_or_default() as usize;
    let (full, half) = (halves / 2, halves % 2 == 1);
    let (line, end, rest) = if ascii {
        ("=", ">", "-")
    } else {
        ("━", "╸", "─")
    };
    let mut bar = line.repeat(full);
    if half {
        bar.push_str(end);
    }
    bar.push_str(&rest.repeat(BAR - full - usize::from(half)));
    bar
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
        } else if let Some(Overlay::Rules(view)) = &app.overlay
            && view.searching
        {
            (" /", &view.search)
        } else {
            return None;
        };
        let at = area.x + (lead.len() + input.visual_cursor()) as u16;
        Some((at.min(area.right().saturating_sub(1)), area.y))
    }

    /// Returns how many alerts came in above what the list shows, or that the cursor follows them.
    fn arrivals(&self) -> Option<(Role, String)> {
        let app = self.app;
        let said = match (app.list.follow, app.list.new_above()) {
            (true, _) => "following ".to_owned(),
            (false, 0) => return None,
            (false, new) => {
                let key = app.keymap.key(Action::Follow).unwrap_or_default();
                format!("{} new above, {key} follows ", grouped(new as u64))
            }
        };
        Some((Role::New, said))
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
        if let Some(Overlay::Rules(view)) = &app.overlay
            && view.searching
        {
            let text = format!(" /{}", view.search.value());
            let style = ink.style(Role::Text);
            let used = ink.put(buffer, (area.x, area.y), area.width, &text, style);
            let said = format!(
                "{} of {}  enter keeps, esc clears ",
                grouped(view.shown.len() as u64),
                grouped(view.set.rules.len() as u64)
            );
            let at = (area.x + used + 3, area.y);
            let room = area.width.saturating_sub(used + 3);
            ink.put_right(buffer, at, room, &said, ink.style(Role::Dim));
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
            Some(Overlay::Rules(view)) if view.tab == RulesTab::Coverage => &[
                A::NextTab,
                A::Open,
                A::CoverageHeat,
                A::ExportLayer,
                A::NextPane,
                A::Back,
                A::Help,
            ],
            Some(Overlay::Rules(_)) => footer(Context::Rules),
            Some(Overlay::Theme { .. }) => &[A::MoveDown, A::MoveUp, A::Open, A::Back],
            Some(_) => &[A::MoveDown, A::PageDown, A::Bottom, A::Back],
            None => match (app.focus, &app.detail.place) {
                (Focus::Event, Place::Related) => {
                    &[A::Open, A::Back, A::NextUnhandled, A::Help][..]
                }
                (Focus::Event, Place::Answers(_)) => {
                    &[A::Open, A::MoveDown, A::Back, A::NextUnhandled, A::Help]
                }
                (Focus::Event, Place::Found(..)) => &[
                    A::NextTab,
                    A::NextEvent,
                    A::PreviousEvent,
                    A::Explain,
                    A::Copy,
                    A::Back,
                    A::Help,
                ],
                (Focus::Event, Place::History) => {
                    &[A::MoveDown, A::Back, A::NextUnhandled, A::Help]
                }
                _ => footer(app.pane_context()),
            },
        };
        offered
            .iter()
            .filter_map(|action: &Action| {
                let word = match (action, &app.overlay) {
                    (A::Open, Some(Overlay::Copy(_))) => "copy",
                    (A::Open, Some(Overlay::Status(_))) => "set",
                    (A::Open, Some(Overlay::Theme { .. })) => "take",
                    (A::Open, Some(Overlay::Palette { .. })) => "run",
                    (A::NextTab, Some(Overlay::Rules(_))) => "next tactic",
                    (A::NextPane, Some(Overlay::Rules(_))) => "next tab",
                    (A::Open, Some(Overlay::Rules(view))) if view.tab != RulesTab::List => {
                        "its rules"
                    }
                    (A::Open, None) if app.on_step() => "search",
                    _ => action.entry().label,
                };
                Some((app.keymap.key(*action)?, word.to_owned()))
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
        right.extend(self.arrivals());
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
        let mut hints = self.hints();
        let wide = |(key, word): &(String, String)| (width(key) + width(word) + 3) as u16;
        // What leads to all the others is the last to go.
        let room = end.saturating_sub(x);
        while hints.iter().map(wide).sum::<u16>() > room && hints.len() > 1 {
            hints.remove(hints.len() - 2);
        }
        for (key, word) in hints {
            let wide = (width(&key) + width(&word) + 3) as u16;
            if x + wide > end {
                break;
            }
            x += ink.put(buffer, (x, area.y), wide, &key, ink.style(Role::Key)) + 1;
            x += ink.put(buffer, (x, area.y), wide, &word, ink.style(Role::StatusBar)) + 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_long_as_its_part_and_never_longer() {
        assert_eq!(bar(0, 100, true), "----------------");
        assert_eq!(bar(50, 100, true), "========--------");
        assert_eq!(bar(53, 100, true), "========--------");
        assert_eq!(bar(54, 100, true), "========>-------");
        assert_eq!(bar(100, 100, true), "================");
        assert_eq!(bar(300, 100, false), "━".repeat(BAR));
        assert_eq!(bar(0, 0, false), "─".repeat(BAR));
    }
}
