using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using k8s.Models;

namespace ControlPlane.Operator.Resources;

/// <summary>Numbers of bytes as Kubernetes writes them: <c>52428800</c>, <c>"52428800"</c>, <c>50Mi</c>, <c>1.5G</c>.</summary>
internal static partial class Quantities
{
    private static readonly string[] Units = ["", "Ki", "Mi", "Gi", "Ti"];

    /// <summary>The bytes; null for what is none, or no whole number of them.</summary>
    public static long? Bytes(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out var number) => number,
        JsonValueKind.String when Quantity().IsMatch(value.GetString()!) => Whole(new ResourceQuantity(value.GetString()!).ToDecimal()),
        _ => null,
    };

    /// <summary>The shortest form of a number of bytes.</summary>
    public static string Shown(long bytes)
    {
        var unit = 0;
        while (bytes > 0 && bytes % 1024 == 0 && unit < Units.Length - 1)
            (bytes, unit) = (bytes / 1024, unit + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes}{Units[unit]}");
    }

    private static long? Whole(decimal bytes) => decimal.IsInteger(bytes) && bytes <= long.MaxValue ? (long)bytes : null;

    // Short and without an exponent, so that it fits a decimal.
    [GeneratedRegex(@"^[0-9]{1,15}([.][0-9]{1,6})?(Ki|Mi|Gi|Ti|k|M|G|T)?\z")]
    private static partial Regex Quantity();
}
