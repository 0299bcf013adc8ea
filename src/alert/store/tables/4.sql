-- Up to which event time the rules that run have handled all their hits, and what came of it is here.
CREATE TABLE settled (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    time INTEGER NOT NULL
) STRICT;
