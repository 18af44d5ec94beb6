using System.Globalization;
using System.Text.Json;
using ControlPlane.Operator.Members;
using k8s;

namespace ControlPlane.Operator.Watching;

/// <summary>
/// Reads one collection of an API server as it is sent: the client's typed calls hide versions and bookmarks, and one resource that
/// does not fit its type would end them. Each request takes the connection that is there then: who rotates credentials has the watches go on with
/// the new ones, from where they were.
/// </summary>
internal sealed class ApiReader(Func<CancellationToken, Task<MemberConnection>> connect, string collection, string? labelSelector)
{
    /// <summary>One page of a list. Throws an <see cref="ApiRefusalException"/> when the server refuses.</summary>
    public async Task<JsonDocument> ListAsync(int limit, string? continuation, CancellationToken cancellationToken)
    {
        var connection = await connect(cancellationToken);
        using var response = await SendAsync(connection.Client, Query(connection.Client, ("limit", limit.ToString(CultureInfo.InvariantCulture)), ("continue", continuation)), cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
    }

    /// <summary>The lines of a watch that begins after a version.</summary>
    public async IAsyncEnumerable<byte[]> WatchAsync(string version, TimeSpan time, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seconds = Math.Max(1, (long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var connection = await connect(cancellationToken);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connection.Replaced);
        using var response = await SendAsync(connection.Client, Query(connection.Client, ("watch", "true"), ("resourceVersion", version), ("allowWatchBookmarks", "true"), ("timeoutSeconds", seconds)), both.Token);
        await using var body = await response.Content.ReadAsStreamAsync(both.Token);
        await foreach (var line in WatchLines.ReadAsync(body, both.Token))
            yield return line;
    }

    private Uri Query(Kubernetes client, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new List<string>();
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("labelSelector", labelSelector), .. parameters])
        {
            if (!string.IsNullOrEmpty(value))
                query.Add($"{name}={Uri.EscapeDataString(value)}");
        }
        return new Uri(client.BaseUri, $"{client.BaseUri.AbsolutePath.TrimEnd('/')}/{collection}?{string.Join('&', query)}");
    }

    private static async Task<HttpResponseMessage> SendAsync(Kubernetes client, Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.Add(new("application/json"));
        if (client.Credentials is { } credentials)
            await credentials.ProcessHttpRequestAsync(request, cancellationToken);
        var response = await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            var content = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new ApiRefusalException((int)response.StatusCode, ApiStatus.Read(content)?.Message ?? response.ReasonPhrase ?? "");
        }
    }
}

/// <summary>The API server answered, and refused.</summary>
internal sealed class ApiRefusalException(int code, string message) : Exception(string.Create(CultureInfo.InvariantCulture, $"The API server answered {code}: {message}"))
{
    /// <summary>The HTTP status.</summary>
    public int Code => code;
}
