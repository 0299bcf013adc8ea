//! Colours on terminals that have fewer.

use std::ffi::OsString;

use ratatui::style::Color;

/// How many colours the terminal takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// No colour at all: `NO_COLOR`, a dumb terminal, or the user's wish.
    None,
    Sixteen,
    /// The 256-colour palette.
    Palette,
    True,
}

impl Depth {
    /// Returns the depth that the environment promises; a terminal is never asked.
    ///
    /// `COLORTERM` does not cross SSH by default, so a far terminal counts as what `TERM` says.
    pub fn detect(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let text = |name: &str| {
            variable(name)
                .map(|value| value.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        if !text("NO_COLOR").is_empty() || text("TERM") == "dumb" {
            return Self::None;
        }
        if matches!(text("COLORTERM").as_str(), "truecolor" | "24bit") {
            return Self::True;
        }
        if text("TERM").contains("256color") {
            Self::Palette
        } else {
            Self::Sixteen
        }
    }

    /// Returns the nearest colour that this depth has; `None` when it has none.
    #[must_use]
    pub fn fit(self, colour: Color) -> Option<Color> {
        match (self, colour) {
            (Self::None, _) => None,
            (Self::Palette, Color::Rgb(red, green, blue)) => {
                Some(Color::Indexed(nearest_indexed([red, green, blue])))
            }
            (Self::Sixteen, Color::Rgb(red, green, blue)) => {
                Some(nearest_named([red, green, blue]))
            }
            (Self::Sixteen, Color::Indexed(index)) if index > 15 => {
                Some(nearest_named(indexed_rgb(index)))
            }
            (_, same) => Some(same),
        }
    }
}

/// Levels of the 6x6x6 cube of the 256-colour palette.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// xterm's default values of the sixteen, to measure distance by; the terminal's own may differ.
const NAMED: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

fn distance(left: [u8; 3], right: [u8; 3]) -> u32 {
    left.iter()
        .zip(right)
        .map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2))
        .sum()
}

fn nearest_named(rgb: [u8; 3]) -> Color {
    let nearest = NAMED.iter().min_by_key(|(_, named)| distance(rgb, *named));
    nearest.map_or(Color::Reset, |(colour, _)| *colour)
}

fn nearest_indexed(rgb: [u8; 3]) -> u8 {
    (16..=255)
        .min_by_key(|&index| distance(rgb, indexed_rgb(index)))
        .unwrap_or(15)
}

fn indexed_rgb(index: u8) -> [u8; 3] {
    match index {
        0..=15 => NAMED[usize::from(index)].1,
        16..=231 => {
            let cube = index - 16;
            [cube / 36, cube / 6 % 6, cube % 6].map(|level| LEVELS[usize::from(level)])
        }
        _ => [8 + (index - 232) * 10; 3],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_and_no_color_wins() {
        let depth = |pairs: &[(&str, &str)]| {
            Depth::detect(|name| {
                pairs
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| OsString::from(value))
            })
        };
        assert_eq!(
            depth(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]),
            Depth::None
        );
        assert_eq!(
            depth(&[("NO_COLOR", ""), ("COLORTERM", "truecolor")]),
            Depth::True
        );
        assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Palette);
        assert_eq!(depth(&[("TERM", "screen")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "dumb")]), Depth::None);
    }

    #[test]
    fn colours_shrink_to_their_neighbours() {
        assert_eq!(
            Depth::Sixteen.fit(Color::Rgb(250, 5, 5)),
            Some(Color::LightRed)
        );
        assert_eq!(
            Depth::Palette.fit(Color::Rgb(95, 135, 175)),
            Some(Color::Indexed(67))
        );
        assert_eq!(Depth::Sixteen.fit(Color::Indexed(16)), Some(Color::Black));
        assert_eq!(Depth::Sixteen.fit(Color::Cyan), Some(Color::Cyan));
        assert_eq!(Depth::None.fit(Color::Red), None);
    }
}
