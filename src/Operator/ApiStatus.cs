using System.Text.Json;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator;

/// <summary>Reads the document that an API server sends with a refusal.</summary>
internal static class ApiStatus
{
    /// <summary>The document, or null when something before the API server answered.</summary>
    public static V1Status? Read(string? content)
    {
        try
        {
            return string.IsNullOrEmpty(content) ? null : KubernetesJson.Deserialize<V1Status>(content);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
