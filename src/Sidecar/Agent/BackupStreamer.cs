using System.Buffers;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Database;
using ControlPlane.Sidecar.Agent.Tool;

namespace ControlPlane.Sidecar.Agent;

/// <summary>Takes one backup: starts the tool, hands its stream on, and settles how it ended. Whatever happens is written into the run.</summary>
internal sealed partial class BackupStreamer(AgentSettings settings, IServer server, DataSize size, TimeProvider time, ILogger<BackupStreamer> log)
{
    private const int CopyBytes = 256 * 1024;

    private static readonly TimeSpan RestartLimit = TimeSpan.FromSeconds(10);

    /// <summary>Starts the tool, or fails the run and returns null.</summary>
    internal async Task<StartedTool?> StartAsync(BackupRun run, AgentRunRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var account = await server.AccountAsync(cancellationToken);
            var facts = await server.AskAsync(cancellationToken);
            var traits = ToolTraits.Of(request.Engine, facts.IsMariaDb);
            run.Learn(known => known with { Engine = traits.Engine, BytesExpected = size.Bytes() });
            if (traits.Find(settings.ToolPath) is not { } program)
            {
                run.Fail(JobFault.ToolFailed, $"The container's image has no {traits.Programs[0]}; set spec.backup.image to one that has it, or spec.engine to the other tool.");
                return null;
            }

            return await LaunchAsync(run, request, account, facts, traits, program, cancellationToken);
        }
        catch (ServerException trouble)
        {
            run.Fail(JobFault.SourceUnavailable, trouble.Message);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            run.Fail(JobFault.ToolFailed, $"The tool could not be started from the agent's scratch volume: {trouble.Message}.");
        }

        return null;
    }

    /// <summary>Copies the stream until it ends, then settles the run. A reader that is slow makes the tool wait, and nothing else.</summary>
    internal async Task CopyAsync(BackupRun run, StartedTool tool, HttpResponse response, CancellationToken cancellationToken)
    {
        var errors = tool.Log.ReadAsync(tool.Process.Error, CancellationToken.None);
        try
        {
            // Before its first byte the tool may wait for minutes, for a lock or for a replica; the caller shall know that it runs.
            await response.StartAsync(cancellationToken);
            await PumpAsync(run, tool.Process.Output, response.Body, cancellationToken);
            var exitCode = await tool.Process.WaitAsync(cancellationToken);
            await tool.Process.EndAsync();
            await errors.WaitAsync(cancellationToken);
            await SettleAsync(run, tool, exitCode, cancellationToken);
        }
        catch (Exception trouble) when (trouble is OperationCanceledException or IOException)
        {
            run.Fail(JobFault.SourceUnavailable, "The connection was closed, or the agent was told to stop, before the tool had ended; the tool was ended.");
            LogAbandoned(run.Uid, run.Attempt);
        }
        finally
        {
            await tool.Process.EndAsync();
            await errors;
            await CloseAsync(run, tool);
        }
    }

    private static async Task PumpAsync(BackupRun run, Stream source, Stream body, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            int count;
            while ((count = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await body.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                run.Count(count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task SettleAsync(BackupRun run, StartedTool tool, int? exitCode, CancellationToken cancellationToken)
    {
        var positions = await PositionFiles.ReadAsync(tool.Folder.Positions, cancellationToken);
        var verdict = ToolVerdict.Of(Path.GetFileName(tool.Program), exitCode, tool.Log.SaysCompleted, positions is not null, tool.Log.Tail);
        run.Learn(known => known with
        {
            Phase = verdict.Fault is null ? AgentRunPhase.Succeeded : AgentRunPhase.Failed,
            ExitCode = exitCode,
            Fault = verdict.Fault,
            Message = verdict.Message,
            Positions = (positions ?? new BackupPositions()) with { ServerUuid = tool.Facts.Uuid, ServerVersion = positions?.ServerVersion ?? tool.Facts.Version },
        });
    }

    private async Task<StartedTool> LaunchAsync(
        BackupRun run, AgentRunRequest request, ServerAccount account, ServerFacts facts, ToolTraits traits, string program, CancellationToken cancellationToken)
    {
        RunFolder.Clear(settings.Scratch);
        var folder = RunFolder.Of(settings.Scratch, run.Uid, run.Attempt);
        folder.Create();
        await DefaultsFile.WriteAsync(folder.Defaults, DefaultsFile.Text(settings.Host, settings.Port, account.User, account.Password), cancellationToken);
        var command = new ToolCommand
        {
            Traits = traits,
            Folder = folder,
            DataPath = settings.DataPath,
            IsReplica = facts.Replication.IsReplica,
            HasLostAndFound = Directory.Exists(Path.Combine(settings.DataPath, "lost+found")),
            Further = request.ToolArguments,
        };
        var process = ToolProcess.Start(program, command.Arguments(), folder.Temporary, time);
        run.Log = new ToolLog(folder.Log, account.Password);
        LogStarted(run.Uid, run.Attempt, program, facts.Version, facts.Replication.Role);
        return new StartedTool(process, run.Log, folder, facts, traits, program);
    }

    private async Task CloseAsync(BackupRun run, StartedTool tool)
    {
        tool.Process.Dispose();
        await tool.Log.DisposeAsync();
        try
        {
            tool.Folder.Tidy();
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            LogNotTidied(run.Uid, trouble.Message);
        }

        if (run.View.Phase != AgentRunPhase.Succeeded && tool.Traits.PausesReplication && tool.Facts.Replication.AppliesNow)
            await ResumeReplicationAsync(run);
        LogEnded(run.Uid, run.Attempt, run.View.Phase, run.View.BytesRead);
    }

    // The request may be long gone, so this has a time limit of its own.
    private async Task ResumeReplicationAsync(BackupRun run)
    {
        using var limit = new CancellationTokenSource(RestartLimit, time);
        try
        {
            await server.StartReplicationAsync(limit.Token);
        }
        catch (Exception trouble) when (trouble is ServerException or OperationCanceledException)
        {
            LogReplicationStaysStopped(run.Uid, trouble.Message);
            run.Learn(known => known with { Message = $"{known.Message} Replication may still be paused: run START REPLICA SQL_THREAD on this instance." });
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "Backup {Uid} attempt {Attempt} began with {Program} on server {Version}, role {Role}")]
    private partial void LogStarted(string uid, int attempt, string program, string version, InstanceRole role);

    [LoggerMessage(3002, LogLevel.Information, "Backup {Uid} attempt {Attempt} ended as {Phase} after {Bytes} bytes")]
    private partial void LogEnded(string uid, int attempt, AgentRunPhase phase, long bytes);

    [LoggerMessage(3003, LogLevel.Warning, "Backup {Uid} attempt {Attempt} was given up by its reader or by a stop of the agent")]
    private partial void LogAbandoned(string uid, int attempt);

    [LoggerMessage(3004, LogLevel.Warning, "Files of backup {Uid} could not be removed from the scratch volume: {Trouble}")]
    private partial void LogNotTidied(string uid, string trouble);

    [LoggerMessage(3005, LogLevel.Error, "Replication may be paused after backup {Uid}: {Trouble}")]
    private partial void LogReplicationStaysStopped(string uid, string trouble);
}

/// <summary>A tool that runs, with all that settling its end needs.</summary>
internal sealed record StartedTool(ToolProcess Process, ToolLog Log, RunFolder Folder, ServerFacts Facts, ToolTraits Traits, string Program);
