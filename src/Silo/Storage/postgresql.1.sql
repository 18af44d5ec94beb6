-- Schema 1 in PostgreSQL: grain state, reminders, the silos themselves, and the table that the providers read their queries from.

CREATE TABLE grain_state (
  service  text        NOT NULL,
  kind     text        NOT NULL,  -- the state's name and the grain's: unique by a rule of ours
  n0       bigint      NOT NULL,
  n1       bigint      NOT NULL,
  ext      text        NOT NULL,  -- the grain's key
  payload  bytea,
  modified timestamptz NOT NULL DEFAULT now(),
  version  int         NOT NULL,
  PRIMARY KEY (kind, ext, n1, n0, service)
) WITH (fillfactor = 80);         -- rows are updated far more often than made: the new version fits beside the old one

CREATE TABLE reminder (
  service text        NOT NULL,
  grain   text        NOT NULL,
  name    text        NOT NULL,
  start   timestamptz NOT NULL,
  period  bigint      NOT NULL,
  hash    int         NOT NULL,
  version int         NOT NULL,   -- begins anywhere, so that a handle of a deleted reminder never fits its successor
  PRIMARY KEY (grain, name, service)
) WITH (fillfactor = 80);
CREATE INDEX reminder_by_hash ON reminder (hash);

-- One row a plane: whoever changes anything about the silos raises its version, and of two who do so at once one is refused.
CREATE TABLE silo_version (
  plane   text PRIMARY KEY,
  version int  NOT NULL
);

CREATE TABLE silo (
  plane      text        NOT NULL,
  address    text        NOT NULL,
  port       int         NOT NULL,
  generation int         NOT NULL,
  name       text        NOT NULL,
  host       text        NOT NULL,
  status     int         NOT NULL,
  proxy_port int,
  suspects   text,
  started    timestamptz NOT NULL,
  alive      timestamptz NOT NULL,
  PRIMARY KEY (plane, address, port, generation)
) WITH (fillfactor = 50);

CREATE TABLE orleansquery (querykey text PRIMARY KEY, querytext text NOT NULL);
