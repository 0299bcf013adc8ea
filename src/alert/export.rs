//! Alerts leave the program: JSON lines, CSV, a table, Markdown.
//!
//! Takes [`Alert`](super::Alert)s; writes text that carries no control, bidi or zero-width character raw.
