namespace ControlPlane.Abstractions;

/// <summary>The names that Kubernetes allows.</summary>
public static class Rfc1123
{
    /// <summary>The longest label.</summary>
    public const int MaximumLabel = 63;

    /// <summary>The longest subdomain, and so the longest name of most resources.</summary>
    public const int MaximumSubdomain = 253;

    /// <summary>Whether it is a label: 1 to 63 of a to z, 0 to 9 and <c>-</c>, with a letter or digit at both ends.</summary>
    public static bool IsLabel(string? text) =>
        text is { Length: > 0 and <= MaximumLabel } && Alphanumeric(text[0]) && Alphanumeric(text[^1]) && text.All(letter => letter == '-' || Alphanumeric(letter));

    /// <summary>Whether it is a subdomain: labels with dots between them, 253 characters at most.</summary>
    public static bool IsSubdomain(string? text) =>
        text is { Length: > 0 and <= MaximumSubdomain } && text.Split('.').All(part => part.Length > 0 && Alphanumeric(part[0]) && Alphanumeric(part[^1]) && part.All(letter => letter == '-' || Alphanumeric(letter)));

    /// <summary>The text, or an exception that names <paramref name="parameter"/>.</summary>
    public static string Label(string? text, string parameter) =>
        IsLabel(text) ? text! : throw new ArgumentException($"'{text}' is no RFC 1123 label.", parameter);

    /// <summary>The text, or an exception that names <paramref name="parameter"/>.</summary>
    public static string Subdomain(string? text, string parameter) =>
        IsSubdomain(text) ? text! : throw new ArgumentException($"'{text}' is no RFC 1123 subdomain.", parameter);

    private static bool Alphanumeric(char letter) => letter is >= 'a' and <= 'z' or >= '0' and <= '9';
}
