//! Fields that one data member gives alone.
//!
//! Takes a member's text; gives what a pipeline makes of it for one field, by the pipeline's own functions. The fast path
//! asks this where no other member has a part in the field ([`super::fillers`]).

use super::{command_line, convert, hashes, registry};
use crate::event::Value;

/// What a field has of a member's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `process.name`, of the path of its file.
    ProcessName,
    /// `file.name`, of a path.
    FileName,
    /// `file.directory`, of a path.
    Directory,
    /// `file.extension`, of a path.
    Extension,
    /// `process.args`, of a command line.
    Arguments,
    /// `process.args_count`, of a command line.
    ArgumentsCount,
    /// `registry.key`, of Sysmon's `TargetObject`.
    RegistryKey,
    /// `registry.value`, of Sysmon's `TargetObject`.
    RegistryValue,
    /// `registry.data.strings`, of Sysmon's `Details`.
    RegistryStrings,
    /// The hash of this name, of Sysmon's `Hashes`.
    Hash(&'static str),
}

impl Part {
    /// Returns the field's value; `None` when it has none.
    #[must_use]
    pub fn of(self, text: &str) -> Option<Value> {
        match self {
            Self::ProcessName => convert::program_name(text).map(Value::from),
            Self::FileName => convert::path_parts(text).map(|parts| parts.name.into()),
            Self::Directory => convert::path_parts(text).map(|parts| parts.directory.into()),
            Self::Extension => convert::path_parts(text)?.extension.map(Value::from),
            Self::Arguments => {
                let arguments = command_line::split(text);
                (!arguments.is_empty()).then(|| arguments.into())
            }
            Self::ArgumentsCount => Some(Value::Int(command_line::split(text).len() as i64)),
            Self::RegistryKey => registry::Target::of(text).key.map(Value::from),
            Self::RegistryValue => Some(registry::Target::of(text).value.into()),
            Self::RegistryStrings => Some(registry::strings(text)),
            Self::Hash(name) => {
                let mut hashes = hashes::parse(text).into_iter().rev();
                hashes.find_map(|(known, hash)| (known == name).then(|| hash.into()))
            }
        }
    }
}
