//! watchglass, in the order of an event.
//!
//! Data runs down this list once; a module uses only modules above it (`tests/layering.rs` holds that).
//!
//! | module | takes | gives |
//! |---|---|---|
//! | [`text`] | any text out of a log | the same text with control, bidi and zero-width characters made visible |
//! | [`source`] | a directory, a file, an archive | bytes and where they lie |
//! | [`decode`] | bytes | records: exact raw bytes and their structure |
//! | [`event`] | a record | an [`event::Event`]: time, identity, hub fields (ECS and verbatim Windows names) |
//! | [`schema`] | a vendor's field name | where that value lies in an event |
//! | [`lang`] | query text | one predicate IR and stateful operators, or diagnostics |
//! | [`rule`] | vendor rule files | [`rule::Rule`]: query, severity, ATT&CK, guide, schedule |
//! | [`engine`] | events and rules | detections |
//! | [`alert`] | detections | alerts with triage state, kept in SQLite |
//! | [`search`] | a query over the kept events | events: the pivots of a guide |
//! | [`pipeline`] | all of the above | threads, bounded channels, counters |
//! | [`config`] | TOML | settings, or an error with its line and caret |
//! | [`ui`] | alerts, events, rules | what a person sees and does |
//! | [`cli`] | arguments | one file a command |

pub mod text;

pub mod source;

pub mod decode;

pub mod event;

pub mod schema;

pub mod lang;

pub mod rule;

pub mod engine;

pub mod alert;

pub mod search;

pub mod pipeline;

pub mod config;

pub mod ui;

pub mod cli;

#[cfg(test)]
mod testdata;
