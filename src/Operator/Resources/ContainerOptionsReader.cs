using System.Text.Json;
using System.Text.RegularExpressions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads <c>containerOptions</c> of a storage or of a backup. No value of it is ever shown.</summary>
internal static partial class ContainerOptionsReader
{
    private const int MostVariables = 64;
    private const int LongestValue = 4096;

    // They would lie open in the Job for whoever may read Jobs.
    private static readonly string[] Credentials =
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_TOKEN"];

    public static ContainerOptions? Read(FieldReader? options)
    {
        if (options is null)
            return null;
        var environment = new Dictionary<string, string>();
        foreach (var variable in options.Items("env", MostVariables))
            ReadVariable(variable, environment);
        var arguments = ReadArguments(options.Section("args"));
        options.Close();
        return new() { Environment = environment, ToolArguments = arguments };
    }

    private static void ReadVariable(FieldReader variable, Dictionary<string, string> environment)
    {
        var name = variable.Required("name", text => VariableName().IsMatch(text) ? null : "is no name of a variable; use letters, digits, '_', '-' and '.', and no digit first");
        if (variable.Has("valueFrom"))
            variable.Add("valueFrom", "is not taken; write a literal value, and put secrets into the Secret that credentialsSecret names");
        if (variable.Raw("value") is { ValueKind: not JsonValueKind.String })
            variable.Add("value", "is no text; write it in quotes");
        var value = variable.Raw("value") is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
        variable.Close();
        if (value.Length > LongestValue || value.Contains('\0'))
            variable.Add("value", $"is too long or holds a zero byte; use at most {LongestValue} characters");
        if (name is null)
            return;
        if (Credentials.Contains(name, StringComparer.OrdinalIgnoreCase))
            variable.Add("name", $"{name} may not be given here; put it into the Secret that credentialsSecret names");
        else if (!environment.TryAdd(name, value))
            variable.Add("name", $"{name} is given twice; remove one");
    }

    private static IReadOnlyList<string> ReadArguments(FieldReader? args)
    {
        if (args is null)
            return [];
        var arguments = args.Texts("xtrabackup", ToolArguments.MaximumCount);
        args.Close();
        foreach (var fault in ToolArguments.Faults(arguments))
            args.Add("xtrabackup", fault.TrimEnd('.'));
        return arguments;
    }

    [GeneratedRegex(@"^[A-Za-z_.-][A-Za-z0-9_.-]{0,252}\z")]
    private static partial Regex VariableName();
}
