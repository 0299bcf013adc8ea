//! What a person sees and does.

pub mod clipboard;
pub mod input;
pub mod terminal;
pub mod theme;
