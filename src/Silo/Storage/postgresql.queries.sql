-- What the stock ADO.NET providers of Orleans ask of PostgreSQL. Replaced at every start. Each query is one statement. Names of parameters and
-- of result columns are the providers'. Of two writers that meet at a row, the second looks again at what the first left (READ COMMITTED).

DELETE FROM orleansquery;
INSERT INTO orleansquery (querykey, querytext) VALUES
('ReadFromStorageKey',
 'SELECT payload AS PayloadBinary, version AS Version FROM grain_state
  WHERE service = @ServiceId AND kind = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
    AND ext = COALESCE(@GrainIdExtensionString, '''')'),
-- No row comes back when the version is not the expected one: the provider makes an InconsistentStateException of it.
('WriteToStorageKey',
 'INSERT INTO grain_state AS g (service, kind, n0, n1, ext, payload, version)
  SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, COALESCE(@GrainIdExtensionString, ''''), @PayloadBinary, 1
  WHERE @GrainStateVersion IS NULL OR EXISTS (
    SELECT 1 FROM grain_state
    WHERE service = @ServiceId AND kind = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
      AND ext = COALESCE(@GrainIdExtensionString, ''''))
  ON CONFLICT (kind, ext, n1, n0, service) DO UPDATE
    SET payload = excluded.payload, modified = now(), version = g.version + 1
    WHERE g.version = @GrainStateVersion
  RETURNING version AS NewGrainStateVersion'),
('ClearStorageKey',
 'UPDATE grain_state SET payload = NULL, modified = now(), version = version + 1
  WHERE service = @ServiceId AND kind = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
    AND ext = COALESCE(@GrainIdExtensionString, '''') AND version = @GrainStateVersion
  RETURNING version AS NewGrainStateVersion'),
('DeleteStorageKey',
 'DELETE FROM grain_state
  WHERE service = @ServiceId AND kind = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
    AND ext = COALESCE(@GrainIdExtensionString, '''') AND version = @GrainStateVersion
  RETURNING version + 1 AS NewGrainStateVersion'),
('ReadReminderRowsKey',
 'SELECT grain AS GrainId, name AS ReminderName, start AS StartTime, period AS Period, version AS Version FROM reminder
  WHERE service = @ServiceId AND grain = @GrainId'),
('ReadReminderRowKey',
 'SELECT grain AS GrainId, name AS ReminderName, start AS StartTime, period AS Period, version AS Version FROM reminder
  WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName'),
('ReadRangeRows1Key',
 'SELECT grain AS GrainId, name AS ReminderName, start AS StartTime, period AS Period, version AS Version FROM reminder
  WHERE service = @ServiceId AND hash > @BeginHash AND hash <= @EndHash'),
('ReadRangeRows2Key',
 'SELECT grain AS GrainId, name AS ReminderName, start AS StartTime, period AS Period, version AS Version FROM reminder
  WHERE service = @ServiceId AND (hash > @BeginHash OR hash <= @EndHash)'),
('UpsertReminderRowKey',
 'INSERT INTO reminder AS r (service, grain, name, start, period, hash, version)
  VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, floor(random() * 1000000000)::int)
  ON CONFLICT (grain, name, service) DO UPDATE
    SET start = excluded.start, period = excluded.period, hash = excluded.hash, version = r.version + 1
  RETURNING version AS Version'),
('DeleteReminderRowKey',
 'WITH gone AS (
    DELETE FROM reminder WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName AND version = @Version RETURNING 1)
  SELECT count(*)::int AS Result FROM gone'),
('DeleteReminderRowsKey',
 'DELETE FROM reminder WHERE service = @ServiceId'),
('InsertMembershipVersionKey',
 'WITH made AS (
    INSERT INTO silo_version (plane, version) VALUES (@DeploymentId, 0) ON CONFLICT DO NOTHING RETURNING 1)
  SELECT count(*)::int AS Result FROM made'),
('InsertMembershipKey',
 'WITH raised AS (
    UPDATE silo_version SET version = version + 1
    WHERE plane = @DeploymentId AND version = @Version AND NOT EXISTS (
      SELECT 1 FROM silo WHERE plane = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING plane),
  made AS (
    INSERT INTO silo (plane, address, port, generation, name, host, status, proxy_port, started, alive)
    SELECT plane, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM raised
    RETURNING 1)
  SELECT count(*)::int AS Result FROM made'),
('UpdateMembershipKey',
 'WITH raised AS (
    UPDATE silo_version SET version = version + 1
    WHERE plane = @DeploymentId AND version = @Version AND EXISTS (
      SELECT 1 FROM silo WHERE plane = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING plane),
  changed AS (
    UPDATE silo SET status = @Status, suspects = @SuspectTimes, alive = @IAmAliveTime FROM raised
    WHERE silo.plane = raised.plane AND address = @Address AND port = @Port AND generation = @Generation
    RETURNING 1)
  SELECT count(*)::int AS Result FROM changed'),
('UpdateIAmAlivetimeKey',
 'UPDATE silo SET alive = @IAmAliveTime
  WHERE plane = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation'),
('MembershipReadRowKey',
 'SELECT v.plane AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName, s.host AS HostName,
    s.status AS Status, s.proxy_port AS ProxyPort, s.suspects AS SuspectTimes, s.started AS StartTime, s.alive AS IAmAliveTime, v.version AS Version
  FROM silo_version v
  LEFT JOIN silo s ON s.plane = v.plane AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
  WHERE v.plane = @DeploymentId'),
('MembershipReadAllKey',
 'SELECT v.plane AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName, s.host AS HostName,
    s.status AS Status, s.proxy_port AS ProxyPort, s.suspects AS SuspectTimes, s.started AS StartTime, s.alive AS IAmAliveTime, v.version AS Version
  FROM silo_version v
  LEFT JOIN silo s ON s.plane = v.plane
  WHERE v.plane = @DeploymentId'),
('DeleteMembershipTableEntriesKey',
 'WITH gone AS (DELETE FROM silo WHERE plane = @DeploymentId)
  DELETE FROM silo_version WHERE plane = @DeploymentId'),
('GatewaysQueryKey',
 'SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation FROM silo
  WHERE plane = @DeploymentId AND status = @Status AND proxy_port > 0'),
-- 3 is Active: whatever else has been silent for so long is gone.
('CleanupDefunctSiloEntriesKey',
 'DELETE FROM silo WHERE plane = @DeploymentId AND alive < @IAmAliveTime AND status <> 3');
