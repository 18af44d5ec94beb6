-- What the stock ADO.NET providers of Orleans ask of SQLite. Replaced at every start. Each query that can fail half way is one statement, so
-- that a failure cannot leave a pooled connection inside of a transaction. Names of parameters and of result columns are the providers'.

DELETE FROM OrleansQuery;
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('ReadFromStorageKey',
 'SELECT payload AS PayloadBinary, version AS Version FROM grain_state
  WHERE service = @ServiceId AND kind = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
    AND ext = COALESCE(@GrainIdExtensionString, '''')'),
-- No row comes back when the version is not the expected one: the provider makes an InconsistentStateException of it.
('WriteToStorageKey',
 'INSERT INTO grain_state (service, kind, n0, n1, ext, payload, modified, version)
  SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, COALESCE(@GrainIdExtensionString, ''''), @PayloadBinary, unixepoch(), 1
  WHERE @GrainStateVersion IS NULL OR EXISTS (
    SELECT 1 FROM grain_state
    WHERE service = @ServiceId AND kind = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
      AND ext = COALESCE(@GrainIdExtensionString, ''''))
  ON CONFLICT (kind, ext, n1, n0, service) DO UPDATE
    SET payload = excluded.payload, modified = excluded.modified, version = version + 1
    WHERE version = @GrainStateVersion
  RETURNING version AS NewGrainStateVersion'),
('ClearStorageKey',
 'UPDATE grain_state SET payload = NULL, modified = unixepoch(), version = version + 1
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
 'INSERT INTO reminder (service, grain, name, start, period, hash, version)
  VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, abs(random() % 1000000000))
  ON CONFLICT (grain, name, service) DO UPDATE
    SET start = excluded.start, period = excluded.period, hash = excluded.hash, version = version + 1
  RETURNING version AS Version'),
('DeleteReminderRowKey',
 'DELETE FROM reminder WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName AND version = @Version;
  SELECT changes() AS Result'),
('DeleteReminderRowsKey',
 'DELETE FROM reminder WHERE service = @ServiceId');
