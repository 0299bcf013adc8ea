//! Our types as SQLite values.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

use crate::alert::{AlertId, Disposition, Status, StepMark};
use crate::event::{EventId, Time};
use crate::rule::Severity;

/// Stores each variant under the number beside it; the numbers are in databases and never change.
macro_rules! numbered {
    ($type:ty: $($number:literal $variant:ident),+) => {
        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let number: i64 = match self { $(Self::$variant => $number),+ };
                Ok(number.into())
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_i64()? {
                    $($number => Ok(Self::$variant),)+
                    other => Err(FromSqlError::OutOfRange(other)),
                }
            }
        }
    };
}

numbered!(Status: 0 Open, 1 Acknowledged, 2 Closed);
numbered!(Disposition: 0 TruePositive, 1 BenignPositive, 2 FalsePositive, 3 Duplicate, 4 Other);
numbered!(StepMark: 0 Done, 1 NotApplicable);
numbered!(Severity: 0 Info, 1 Low, 2 Medium, 3 High, 4 Critical);

/// Stores a digest as its 16 bytes.
macro_rules! digest {
    ($type:ty) => {
        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.0.as_slice().into())
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <[u8; 16]>::column_result(value).map(Self)
            }
        }
    };
}

digest!(AlertId);
digest!(EventId);

impl ToSql for Time {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for Time {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}
