-- Memory of rules over several events, by version of their query. `seen`: when one last ran (nanoseconds since 1970).
CREATE TABLE state (
    num  INTEGER PRIMARY KEY,
    id   BLOB NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    seen INTEGER NOT NULL
) STRICT;

-- Events that such rules may still need, whole: after a restart they are handed to the rules again.
CREATE TABLE held (
    num     INTEGER PRIMARY KEY,
    id      BLOB NOT NULL UNIQUE,
    path    BLOB NOT NULL,
    offset  INTEGER NOT NULL,
    length  INTEGER NOT NULL,
    content INTEGER NOT NULL,
    format  TEXT NOT NULL,
    packed  INTEGER NOT NULL,
    raw     BLOB NOT NULL
) STRICT;

CREATE TABLE journal (
    state INTEGER NOT NULL REFERENCES state (num),
    time  INTEGER NOT NULL,
    held  INTEGER NOT NULL REFERENCES held (num),
    PRIMARY KEY (state, time, held)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_by_held ON journal (held);

-- Histories too long for events: when each key was first and last seen.
CREATE TABLE memory (
    state INTEGER NOT NULL REFERENCES state (num),
    key   BLOB NOT NULL,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    PRIMARY KEY (state, key)
) STRICT, WITHOUT ROWID;
