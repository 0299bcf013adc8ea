//! A store for one pass over finished files.
//!
//! Gives a [`Store`] that nothing keeps: a temporary file, so that memory does not grow with the number of alerts.

use std::path::PathBuf;

use rusqlite::Connection;

use super::{Store, StoreError, settle, tables};

impl Store {
    /// Detections that one pass hands to the store at once.
    pub const BATCH: usize = 2048;

    /// Opens a store that is gone when it is dropped: a temporary file, of which as much is in memory as of any other
    /// database. What a commit has written when it fails is not taken back.
    ///
    /// # Errors
    /// [`StoreError`]; any later call gives [`StoreError::Scratch`] where there is no room for temporary files.
    pub fn scratch() -> Result<Self, StoreError> {
        // SQLite's own way to ask for such a file: it makes one when its cache is full.
        let mut connection = Connection::open("")?;
        settle(&connection)?;
        connection.pragma_update(None, "journal_mode", "off")?;
        connection.pragma_update(None, "synchronous", "off")?;
        tables::migrate(&mut connection)?;
        Ok(Self::over(connection, PathBuf::new()))
    }
}

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
        assert!(matches!(error, StoreError::Scratch), "{error}");
        assert!(error.to_string().contains("TMPDIR"), "{error}");
    }
}
