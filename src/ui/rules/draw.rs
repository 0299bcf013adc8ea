//! The rules view, drawn; changes nothing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::list::short;
use super::matrix::TACTIC;
use super::{RulesTab, RulesView, Standing, reason};
use crate::rule::Rule;
use crate::rule::coverage::Cell;
use crate::text::width;
use crate::ui::ink::{Ink, severity};
use crate::ui::pane::techniques::{counted, grouped};
use crate::ui::sheet::{Sheet, SheetView};
use crate::ui::theme::Role;

/// Lines of the coverage that are not cells: tactics, their counts, and two about the cell under the cursor.
pub const MATRIX_CHROME: usize = 4;

/// Columns below which counts beside other things are left out.
const NARROW: u16 = 76;

/// Draws `view`, its title first.
pub fn draw(view: &RulesView, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    title(view, ink, area, buffer);
    let inside = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    if inside.is_empty() {
        return;
    }
    let sheet = |sheet: &Sheet, buffer: &mut Buffer| {
        use ratatui::widgets::Widget as _;
        let view = SheetView {
            sheet,
            ink,
            focused: true,
        };
        view.render(inside, buffer);
    };
    match view.tab {
        _ if view.opened.is_some() => sheet(&view.page, buffer),
        RulesTab::List => list(view, ink, inside, buffer),
        RulesTab::Problems => sheet(&view.problems, buffer),
        RulesTab::Totals => sheet(&view.totals, buffer),
        RulesTab::Coverage => matrix(view, ink, inside, buffer),
    }
}

fn title(view: &RulesView, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    ink.paint(buffer, (area.x, area.y), area.width, Role::TitleFocused);
    let style = ink.style(Role::TitleFocused);
    let right = match (view.chosen(), view.opened) {
        (Some(_), Some(_)) => "esc goes back ".to_owned(),
        // The tabs come first; the counts stand in the totals too.
        _ if area.width < NARROW => String::new(),
        _ if view.tab == RulesTab::Coverage => {
            let (with, all) = view.matrix.coverage.covered();
            format!("by {}, {with} of {all} ", view.matrix.heat.word())
        }
        _ => totals(view),
    };
    let room = area.width.saturating_sub(width(&right) as u16 + 1);
    let mut x = area.x;
    let mut put = |text: &str, buffer: &mut Buffer| {
        let left = room.saturating_sub(x - area.x);
        x += ink.put(buffer, (x, area.y), left, text, style);
    };
    if let Some(rule) = view.opened.and_then(|at| view.set.rules.get(at)) {
        put(&format!(" RULE  {}", rule.name), buffer);
    } else {
        put(" RULES ", buffer);
        for tab in RulesTab::ALL {
            let count = match tab {
                RulesTab::List => format!(" {}", grouped(view.set.rules.len() as u64)),
                RulesTab::Problems => format!(" {}", view.set.problems().count()),
                RulesTab::Totals | RulesTab::Coverage => String::new(),
            };
            let name = if tab == view.tab {
                format!(" [{}{count}]", tab.word())
            } else {
                format!("  {}{count} ", tab.word())
            };
            put(&name, buffer);
        }
    }
    ink.put_right(buffer, (area.x, area.y), area.width, &right, style);
}

fn totals(view: &RulesView) -> String {
    let all = view.set.rules.len();
    if !view.search.value().is_empty() {
        let shown = grouped(view.shown.len() as u64);
        return format!("{shown} of {} ", grouped(all as u64));
    }
    let running = view.set.rules.iter().filter(|rule| reason(rule).is_empty());
    let running = running.count();
    format!(
        "{} run, {} do not ",
        grouped(running as u64),
        grouped((all - running) as u64)
    )
}

/// A cell of the list: its heading and columns.
const COLUMNS: [(&str, u16); 4] = [("SEV", 5), ("STATE", 13), ("LANG", 7), ("ALERTS", 7)];

fn list(view: &RulesView, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let mut x = area.x + 1;
    for (name, wide) in COLUMNS {
        ink.put(buffer, (x, area.y), wide, name, ink.style(Role::Title));
        x += wide;
    }
    ink.put(buffer, (x + 1, area.y), 4, "RULE", ink.style(Role::Title));
    let rows = area.height.saturating_sub(2);
    let lines = view.shown.iter().enumerate().skip(view.roll.offset());
    for ((at, rule), row) in lines.zip(0..rows) {
        if let Some(rule) = view.set.rules.get(*rule) {
            let place = Rect {
                y: area.y + 1 + row,
                height: 1,
                ..area
            };
            line(view, rule, at == view.roll.at(), ink, place, buffer);
        }
    }
    if view.shown.is_empty() {
        let said = if view.set.is_pending() {
            "The rules are being loaded ..."
        } else if view.set.rules.is_empty() {
            "No rule is loaded; problems says why."
        } else {
            "No rule passes the search; esc shows all again."
        };
        let at = (area.x + 1, area.y + 1);
        ink.put(buffer, at, area.width - 1, said, ink.style(Role::Warning));
    }
    if let Some(rule) = view.current() {
        let said = match reason(rule) {
            "" => rule.path.display().to_string(),
            reason => reason.to_owned(),
        };
        let at = (area.x + 1, area.bottom() - 1);
        ink.put(buffer, at, area.width - 1, &said, ink.style(Role::Dim));
    }
}

fn line(view: &RulesView, rule: &Rule, here: bool, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let standing = Standing::of(rule, &view.set);
    let (word, severity_role) = severity(rule.severity);
    let state = match standing {
        Standing::Runs => Role::Good,
        Standing::LastGood | Standing::NeverFires => Role::Warning,
        Standing::NotRunnable => Role::Bad,
    };
    let alerts = view.alerts.get(&rule.id).copied().unwrap_or(0);
    let count = if alerts == 0 {
        String::new()
    } else {
        grouped(alerts)
    };
    let mut x = area.x + 1;
    let cells = [
        (severity_role, word.to_owned()),
        (state, standing.words().to_owned()),
        (Role::Dim, short(rule.language).to_owned()),
    ];
    for ((role, text), (_, wide)) in cells.iter().zip(COLUMNS) {
        ink.put(buffer, (x, area.y), wide - 1, text, ink.style(*role));
        x += wide;
    }
    let wide = COLUMNS[3].1 - 1;
    ink.put_right(buffer, (x, area.y), wide, &count, ink.style(Role::Text));
    x += COLUMNS[3].1 + 1;
    // Where there is room, why it does not run stands beside its name.
    let room = area.right().saturating_sub(x);
    let name = if room > 90 { 60 } else { room };
    ink.put(buffer, (x, area.y), name, &rule.name, ink.style(Role::Text));
    if room > name {
        let at = (x + name + 1, area.y);
        ink.put(
            buffer,
            at,
            room - name - 1,
            reason(rule),
            ink.style(Role::Dim),
        );
    }
    if here {
        let bar = ink.symbol("▌", ">");
        ink.put(buffer, (area.x, area.y), 1, bar, ink.style(Role::Key));
        ink.paint(buffer, (area.x + 1, area.y), area.width - 1, Role::Selected);
    }
}

fn matrix(view: &RulesView, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let matrix = &view.matrix;
    let most = matrix.most();
    let rows = area.height.saturating_sub(MATRIX_CHROME as u16);
    for ((column, here), at) in matrix.shown().zip(0u16..) {
        let x = area.x + 1 + at * TACTIC as u16;
        let room = (area.right().saturating_sub(x)).min(TACTIC as u16 - 1);
        let role = if here {
            Role::TitleFocused
        } else {
            Role::Title
        };
        ink.put(buffer, (x, area.y), room, &column.name, ink.style(role));
        let with = column.cells.iter().filter(|cell| cell.running > 0).count();
        let said = format!("{with}/{}", column.cells.len());
        ink.put(buffer, (x, area.y + 1), room, &said, ink.style(Role::Dim));
        for ((cell, cursor), row) in matrix.cells(column, here).zip(0..rows) {
            let place = Rect::new(x, area.y + 2 + row, room, 1);
            technique(
                cell,
                matrix.heat.of(cell),
                (most, cursor),
                ink,
                place,
                buffer,
            );
        }
    }
    if let Some(cell) = matrix.current() {
        about(cell, ink, area, buffer);
    }
    let (left, right) = matrix.beyond();
    if left + right > 0 && area.width >= NARROW {
        let said = format!("  {left} tactics left, {right} right ");
        let at = (area.x, area.bottom().saturating_sub(2));
        ink.put_right(buffer, at, area.width, &said, ink.style(Role::New));
    }
}

fn technique(
    cell: &Cell,
    number: u64,
    (most, cursor): (u64, bool),
    ink: Ink<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let (bar, role) = heat(number, most, ink);
    let role = match (cell.rules, cell.running) {
        (0, _) => Role::Dim,
        // Rules name it, but none of them can fire.
        (_, 0) => Role::Warning,
        _ => role,
    };
    let count = if cell.rules == 0 {
        String::new()
    } else {
        grouped(number)
    };
    let style = ink.style(role);
    ink.put(buffer, (area.x, area.y), 1, bar, style);
    let room = area.width.saturating_sub(width(&count) as u16 + 3);
    ink.put(buffer, (area.x + 2, area.y), room, &cell.name, style);
    ink.put_right(buffer, (area.x, area.y), area.width, &count, style);
    if cursor {
        ink.paint(buffer, (area.x, area.y), area.width, Role::Selected);
    }
}

/// Returns how hot a number is: a bar, so that it can be told without colour, and a role.
fn heat(number: u64, most: u64, ink: Ink<'_>) -> (&'static str, Role) {
    if number == 0 {
        return (" ", Role::Dim);
    }
    match (number * 4).div_ceil(most.max(1)) {
        0 | 1 => (ink.symbol("▂", "."), Role::Info),
        2 => (ink.symbol("▄", ":"), Role::Low),
        3 => (ink.symbol("▆", "+"), Role::Medium),
        _ => (ink.symbol("█", "#"), Role::High),
    }
}

/// Says what stands for the cell under the cursor, and for its sub-techniques.
fn about(cell: &Cell, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let first = format!(
        "{} {}: {}, {} run, {}",
        cell.id,
        cell.name,
        counted(cell.rules, "rule"),
        grouped(cell.running as u64),
        counted(usize::try_from(cell.alerts).unwrap_or(usize::MAX), "alert"),
    );
    let subs = cell.below.iter().map(|sub| {
        let number = sub.id.split_once('.').map_or("", |(_, number)| number);
        format!(".{number} {} {}", sub.name, grouped(sub.rules as u64))
    });
    let second = subs.collect::<Vec<_>>().join("  ");
    let y = area.bottom().saturating_sub(2);
    let wide = area.width.saturating_sub(1);
    ink.put(buffer, (area.x + 1, y), wide, &first, ink.style(Role::Text));
    ink.put(
        buffer,
        (area.x + 1, y + 1),
        wide,
        &second,
        ink.style(Role::Dim),
    );
}
