-- Alerts over several events that their rule's cap held back: what joins them later joins the same interval's overflow.
CREATE TABLE held_back (
    alert  BLOB PRIMARY KEY,
    bucket INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
