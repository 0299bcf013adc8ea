//! Colours by role: the drawing code asks for a [`Role`], a theme says how it looks.
//!
//! Takes theme files (TOML: `inherits`, `[palette]`, `[roles]`) and the terminal's colour depth; gives styles. State is
//! never colour alone: severity is a word, selection also reverses, and the mono theme sets no colour at all.

mod colour;
mod file;

use ratatui::style::{Color, Style};

pub use colour::Depth;
pub use file::ThemeError;

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a piece of the screen is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $($(#[$doc])* $variant,)* }

        impl Role {
            /// Every role, in the order of the theme files.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the role's name in a theme file.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

roles! {
    /// Ordinary text.
    Text = "text",
    /// Less important text.
    Dim = "dim",
    /// The title of a pane.
    Title = "title",
    /// The title of the pane that has the keys.
    TitleFocused = "title_focused",
    /// The row under the cursor, in the focused pane.
    Selected = "selected",
    /// The row under the cursor, elsewhere.
    SelectedUnfocused = "selected_unfocused",
    /// A marked row.
    Marked = "marked",
    /// Severity critical.
    Critical = "critical",
    /// Severity high.
    High = "high",
    /// Severity medium.
    Medium = "medium",
    /// Severity low.
    Low = "low",
    /// Severity informational.
    Info = "info",
    /// Something is well, done.
    Good = "good",
    /// Something failed.
    Bad = "bad",
    /// Something wants attention.
    Warning = "warning",
    /// Text that matches the filter.
    Match = "match",
    /// A key in a hint.
    Key = "key",
    /// A link.
    Link = "link",
    /// Separators.
    Border = "border",
    /// A value that was copied.
    Copied = "copied",
    /// Arrived since the analyst looked.
    New = "new",
    /// A field that made the rule fire.
    Fired = "fired",
    /// The lines above and below.
    StatusBar = "status_bar",
}

/// The themes that come with the program: name and file.
pub const BUILTIN: &[(&str, &str)] = &[
    ("default", include_str!("../../themes/default.toml")),
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
    (
        "high-contrast",
        include_str!("../../themes/high-contrast.toml"),
    ),
    (
        "colour-blind",
        include_str!("../../themes/colour-blind.toml"),
    ),
];

/// A theme, ready to draw with.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    pub name: String,
    styles: Vec<Style>,
}

impl Theme {
    /// Returns the theme called `name` out of `user` (name, text) and the built-in ones, for a terminal of `depth`.
    ///
    /// # Errors
    /// No such theme, a file that cannot be read, or a circle of `inherits`; each says where.
    pub fn load(name: &str, user: &[(String, String)], depth: Depth) -> Result<Self, ThemeError> {
        let mut styles = file::resolve(name, user)?;
        for style in &mut styles {
            style.fg = style.fg.and_then(|colour| depth.fit(colour));
            style.bg = style.bg.and_then(|colour| depth.fit(colour));
        }
        Ok(Self {
            name: name.to_owned(),
            styles,
        })
    }

    /// Returns the mono theme, which needs nothing: the last resort.
    #[must_use]
    pub fn mono() -> Self {
        Self::load("mono", &[], Depth::None).unwrap_or_else(|_| Self {
            name: "mono".into(),
            styles: vec![Style::new(); Role::ALL.len()],
        })
    }

    /// Returns how `role` looks.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// Returns whether any role has a colour.
    #[must_use]
    pub fn is_coloured(&self) -> bool {
        let coloured = |colour: Option<Color>| colour.is_some_and(|colour| colour != Color::Reset);
        self.styles
            .iter()
            .any(|style| coloured(style.fg) || coloured(style.bg))
    }
}

/// Returns the names of all themes, the user's first.
#[must_use]
pub fn names(user: &[(String, String)]) -> Vec<String> {
    let mut names: Vec<String> = user.iter().map(|(name, _)| name.clone()).collect();
    let builtin = BUILTIN.iter().map(|(name, _)| (*name).to_owned());
    names.extend(builtin.filter(|name| !user.iter().any(|(own, _)| own == name)));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Modifier;

    #[test]
    fn every_built_in_theme_loads_at_every_depth() {
        for (name, _) in BUILTIN {
            for depth in [Depth::None, Depth::Sixteen, Depth::Palette, Depth::True] {
                Theme::load(name, &[], depth).unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
    }

    #[test]
    fn mono_sets_no_colour_and_still_shows_the_cursor() {
        let mono = Theme::mono();
        assert!(!mono.is_coloured());
        assert!(
            mono.style(Role::Selected)
                .add_modifier
                .contains(Modifier::REVERSED)
        );
        assert_ne!(mono.style(Role::Critical), mono.style(Role::Low));
    }

    #[test]
    fn severities_differ_in_every_theme() {
        for (name, _) in BUILTIN {
            let theme = Theme::load(name, &[], Depth::True).unwrap();
            let severities = [Role::Critical, Role::High, Role::Medium];
            for pair in severities.windows(2) {
                assert_ne!(
                    theme.style(pair[0]),
                    theme.style(pair[1]),
                    "{name} {pair:?}"
                );
            }
        }
    }

    #[test]
    fn the_default_theme_keeps_the_terminals_own_background() {
        let theme = Theme::load("default", &[], Depth::Sixteen).unwrap();
        assert_eq!(theme.style(Role::Text), Style::new());
    }

    #[test]
    fn a_user_theme_inherits_and_overrides_by_palette() {
        let user = vec![(
            "mine".to_owned(),
            "inherits = \"default\"\n[palette]\nblood = \"#aa0000\"\n[roles]\ncritical = { fg = \"blood\", bold = true }\n"
                .to_owned(),
        )];
        let theme = Theme::load("mine", &user, Depth::True).unwrap();
        assert_eq!(theme.style(Role::Critical).fg, Some(Color::Rgb(0xaa, 0, 0)));
        let default = Theme::load("default", &[], Depth::True).unwrap();
        assert_eq!(theme.style(Role::High), default.style(Role::High));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let theme = |text: &str| vec![("mine".to_owned(), text.to_owned())];
        for (text, expected) in [
            (
                "[roles]\ncritcal = { fg = \"red\" }\n",
                "did you mean `critical`",
            ),
            ("[roles]\nhigh = { fg = \"no-such\" }\n", "no-such"),
            ("inherits = \"mine\"\n", "inherits itself"),
            ("inherits = \"nothing\"\n", "nothing"),
            ("[roles\n", "line 1"),
            (
                "inherits = \"drak\"\n",
                "line 1, column 12: there is no theme `drak` to inherit; did you mean `dark`?",
            ),
            (
                "[palette]\nsky = \"#12345\"\n",
                "line 2, column 7: `#12345` is no colour",
            ),
            (
                "[palette]\nsky = \"#123456\"\n[roles]\nhigh = { fg = \"skye\" }\n",
                "line 4, column 8: `skye` is neither a colour nor in the palette; did you mean `sky`?",
            ),
        ] {
            let error = Theme::load("mine", &theme(text), Depth::True)
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
        let error = Theme::load("drak", &[], Depth::True)
            .unwrap_err()
            .to_string();
        assert!(error.contains("did you mean `dark`"), "{error}");
    }
}
