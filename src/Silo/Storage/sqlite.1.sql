-- Schema 1 in SQLite: grain state, reminders, and the table that the providers read their queries from. Every table is made only where it is
-- missing: files of before the schema had a number have them all.

CREATE TABLE IF NOT EXISTS grain_state (
  service  TEXT    NOT NULL,
  kind     TEXT    NOT NULL,  -- the state's name and the grain's: unique by a rule of ours
  n0       INTEGER NOT NULL,
  n1       INTEGER NOT NULL,
  ext      TEXT    NOT NULL,  -- the grain's key
  payload  BLOB,
  modified INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  PRIMARY KEY (kind, ext, n1, n0, service)
);

CREATE TABLE IF NOT EXISTS reminder (
  service TEXT    NOT NULL,
  grain   TEXT    NOT NULL,
  name    TEXT    NOT NULL,
  start   TEXT    NOT NULL,
  period  INTEGER NOT NULL,
  hash    INTEGER NOT NULL,
  version INTEGER NOT NULL,   -- begins anywhere, so that a handle of a deleted reminder never fits its successor
  PRIMARY KEY (grain, name, service)
);
CREATE INDEX IF NOT EXISTS reminder_by_hash ON reminder (hash);

CREATE TABLE IF NOT EXISTS OrleansQuery (QueryKey TEXT PRIMARY KEY, QueryText TEXT NOT NULL);
