-- Schema 2 in PostgreSQL: the read model, docs/fleet.md. A projection of what the watches see; every row may be lost and comes back with the next
-- complete list. Instants are milliseconds since 1970. Lists of names stand as ',a,b,'.

CREATE TABLE fleet_sync (
  member  TEXT COLLATE "C" NOT NULL,
  kind    TEXT COLLATE "C" NOT NULL,
  claim   BIGINT NOT NULL,   -- the number of the writer's claim; a lower one writes nothing
  synced  BIGINT,            -- when the last complete list was read
  written BIGINT,            -- when anything was written last
  PRIMARY KEY (member, kind)
);

CREATE TABLE fleet_total (
  member TEXT COLLATE "C" NOT NULL,
  kind   TEXT COLLATE "C" NOT NULL,
  phase  TEXT COLLATE "C" NOT NULL,
  detail TEXT COLLATE "C" NOT NULL,    -- of backups the storage, of clusters the objectives that are missed
  items  BIGINT NOT NULL,
  bytes  BIGINT NOT NULL,
  PRIMARY KEY (member, kind, phase, detail)
);

CREATE TABLE fleet_cluster (
  member    TEXT COLLATE "C" NOT NULL,
  namespace TEXT COLLATE "C" NOT NULL,
  name      TEXT COLLATE "C" NOT NULL,
  uid       TEXT COLLATE "C" NOT NULL,
  created   BIGINT NOT NULL,
  phase     TEXT COLLATE "C" NOT NULL,
  reason    TEXT COLLATE "C" NOT NULL,
  storages  TEXT COLLATE "C" NOT NULL,
  schedules TEXT COLLATE "C" NOT NULL,
  policies  TEXT COLLATE "C" NOT NULL,
  last_backup TEXT COLLATE "C" NOT NULL,
  recovery_point   BIGINT NOT NULL,  -- 0 where there is none, so that it comes first
  proven           BIGINT,
  recovery_seconds DOUBLE PRECISION,
  next_due         BIGINT,
  missed           TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (member, namespace, name)
);
CREATE INDEX fleet_cluster_by_recovery_point ON fleet_cluster (recovery_point, member, namespace, name);
CREATE INDEX fleet_cluster_by_missed ON fleet_cluster (recovery_point, member, namespace, name) WHERE missed <> ',';

CREATE TABLE fleet_backup (
  id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- stays while the resource does: the end of the order
  member    TEXT COLLATE "C" NOT NULL,
  namespace TEXT COLLATE "C" NOT NULL,
  name      TEXT COLLATE "C" NOT NULL,
  uid       TEXT COLLATE "C" NOT NULL,
  created   BIGINT NOT NULL,
  phase     TEXT COLLATE "C" NOT NULL,
  reason    TEXT COLLATE "C" NOT NULL,
  cluster   TEXT COLLATE "C" NOT NULL,
  storage   TEXT COLLATE "C" NOT NULL,
  schedule  TEXT COLLATE "C" NOT NULL,
  started   BIGINT,
  completed BIGINT,
  size_bytes   BIGINT,
  stored_bytes BIGINT,
  verified  TEXT COLLATE "C" NOT NULL,
  unusual   TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX fleet_backup_by_name ON fleet_backup (member, namespace, name);
CREATE INDEX fleet_backup_by_age ON fleet_backup (created, id);
CREATE INDEX fleet_backup_by_phase ON fleet_backup (phase, created, id) WHERE phase <> 'Succeeded';
CREATE INDEX fleet_backup_by_unusual ON fleet_backup (created, id) WHERE unusual <> ',';
CREATE INDEX fleet_backup_by_storage ON fleet_backup (storage, created, id);
CREATE INDEX fleet_backup_by_cluster ON fleet_backup (cluster, created, id);
CREATE INDEX fleet_backup_by_namespace ON fleet_backup (namespace, created, id);
CREATE INDEX fleet_backup_by_member ON fleet_backup (member, created, id);

-- Restores and drills.
CREATE TABLE fleet_task (
  id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- as of a backup
  member    TEXT COLLATE "C" NOT NULL,
  kind      TEXT COLLATE "C" NOT NULL,
  namespace TEXT COLLATE "C" NOT NULL,
  name      TEXT COLLATE "C" NOT NULL,
  uid       TEXT COLLATE "C" NOT NULL,
  created   BIGINT NOT NULL,
  phase     TEXT COLLATE "C" NOT NULL,
  reason    TEXT COLLATE "C" NOT NULL,
  cluster   TEXT COLLATE "C" NOT NULL,
  backup    TEXT COLLATE "C" NOT NULL,
  started   BIGINT,
  completed BIGINT
);
CREATE UNIQUE INDEX fleet_task_by_name ON fleet_task (member, kind, namespace, name);
CREATE INDEX fleet_task_by_age ON fleet_task (kind, created, id);
CREATE INDEX fleet_task_by_cluster ON fleet_task (kind, cluster, created, id);

CREATE TABLE fleet_database (
  member    TEXT COLLATE "C" NOT NULL,
  namespace TEXT COLLATE "C" NOT NULL,
  name      TEXT COLLATE "C" NOT NULL,
  uid       TEXT COLLATE "C" NOT NULL,
  created   BIGINT NOT NULL,
  workload  TEXT COLLATE "C" NOT NULL,
  image     TEXT COLLATE "C" NOT NULL,
  replicas  BIGINT NOT NULL,
  PRIMARY KEY (member, namespace, name)
);
