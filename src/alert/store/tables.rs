//! The tables, and how an older database becomes a current one.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// Marks the file as ours (`PRAGMA application_id`): "WGls".
const APPLICATION: i64 = 0x5747_6c73;

/// Format that this version writes: the number of steps in [`MIGRATIONS`].
const FORMAT: i64 = MIGRATIONS.len() as i64;

/// Each brings the database from one format to the next; a released one is never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("tables/1.sql"),
    include_str!("tables/2.sql"),
    include_str!("tables/3.sql"),
    include_str!("tables/4.sql"),
];

/// Makes the tables, or brings them up to this version.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? == FORMAT {
        return belongs(connection);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read again under the lock: another process may have done it in between.
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > FORMAT {
        return Err(StoreError::newer(found, FORMAT));
    }
    if found == 0 {
        let objects: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
        if objects > 0 {
            return Err(StoreError::foreign());
        }
        transaction.pragma_update(None, "application_id", APPLICATION)?;
    }
    for step in MIGRATIONS.iter().skip(found.try_into().unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()?;
    belongs(connection)
}

/// Refuses a database that some other program made.
pub(super) fn belongs(connection: &Connection) -> Result<(), StoreError> {
    let application: i64 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION {
        return Err(StoreError::foreign());
    }
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    // An older one can still be read as it is: so far each step has only added tables.
    if !(1..=FORMAT).contains(&found) {
        return Err(StoreError::newer(found, FORMAT));
    }
    Ok(())
}
