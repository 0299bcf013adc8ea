//! A store for one pass over finished files.
//!
//! Gives a [`Store`] that nothing keeps: a temporary file, so that memory does not grow with the number of alerts.

use std::path::PathBuf;

use rusqlite::Connection;

use super::{Store, StoreError, settle, tables};

impl Store {
    /// Opens a store that is gone when it is dropped: a temporary file, of which as much is in memory as of any other
    /// database, or all of it where there is no directory for temporary files. What a commit has written when it fails is
    /// not taken back.
    ///
    /// # Errors
    /// [`StoreError::Scratch`], from later calls too: there is no room for temporary files.
    pub fn scratch() -> Result<Self, StoreError> {
        // SQLite's own way to ask for such a file: it makes one when its cache is full.
        let file = || -> Result<_, StoreError> {
            let connection = Connection::open("")?;
            connection.execute_batch(PROBE)?;
            Ok(connection)
        };
        let connection = match file() {
            Ok(connection) => connection,
            Err(_) => Connection::open_in_memory()?,
        };
        Self::over_scratch(connection).map_err(StoreError::of_scratch)
    }

    fn over_scratch(mut connection: Connection) -> Result<Self, StoreError> {
        settle(&connection)?;
        connection.pragma_update(None, "journal_mode", "off")?;
        connection.pragma_update(None, "synchronous", "off")?;
        tables::migrate(&mut connection)?;
        let mut store = Self::over(connection, PathBuf::new());
        store.scratch = true;
        Ok(store)
    }
}

/// Makes SQLite write into its temporary file, if it can have one.
const PROBE: &str = "PRAGMA cache_size = 1; CREATE TABLE probe (bytes BLOB);
    INSERT INTO probe VALUES (zeroblob(65536)); DROP TABLE probe";

#[cfg(test)]
mod tests {
    use super::super::tests::batch;
    use super::*;

    #[test]
    fn what_is_committed_is_there_and_without_room_it_says_where_to_make_some() {
        let mut store = Store::scratch().unwrap();
        store.commit(&batch(0..10, false)).unwrap();
        assert_eq!(store.rows_since(0).unwrap().len(), 10);
        let connection = &store.connection;
        let pages: i64 = connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        connection
            .pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))
            .unwrap();
        let error = store.commit(&batch(10..400, false)).unwrap_err();
        assert!(matches!(error, StoreError::Scratch { .. }), "{error}");
        assert!(error.to_string().contains("TMPDIR"), "{error}");
    }
}
