using System.Text.RegularExpressions;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Resources;

/// <summary>
/// What an owner may not ask for. The plane makes the Jobs and changes the workload with rights of its own; without these rules whoever
/// may create a cluster could have Pods run that Kubernetes would not let him create.
/// </summary>
internal static partial class PodSettingsRules
{
    /// <summary>What is wrong with a field that has the right form; null when nothing is.</summary>
    public static string? Objection(string field, string json) => field switch
    {
        "podSecurityContext" => Objection(KubernetesJson.Deserialize<V1PodSecurityContext>(json)),
        "containerSecurityContext" => Objection(KubernetesJson.Deserialize<V1SecurityContext>(json)),
        "labels" => Objection(KubernetesJson.Deserialize<Dictionary<string, string?>>(json), true),
        "annotations" => Objection(KubernetesJson.Deserialize<Dictionary<string, string?>>(json), false),
        "nodeSelector" => KubernetesJson.Deserialize<Dictionary<string, string?>>(json).FirstOrDefault(label => label.Value is null) is { Key: { } key } ? $"has no value for '{key}'" : null,
        "schedulerName" or "priorityClassName" or "runtimeClassName" => FieldChecks.Subdomain(KubernetesJson.Deserialize<string>(json)),
        _ => null,
    };

    private static string? Objection(V1PodSecurityContext context) =>
        context.RunAsNonRoot == false || context.RunAsUser == 0 ? NotRestricted("runAsNonRoot: true and a runAsUser other than 0")
        : context.Sysctls is { Count: > 0 } ? NotRestricted("no sysctls")
        : context.WindowsOptions is not null ? NotRestricted("no windowsOptions")
        : context.SeccompProfile?.Type is "Unconfined" ? NotRestricted("seccompProfile RuntimeDefault or Localhost")
        : null;

    private static string? Objection(V1SecurityContext context) =>
        context.Privileged == true ? NotRestricted("privileged: false")
        : context.AllowPrivilegeEscalation == true ? NotRestricted("allowPrivilegeEscalation: false")
        : context.RunAsNonRoot == false || context.RunAsUser == 0 ? NotRestricted("runAsNonRoot: true and a runAsUser other than 0")
        : context.Capabilities?.Add is { Count: > 0 } ? NotRestricted("no added capabilities")
        : context.ProcMount is not (null or "Default") ? NotRestricted("procMount Default")
        : context.WindowsOptions is not null ? NotRestricted("no windowsOptions")
        : context.SeccompProfile?.Type is "Unconfined" ? NotRestricted("seccompProfile RuntimeDefault or Localhost")
        : null;

    private static string NotRestricted(string right) => $"asks for more than the Pod security standard 'restricted' allows; use {right}";

    private static string? Objection(Dictionary<string, string?> entries, bool labels)
    {
        foreach (var (key, value) in entries)
        {
            if (key.StartsWith(ApiGroup.Name + "/", StringComparison.Ordinal) || key is "job-name" or "controller-uid" || key == ApiGroup.Labels.ManagedBy)
                return $"'{StatusText.Cut(key, 80)}' is set by the control plane; use another key";
            if (!Key().IsMatch(key))
                return $"'{StatusText.Cut(key, 80)}' is no key; use for example team or example.com/team";
            if (value is null || labels && !LabelValue().IsMatch(value))
                return $"'{key}' has no proper value; use a text of at most 63 of a-z, A-Z, 0-9, '-', '_' and '.'";
        }
        return null;
    }

    [GeneratedRegex(@"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex Key();

    [GeneratedRegex(@"^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?\z")]
    private static partial Regex LabelValue();
}
