//! Tests of the language as a whole.

mod errors;
mod trees;
