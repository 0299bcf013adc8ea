//! The four detections that watchglass carries, and the macros that their searches call.

use std::path::Path;

use super::read;
use crate::lang::spl::Macros;

macro_rules! carried {
    ($($path:literal),+ $(,)?) => { &[$(($path, include_str!(concat!("../../", $path)))),+] };
}

/// Path in the project and text of each detection.
pub const DETECTIONS: &[(&str, &str)] = carried![
    "rules/elastic/credential_access_generic_localdumps.toml",
    "rules/elastic/credential_access_posh_minidump.toml",
    "rules/splunk/dump_lsass_via_procdump.yml",
    "rules/splunk/creation_of_lsass_dump_with_taskmgr.yml",
];

/// Path and text of each macro.
pub const MACROS: &[(&str, &str)] = carried![
    "rules/splunk/macros/common.yml",
    "rules/splunk/macros/process_procdump.yml",
    "rules/splunk/macros/sysmon.yml",
    "rules/splunk/macros/security_content_summariesonly.yml",
    "rules/splunk/macros/security_content_ctime.yml",
    "rules/splunk/macros/drop_dm_object_name.yml",
    "rules/splunk/macros/dump_lsass_via_procdump_filter.yml",
    "rules/splunk/macros/creation_of_lsass_dump_with_taskmgr_filter.yml",
];

/// Returns the macros, under those that a user's rules bring.
#[must_use]
pub fn macros() -> Macros {
    let mut macros = Macros::default();
    for (path, text) in MACROS {
        for (name, definition) in read::parse(Path::new(path), text).macros() {
            macros.insert(name, definition);
        }
    }
    macros
}
