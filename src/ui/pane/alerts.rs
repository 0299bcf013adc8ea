//! The list of alerts, or what to know while it is empty.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::event::prose;
use super::techniques::{counted, grouped};
use super::time::{Moment, moment};
use crate::alert::Status;
use crate::event::Time;
use crate::rule::RuleState;
use crate::ui::action::Action;
use crate::ui::app::App;
use crate::ui::ink::severity;
use crate::ui::layout::Focus;
use crate::ui::list::arrange::{Column, Group};
use crate::ui::list::{Line, Row};
use crate::ui::sheet::{Sheet, SheetView};
use crate::ui::theme::Role;

/// The pane.
#[derive(Debug)]
pub struct AlertsPane<'a> {
    pub app: &'a App,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Severity,
    Risk,
    Time,
    Rule,
    Host,
    User,
    Count,
    State,
    Owner,
    Steps,
}

/// Columns and their widths; the rule takes what is left.
fn columns(width: u16, short: bool) -> Vec<(Cell, u16)> {
    let host = (width / 8).clamp(7, 18);
    if width >= 104 && !short {
        let host = (width / 9).clamp(11, 18);
        return vec![
            (Cell::Severity, 4),
            (Cell::Risk, 4),
            (Cell::Time, 16),
            (Cell::Rule, 0),
            (Cell::Host, host),
            (Cell::User, (width / 10).min(20)),
            (Cell::Count, 4),
            (Cell::State, 6),
            (Cell::Owner, 8),
            (Cell::Steps, 5),
        ];
    }
    let mut cells = vec![
        (Cell::Severity, 4),
        (Cell::Time, if width >= 76 { 11 } else { 5 }),
        (Cell::Rule, 0),
        (Cell::Host, host),
        (Cell::Count, 3),
        (Cell::State, 2),
    ];
    if width >= 88 {
        cells.push((Cell::Owner, 7));
    }
    cells.push((Cell::Steps, 5));
    cells
}

const fn heading(cell: Cell, wide: u16) -> &'static str {
    match cell {
        Cell::Severity => "SEV",
        Cell::Risk => "RISK",
        Cell::Time => "TIME",
        Cell::Rule => "RULE",
        Cell::Host => "HOST",
        Cell::User => "USER",
        Cell::Count => "N",
        Cell::State if wide < 5 => "ST",
        Cell::State => "STATE",
        Cell::Owner => "OWNER",
        Cell::Steps => "STEPS",
    }
}

/// Returns the column whose heading says that the list is sorted by it.
const fn sorts(column: Column) -> Cell {
    match column {
        Column::Time => Cell::Time,
        Column::Risk => Cell::Risk,
        Column::Severity => Cell::Severity,
        Column::Rule => Cell::Rule,
        Column::Host => Cell::Host,
        Column::Count => Cell::Count,
        Column::Status => Cell::State,
    }
}

const fn right_aligned(cell: Cell) -> bool {
    matches!(cell, Cell::Risk | Cell::Count | Cell::Steps)
}

impl Widget for &AlertsPane<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let ink = self.app.ink();
        let cells = laid(area.width);
        self.header(&cells, area, buffer);
        if self.app.list.is_empty() {
            let inside = Rect {
                y: area.y + 1,
                height: area.height.saturating_sub(1),
                ..area
            };
            return self.nothing(inside, buffer);
        }
        let today = moment(self.app.now, &self.app.zone).date;
        let mut date = today.clone();
        let first = self.app.list.offset();
        let range = self.range();
        for (line, y) in (first..).zip(area.y + 1..area.bottom()) {
            match self.app.list.line(line) {
                Some(Line::Alert(slot)) => {
                    let Some(row) = self.app.table.rows().get(slot) else {
                        continue;
                    };
                    let at = moment(Time(row.time), &self.app.zone);
                    let day = Day::of(&at, &date, &today);
                    date.clone_from(&at.date);
                    self.row(row, &at, day, &cells, (area, y), buffer);
                    let marked = self.app.list.marks.contains(&row.id)
                        || range.is_some_and(|(from, to)| (from..=to).contains(&line));
                    if marked {
                        ink.paint(buffer, (area.x + 1, y), area.width - 1, Role::Marked);
                        self.marked((area, y), buffer);
                    }
                }
                Some(Line::Group(number)) => {
                    if let Some(group) = self.app.list.groups().get(number) {
                        self.group(group, (area, y), buffer);
                        if self.all_marked(group) {
                            self.marked((area, y), buffer);
                        }
                    }
                }
                None => break,
            }
            if line == self.app.list.cursor() {
                self.cursor((area, y), buffer);
            }
        }
    }
}

/// Gives each column its place: (cell, x from the left, width).
fn laid(width: u16) -> Vec<(Cell, u16, u16)> {
    let cells = columns(width, false);
    let fixed: u16 = cells.iter().map(|(_, wide)| wide + 1).sum();
    let rule = width.saturating_sub(fixed + 1).max(8);
    let mut x = 1;
    cells
        .into_iter()
        .map(|(cell, wide)| {
            let wide = if cell == Cell::Rule { rule } else { wide };
            let at = x;
            x += wide + 1;
            (cell, at, wide)
        })
        .collect()
}

impl AlertsPane<'_> {
    /// Returns the lines of a range of marks that is being drawn up.
    fn range(&self) -> Option<(usize, usize)> {
        let from = self.app.list.range_from?;
        let rows = self.app.table.rows();
        let slots = self.app.list.slots();
        let from = slots
            .iter()
            .position(|slot| rows.get(*slot).is_some_and(|row| row.id == from))?;
        let to = self.app.list.cursor();
        Some((from.min(to), from.max(to)))
    }

    fn header(&self, cells: &[(Cell, u16, u16)], area: Rect, buffer: &mut Buffer) {
        let ink = self.app.ink();
        let focused = self.app.focus == Focus::Alerts && self.app.overlay.is_none();
        let role = if focused {
            Role::TitleFocused
        } else {
            Role::Title
        };
        ink.paint(buffer, (area.x, area.y), area.width, role);
        for (cell, x, wide) in cells {
            let at = (area.x + x, area.y);
            let name = heading(*cell, *wide);
            if sorts(self.app.order.column) == *cell {
                let mark = if self.app.order.reverse {
                    ink.symbol("▴", "^")
                } else {
                    ink.symbol("▾", "v")
                };
                // The mark may stand in the gap between two columns.
                let text = format!("{name}{mark}");
                let room = (*wide + 1).min(area.width.saturating_sub(*x));
                let style = ink.style(role);
                if right_aligned(*cell) {
                    ink.put_right(buffer, (at.0 - 1, at.1), room, &text, style);
                } else {
                    ink.put(buffer, at, room, &text, style);
                }
                continue;
            }
            let text = name;
            let room = (*wide).min(area.width.saturating_sub(*x));
            if right_aligned(*cell) {
                ink.put_right(buffer, at, room, text, ink.style(role));
            } else {
                ink.put(buffer, at, room, text, ink.style(role));
            }
        }
    }

    /// Puts the sign of a marked line beside its severity: colour alone does not tell.
    fn marked(&self, (area, y): (Rect, u16), buffer: &mut Buffer) {
        let ink = self.app.ink();
        ink.put(buffer, (area.x + 5, y), 1, "*", ink.style(Role::Marked));
    }

    fn all_marked(&self, group: &Group) -> bool {
        let marks = &self.app.list.marks;
        marks.len() >= group.len
            && self
                .app
                .list
                .group_alerts(group, self.app.table.rows())
                .all(|id| marks.contains(&id))
    }

    fn cursor(&self, (area, y): (Rect, u16), buffer: &mut Buffer) {
        let ink = self.app.ink();
        let focused = self.app.focus == Focus::Alerts && self.app.overlay.is_none();
        let role = if focused {
            Role::Selected
        } else {
            Role::SelectedUnfocused
        };
        ink.put(
            buffer,
            (area.x, y),
            1,
            ink.symbol("▌", ">"),
            ink.style(Role::Key),
        );
        ink.paint(buffer, (area.x + 1, y), area.width - 1, role);
    }

    fn row(
        &self,
        row: &Row,
        at: &Moment,
        day: Day,
        cells: &[(Cell, u16, u16)],
        (area, y): (Rect, u16),
        buffer: &mut Buffer,
    ) {
        let ink = self.app.ink();
        let names = &self.app.table.rows().names;
        let closed = row.status == Status::Closed;
        let plain = if closed { Role::Dim } else { Role::Text };
        for (cell, x, wide) in cells {
            let (text, role) = match cell {
                Cell::Severity => {
                    let (word, role) = severity(row.severity);
                    (word.to_owned(), if closed { Role::Dim } else { role })
                }
                Cell::Risk => (row.risk.to_string(), plain),
                Cell::Time => (time(at, day, *wide), plain),
                Cell::Rule => {
                    let over = if row.overflow {
                        "held back by the cap: "
                    } else {
                        ""
                    };
                    (format!("{over}{}", names.rule_name(row.rule)), plain)
                }
                Cell::Host => (shortened(names.text(row.host), *wide, short_host), plain),
                Cell::User => (shortened(names.text(row.user), *wide, short_user), plain),
                Cell::Count => (short_count(row.count, *wide), plain),
                Cell::State => (state(row.status, *wide).to_owned(), plain),
                Cell::Owner => (names.text(row.owner).to_owned(), plain),
                Cell::Steps => {
                    let all = self
                        .app
                        .step_totals
                        .get(row.rule as usize)
                        .copied()
                        .unwrap_or(0);
                    let done = row.steps_done;
                    (
                        if all == 0 && done == 0 {
                            String::new()
                        } else {
                            format!("{done}/{all}")
                        },
                        plain,
                    )
                }
            };
            let room = (*wide).min(area.width.saturating_sub(*x));
            if right_aligned(*cell) {
                ink.put_right(buffer, (area.x + x, y), room, &text, ink.style(role));
            } else {
                ink.put(buffer, (area.x + x, y), room, &text, ink.style(role));
            }
        }
    }

    fn group(&self, group: &Group, (area, y): (Rect, u16), buffer: &mut Buffer) {
        let ink = self.app.ink();
        let folded = self.app.list.is_folded(group);
        let arrow = if folded {
            ink.symbol("▸", "+")
        } else {
            ink.symbol("▾", "-")
        };
        let (word, role) = severity(group.worst);
        ink.put(buffer, (area.x + 1, y), 4, word, ink.style(role));
        let used = 7;
        let name = if group.name.is_empty() {
            "(none)"
        } else {
            &group.name
        };
        let said = format!(
            "{}, {} open",
            counted(group.len, "alert"),
            grouped(group.open as u64)
        );
        let room = area.width.saturating_sub(used + said.len() as u16 + 2);
        let text = format!("{arrow} {}", ink.clean(name));
        ink.put(
            buffer,
            (area.x + used, y),
            room,
            &text,
            ink.style(Role::Title),
        );
        ink.put_right(
            buffer,
            (area.x, y),
            area.width - 1,
            &said,
            ink.style(Role::Dim),
        );
    }

    /// Says why the list is empty and what to do.
    fn nothing(&self, area: Rect, buffer: &mut Buffer) {
        let app = self.app;
        let columns = usize::from(area.width);
        let key = |action| app.keymap.key(action).unwrap_or_default();
        let mut lines = Vec::new();
        let mut say = |role, text: String| lines.extend(prose(&text, role, columns));
        if !app.table.rows().is_empty() {
            say(Role::Text, "No alert passes the filter.".into());
            say(
                Role::Dim,
                format!(
                    "{} shows all {} again.",
                    key(Action::ClearFilter),
                    counted(app.table.rows().len(), "alert")
                ),
            );
        } else if app.loaded {
            let snapshot = &app.progress;
            let ink = app.ink();
            say(
                Role::Text,
                format!("No alert yet. Watching {}.", ink.clean(&snapshot.watched)),
            );
            if !snapshot.formats.is_empty() {
                say(
                    Role::Dim,
                    format!(
                        "Recognised: {}. {} read.",
                        snapshot.formats.join(", "),
                        counted(snapshot.events as usize, "event")
                    ),
                );
            }
            say(Role::Text, rules_said(app, &key(Action::Rules)));
            say(
                Role::Dim,
                format!(
                    "{} shows the keys, {} finds any action. To see it at work on made-up logs: watchglass demo",
                    key(Action::Help),
                    key(Action::Palette)
                ),
            );
        } else {
            say(Role::Dim, "Reading the alerts ...".into());
        }
        let mut sheet = Sheet::default();
        sheet.resize(usize::from(area.height));
        sheet.set(lines);
        let view = SheetView {
            sheet: &sheet,
            ink: app.ink(),
            focused: false,
        };
        view.render(area, buffer);
    }
}

/// Says how many rules run, or that they are still being loaded; `key` opens their view.
fn rules_said(app: &App, key: &str) -> String {
    if app.rules.is_pending() {
        let paths = app.rules.origins.rules.iter();
        let paths: Vec<_> = paths.map(|path| path.display().to_string()).collect();
        return format!(
            "Loading the rules of {} ...",
            app.ink().clean(&paths.join(", "))
        );
    }
    let states = |is: fn(&RuleState) -> bool| {
        let rules = app.rules.rules.iter();
        rules.filter(|rule| is(&rule.state)).count()
    };
    let runs = states(|state| *state == RuleState::Runs);
    let never = states(|state| matches!(state, RuleState::NeverFires(_)));
    let not = states(|state| matches!(state, RuleState::NotRunnable(_)));
    format!(
        "{} run, {} can never fire here, {} cannot run; {key} shows which.",
        counted(runs, "rule"),
        grouped(never as u64),
        grouped(not as u64),
    )
}

/// How a moment's day stands to the line above and to today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    /// As the line above.
    Same,
    Today,
    ThisYear,
    OtherYear,
}

impl Day {
    fn of(at: &Moment, above: &str, today: &str) -> Self {
        let year = |date: &str| date.get(..4).map(str::to_owned);
        if at.date == today {
            Self::Today
        } else if year(&at.date) != year(today) {
            Self::OtherYear
        } else if at.date == above {
            Self::Same
        } else {
            Self::ThisYear
        }
    }
}

/// Returns the time as its column has room for it. In the wide column a date stands only where it changes; a year that
/// is not this one always stands, so that nobody takes an old alert for a new one.
fn time(at: &Moment, day: Day, wide: u16) -> String {
    let date = at.date.get(5..).unwrap_or_default();
    let minutes = at.clock.get(..5).unwrap_or_default();
    let year = at.date.get(..4).unwrap_or_default();
    match (wide, day) {
        (16.., Day::OtherYear) => format!("{} {minutes}", at.date),
        (16.., Day::ThisYear) => format!("  {date} {}", at.clock),
        (16.., _) => format!("{:>16}", at.clock),
        (11.., Day::OtherYear) => format!("{:>11}", at.date),
        (11.., Day::Today) => format!("{:>11}", at.clock),
        (11.., _) => format!("{date} {minutes}"),
        (_, Day::OtherYear) => format!("{year:>5}"),
        (_, Day::Today) => minutes.to_owned(),
        _ => date.to_owned(),
    }
}

/// Returns `name`, or the part of it that tells most where it does not fit.
fn shortened(name: &str, wide: u16, shorten: impl Fn(&str) -> &str) -> String {
    if crate::text::width(name) <= usize::from(wide) {
        name.to_owned()
    } else {
        shorten(name).to_owned()
    }
}

/// Returns a host's own name: the first label of a domain name, an address whole.
#[must_use]
pub fn short_host(name: &str) -> &str {
    if name.parse::<std::net::IpAddr>().is_ok() {
        return name;
    }
    let own = name.split_once('.').map_or(name, |(own, _)| own);
    // A name that begins with a dot has no first label.
    if own.is_empty() { name } else { own }
}

/// Returns a user's name without its domain.
fn short_user(name: &str) -> &str {
    name.rsplit_once('\\').map_or(name, |(_, own)| own)
}

const fn state(status: Status, wide: u16) -> &'static str {
    match (status, wide) {
        (Status::Open, 5..) => "open",
        (Status::Acknowledged, 5..) => "acked",
        (Status::Closed, 5..) => "closed",
        (Status::Open, _) => "o",
        (Status::Acknowledged, _) => "a",
        (Status::Closed, _) => "c",
    }
}

/// Returns the count, shortened to thousands or millions where the column is too narrow for it.
fn short_count(count: u32, wide: u16) -> String {
    let whole = count.to_string();
    if whole.len() <= usize::from(wide) {
        return whole;
    }
    if count < 1_000_000 {
        format!("{}k", count / 1000)
    } else {
        format!("{}M", count / 1_000_000)
    }
}
