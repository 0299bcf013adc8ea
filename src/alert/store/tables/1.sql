-- What alerts of one version of a rule share.
CREATE TABLE rule (
    num            INTEGER PRIMARY KEY,
    id             TEXT NOT NULL,
    name           TEXT NOT NULL,
    language       TEXT NOT NULL,
    severity       INTEGER NOT NULL,
    risk_score     INTEGER NOT NULL,
    techniques     TEXT NOT NULL,
    building_block INTEGER NOT NULL,
    UNIQUE (id, name, language, severity, risk_score, techniques, building_block)
) STRICT;

-- What a list shows. Narrow: a million of them are read at start.
CREATE TABLE alert (
    num         INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    revision    INTEGER NOT NULL,
    rule        INTEGER NOT NULL REFERENCES rule (num),
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    host        TEXT NOT NULL,
    user        TEXT NOT NULL,
    count       INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    disposition INTEGER,
    owner       TEXT,
    steps_done  INTEGER NOT NULL,
    overflow    INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_by_revision ON alert (revision);

-- The rest of an alert, read when it is opened.
CREATE TABLE detail (
    alert   INTEGER PRIMARY KEY REFERENCES alert (num),
    message TEXT NOT NULL,
    -- JSON: see commit/state.rs
    lead    TEXT NOT NULL,
    cells   TEXT NOT NULL
) STRICT;

-- Events that contributed to an alert. `raw` is null when only the reference is kept.
CREATE TABLE event (
    num       INTEGER PRIMARY KEY,
    id        BLOB NOT NULL UNIQUE,
    time      INTEGER NOT NULL,
    computer  TEXT NOT NULL,
    channel   TEXT NOT NULL,
    code      INTEGER NOT NULL,
    record_id INTEGER,
    path      BLOB NOT NULL,
    offset    INTEGER NOT NULL,
    length    INTEGER NOT NULL,
    content   INTEGER NOT NULL,
    format    TEXT NOT NULL,
    packed    INTEGER NOT NULL,
    raw       BLOB
) STRICT;

CREATE TABLE contribution (
    alert INTEGER NOT NULL REFERENCES alert (num),
    time  INTEGER NOT NULL,
    event INTEGER NOT NULL REFERENCES event (num),
    PRIMARY KEY (alert, time, event)
) STRICT, WITHOUT ROWID;

-- How many alerts a capped rule has made in an interval (bucket: event time divided by the interval).
CREATE TABLE cap (
    rule   TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    made   INTEGER NOT NULL,
    PRIMARY KEY (rule, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE step (
    alert INTEGER NOT NULL REFERENCES alert (num),
    step  TEXT NOT NULL,
    mark  INTEGER NOT NULL,
    PRIMARY KEY (alert, step)
) STRICT, WITHOUT ROWID;

-- An empty text is a removed note: its number stays taken, for undo.
CREATE TABLE note (
    id      INTEGER PRIMARY KEY,
    alert   INTEGER NOT NULL REFERENCES alert (num),
    step    TEXT,
    text    TEXT NOT NULL,
    author  TEXT NOT NULL,
    written INTEGER NOT NULL
) STRICT;
CREATE INDEX note_by_alert ON note (alert);

-- A group of edits made at once. `state`: 0 stands, 1 undone, 2 undone for good, 3 stands for good.
CREATE TABLE change (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    time    INTEGER NOT NULL,
    who     TEXT NOT NULL,
    session TEXT NOT NULL,
    kind    TEXT NOT NULL,
    target  INTEGER REFERENCES change (id),
    edit    TEXT NOT NULL,
    state   INTEGER NOT NULL
) STRICT;
CREATE INDEX change_by_state ON change (who, state, id) WHERE kind = 'edit';

-- One edit of one alert, as made (`edit`) and as it was (`before`). Append-only.
CREATE TABLE history (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    change INTEGER NOT NULL REFERENCES change (id),
    alert  INTEGER NOT NULL REFERENCES alert (num),
    facet  TEXT NOT NULL,
    edit   TEXT NOT NULL,
    before TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_alert ON history (alert, facet, seq);
CREATE INDEX history_by_change ON history (change);

CREATE TRIGGER history_keeps BEFORE DELETE ON history
BEGIN SELECT raise(ABORT, 'the history is append-only'); END;
CREATE TRIGGER history_stands BEFORE UPDATE ON history
BEGIN SELECT raise(ABORT, 'the history is append-only'); END;
-- INSERT OR REPLACE deletes without a delete trigger.
CREATE TRIGGER history_grows BEFORE INSERT ON history
WHEN EXISTS (SELECT 1 FROM history WHERE seq = new.seq)
BEGIN SELECT raise(ABORT, 'the history is append-only'); END;
CREATE TRIGGER change_keeps BEFORE DELETE ON change
BEGIN SELECT raise(ABORT, 'the history is append-only'); END;
CREATE TRIGGER change_stands BEFORE UPDATE OF id, time, who, session, kind, target, edit ON change
BEGIN SELECT raise(ABORT, 'the history is append-only'); END;
CREATE TRIGGER change_grows BEFORE INSERT ON change
WHEN EXISTS (SELECT 1 FROM change WHERE id = new.id)
BEGIN SELECT raise(ABORT, 'the history is append-only'); END;

CREATE TABLE position (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE unreadable (
    num     INTEGER PRIMARY KEY,
    id      BLOB NOT NULL UNIQUE,
    path    BLOB NOT NULL,
    offset  INTEGER NOT NULL,
    length  INTEGER NOT NULL,
    content INTEGER NOT NULL,
    reason  TEXT NOT NULL,
    head    BLOB NOT NULL
) STRICT;

-- Unreadable records in all, those no longer kept included.
CREATE TABLE tally (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE view (
    who   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
