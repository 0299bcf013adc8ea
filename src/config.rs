//! Settings from TOML over presets; every error with its line and caret.
