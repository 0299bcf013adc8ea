//! Where everything stands, by the size of the terminal.

use ratatui::layout::Rect;

/// The least size that can be worked in.
pub const LEAST: (u16, u16) = (40, 10);

/// How much there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// List left, event in the middle, techniques and guide right.
    Four,
    /// List above, event, techniques and guide below.
    Three,
    /// List above, one detail with tabs below.
    Two,
    /// One pane at a time.
    One,
}

/// Which pane is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Focus {
    #[default]
    Alerts,
    Event,
    Techniques,
    Guide,
}

impl Focus {
    /// In the order of the keys.
    pub const ALL: [Self; 4] = [Self::Alerts, Self::Event, Self::Techniques, Self::Guide];
}

/// The screen, cut up. A pane that has no room is an empty rectangle; a pane's first line is its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Areas {
    pub top: Rect,
    pub histogram: Rect,
    pub alerts: Rect,
    pub event: Rect,
    pub techniques: Rect,
    pub guide: Rect,
    /// The line of tabs, where one detail stands for all.
    pub tabs: Rect,
    pub bottom: Rect,
}

/// Returns the sentence for a terminal that is too small or too large to draw in.
#[must_use]
pub fn refusal(columns: u16, rows: u16) -> Option<String> {
    if columns < LEAST.0 || rows < LEAST.1 {
        return Some(format!("needs {}x{}, is {columns}x{rows}", LEAST.0, LEAST.1));
    }
    // ratatui counts cells in 16 bits.
    if u32::from(columns) * u32::from(rows) > u32::from(u16::MAX) {
        return Some(format!("{columns}x{rows} is too large; make the window smaller"));
    }
    None
}

/// Returns how much a terminal of this size has room for.
#[must_use]
pub const fn tier(columns: u16, rows: u16) -> Tier {
    match (columns, rows) {
        (160.., 30..) => Tier::Four,
        (120.., 30..) => Tier::Three,
        (80.., 16..) => Tier::Two,
        _ => Tier::One,
    }
}

/// Cuts the screen up. `detail` is the pane that stands for all details where there is room for one;
/// `zoomed` gives everything between the two lines of chrome to the focused pane.
#[must_use]
pub fn areas(columns: u16, rows: u16, focus: Focus, detail: Focus, zoomed: bool) -> Areas {
    let mut areas = Areas {
        top: Rect::new(0, 0, columns, 1),
        bottom: Rect::new(0, rows.saturating_sub(1), columns, 1),
        ..Areas::default()
    };
    let body = Rect::new(0, 1, columns, rows.saturating_sub(2));
    if zoomed {
        *areas.of_mut(focus) = body;
        return areas;
    }
    match tier(columns, rows) {
        Tier::Four => four(&mut areas, body, rows),
        Tier::Three => three(&mut areas, body),
        Tier::Two => {
            let list = (body.height * 2 / 5).max(5);
            let (above, below) = cut_rows(body, list);
            areas.alerts = above;
            areas.tabs = Rect { height: 1, ..below };
            let shown = if focus == Focus::Alerts { detail } else { focus };
            *areas.of_mut(shown) = Rect {
                y: below.y + 1,
                height: below.height - 1,
                ..below
            };
        }
        Tier::One => {
            areas.tabs = Rect { height: 1, ..body };
            *areas.of_mut(focus) = Rect {
                y: body.y + 1,
                height: body.height.saturating_sub(1),
                ..body
            };
        }
    }
    areas
}

fn four(areas: &mut Areas, body: Rect, rows: u16) {
    let mut body = body;
    if rows >= 40 {
        areas.histogram = Rect { height: 1, ..body };
        body.y += 1;
        body.height -= 1;
    }
    let (list, rest) = cut_columns(body, body.width * 9 / 20);
    let (event, right) = cut_columns(rest, rest.width * 11 / 20);
    let (techniques, guide) = cut_rows(right, (right.height / 3).max(8));
    areas.alerts = list;
    areas.event = event;
    areas.techniques = techniques;
    areas.guide = guide;
}

fn three(areas: &mut Areas, body: Rect) {
    let (list, below) = cut_rows(body, body.height * 2 / 5);
    let (event, rest) = cut_columns(below, below.width * 5 / 12);
    let (techniques, guide) = cut_columns(rest, rest.width * 9 / 20);
    areas.alerts = list;
    areas.event = event;
    areas.techniques = techniques;
    areas.guide = guide;
}

const fn cut_rows(area: Rect, first: u16) -> (Rect, Rect) {
    let above = Rect { height: first, ..area };
    let below = Rect {
        y: area.y + first,
        height: area.height - first,
        ..area
    };
    (above, below)
}

/// Cuts into left and right with a column for the separator between.
const fn cut_columns(area: Rect, first: u16) -> (Rect, Rect) {
    let left = Rect { width: first, ..area };
    let right = Rect {
        x: area.x + first + 1,
        width: area.width - first - 1,
        ..area
    };
    (left, right)
}

impl Areas {
    /// Returns the pane's area; empty when it has no room.
    #[must_use]
    pub const fn of(&self, focus: Focus) -> Rect {
        match focus {
            Focus::Alerts => self.alerts,
            Focus::Event => self.event,
            Focus::Techniques => self.techniques,
            Focus::Guide => self.guide,
        }
    }

    const fn of_mut(&mut self, focus: Focus) -> &mut Rect {
        match focus {
            Focus::Alerts => &mut self.alerts,
            Focus::Event => &mut self.event,
            Focus::Techniques => &mut self.techniques,
            Focus::Guide => &mut self.guide,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_that_cannot_be_drawn_say_so() {
        assert_eq!(refusal(34, 8).as_deref(), Some("needs 40x10, is 34x8"));
        assert_eq!(refusal(0, 0).as_deref(), Some("needs 40x10, is 0x0"));
        assert!(refusal(1000, 100).is_some());
        assert_eq!(refusal(80, 24), None);
    }

    proptest! {
        #[test]
        fn panes_stay_inside_and_apart(
            columns in 40u16..400, rows in 10u16..150, focus in 0usize..4, zoomed: bool
        ) {
            let focus = Focus::ALL[focus];
            let areas = areas(columns, rows, focus, Focus::Guide, zoomed);
            let screen = Rect::new(0, 0, columns, rows);
            let all = [areas.top, areas.histogram, areas.alerts, areas.event, areas.techniques,
                areas.guide, areas.tabs, areas.bottom];
            for (at, one) in all.iter().enumerate() {
                prop_assert_eq!(one.intersection(screen), *one);
                for other in &all[at + 1..] {
                    prop_assert!(one.is_empty() || other.is_empty() || !one.intersects(*other));
                }
            }
            prop_assert!(!areas.of(focus).is_empty());
        }
    }
}
