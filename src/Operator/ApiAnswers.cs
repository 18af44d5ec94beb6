using System.Net;
using k8s.Autorest;

namespace ControlPlane.Operator;

/// <summary>Names for the API server's refusals that are part of the plan.</summary>
internal static class ApiAnswers
{
    /// <summary>There is no such object.</summary>
    public static bool IsMissing(this HttpOperationException refusal) => refusal.Response.StatusCode == HttpStatusCode.NotFound;

    /// <summary>It exists already, or it is not the one that was meant.</summary>
    public static bool IsConflict(this HttpOperationException refusal) => refusal.Response.StatusCode == HttpStatusCode.Conflict;

    /// <summary>The result, or null when there is no such object.</summary>
    public static async Task<T?> OrMissingAsync<T>(this Task<T> call)
        where T : class
    {
        try
        {
            return await call;
        }
        catch (HttpOperationException refusal) when (refusal.IsMissing())
        {
            return null;
        }
    }

    /// <summary>The result, or null when the object is there already.</summary>
    public static async Task<T?> OrPresentAsync<T>(this Task<T> call)
        where T : class
    {
        try
        {
            return await call;
        }
        catch (HttpOperationException refusal) when (refusal.IsConflict())
        {
            return null;
        }
    }

    /// <summary>What the API server said, without the bodies around it: fit for a status.</summary>
    public static string Sentence(this HttpOperationException refusal) =>
        ApiStatus.Read(refusal.Response.Content)?.Message ?? $"The API server answered {(int)refusal.Response.StatusCode}.";
}
