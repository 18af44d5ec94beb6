-- Schema 2 in SQLite: the read model, docs/fleet.md. A projection of what the watches see; every row may be lost and comes back with the next
-- complete list. Instants are milliseconds since 1970. Lists of names stand as ',a,b,'.

CREATE TABLE IF NOT EXISTS fleet_sync (
  member  TEXT    NOT NULL,
  kind    TEXT    NOT NULL,
  claim   INTEGER NOT NULL,   -- the number of the writer's claim; a lower one writes nothing
  synced  INTEGER,            -- when the last complete list was read
  written INTEGER,            -- when anything was written last
  PRIMARY KEY (member, kind)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS fleet_total (
  member TEXT    NOT NULL,
  kind   TEXT    NOT NULL,
  phase  TEXT    NOT NULL,
  detail TEXT    NOT NULL,    -- of backups the storage, of clusters the objectives that are missed
  items  INTEGER NOT NULL,
  bytes  INTEGER NOT NULL,
  PRIMARY KEY (member, kind, phase, detail)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS fleet_cluster (
  member    TEXT    NOT NULL,
  namespace TEXT    NOT NULL,
  name      TEXT    NOT NULL,
  uid       TEXT    NOT NULL,
  created   INTEGER NOT NULL,
  phase     TEXT    NOT NULL,
  reason    TEXT    NOT NULL,
  storages  TEXT    NOT NULL,
  schedules TEXT    NOT NULL,
  policies  TEXT    NOT NULL,
  last_backup TEXT  NOT NULL,
  recovery_point   INTEGER NOT NULL,  -- 0 where there is none, so that it comes first
  proven           INTEGER,
  recovery_seconds REAL,
  next_due         INTEGER,
  missed           TEXT NOT NULL,
  PRIMARY KEY (member, namespace, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fleet_cluster_by_recovery_point ON fleet_cluster (recovery_point, member, namespace, name);
CREATE INDEX IF NOT EXISTS fleet_cluster_by_missed ON fleet_cluster (recovery_point, member, namespace, name) WHERE missed <> ',';

CREATE TABLE IF NOT EXISTS fleet_backup (
  id        INTEGER PRIMARY KEY,      -- stays while the resource does: the end of the order
  member    TEXT    NOT NULL,
  namespace TEXT    NOT NULL,
  name      TEXT    NOT NULL,
  uid       TEXT    NOT NULL,
  created   INTEGER NOT NULL,
  phase     TEXT    NOT NULL,
  reason    TEXT    NOT NULL,
  cluster   TEXT    NOT NULL,
  storage   TEXT    NOT NULL,
  schedule  TEXT    NOT NULL,
  started   INTEGER,
  completed INTEGER,
  size_bytes   INTEGER,
  stored_bytes INTEGER,
  verified  TEXT    NOT NULL,
  unusual   TEXT    NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS fleet_backup_by_name ON fleet_backup (member, namespace, name);
CREATE INDEX IF NOT EXISTS fleet_backup_by_age ON fleet_backup (created);
CREATE INDEX IF NOT EXISTS fleet_backup_by_phase ON fleet_backup (phase, created) WHERE phase <> 'Succeeded';
CREATE INDEX IF NOT EXISTS fleet_backup_by_unusual ON fleet_backup (created) WHERE unusual <> ',';
CREATE INDEX IF NOT EXISTS fleet_backup_by_storage ON fleet_backup (storage, created);
CREATE INDEX IF NOT EXISTS fleet_backup_by_cluster ON fleet_backup (cluster, created);
CREATE INDEX IF NOT EXISTS fleet_backup_by_namespace ON fleet_backup (namespace, created);
CREATE INDEX IF NOT EXISTS fleet_backup_by_member ON fleet_backup (member, created);

-- Restores and drills.
CREATE TABLE IF NOT EXISTS fleet_task (
  id        INTEGER PRIMARY KEY,      -- as of a backup
  member    TEXT    NOT NULL,
  kind      TEXT    NOT NULL,
  namespace TEXT    NOT NULL,
  name      TEXT    NOT NULL,
  uid       TEXT    NOT NULL,
  created   INTEGER NOT NULL,
  phase     TEXT    NOT NULL,
  reason    TEXT    NOT NULL,
  cluster   TEXT    NOT NULL,
  backup    TEXT    NOT NULL,
  started   INTEGER,
  completed INTEGER
);
CREATE UNIQUE INDEX IF NOT EXISTS fleet_task_by_name ON fleet_task (member, kind, namespace, name);
CREATE INDEX IF NOT EXISTS fleet_task_by_age ON fleet_task (kind, created);
CREATE INDEX IF NOT EXISTS fleet_task_by_cluster ON fleet_task (kind, cluster, created);

CREATE TABLE IF NOT EXISTS fleet_database (
  member    TEXT    NOT NULL,
  namespace TEXT    NOT NULL,
  name      TEXT    NOT NULL,
  uid       TEXT    NOT NULL,
  created   INTEGER NOT NULL,
  workload  TEXT    NOT NULL,
  image     TEXT    NOT NULL,
  replicas  INTEGER NOT NULL,
  PRIMARY KEY (member, namespace, name)
) WITHOUT ROWID;
