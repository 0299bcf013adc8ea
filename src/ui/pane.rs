//! The panes: what they say ([`event`], [`techniques`], [`guide`], [`related`]) and how the list and the lines of
//! chrome are drawn ([`alerts`], [`status`]). Nothing here changes anything.

pub mod alerts;
pub mod event;
pub mod guide;
pub mod history;
pub mod related;
pub mod status;
pub mod summary;
pub mod techniques;
pub mod time;
