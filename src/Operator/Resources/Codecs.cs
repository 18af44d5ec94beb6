using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>The words for codecs in a resource.</summary>
internal static class Codecs
{
    public static readonly string[] Words = ["zstd", "lz4", "none"];

    public static string Word(Codec codec) => codec.ToString().ToLowerInvariant();

    public static Codec? Read(string? word) => word switch { "zstd" => Codec.Zstd, "lz4" => Codec.Lz4, "none" => Codec.None, _ => null };
}
