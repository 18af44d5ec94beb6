namespace ControlPlane.Storage;

/// <summary>
/// A value that must be used and never shown. It prints as a mark, has no property that a serializer would find, and is only had by
/// <see cref="Reveal"/>, so that every use can be searched for.
/// </summary>
public sealed class Secret
{
    private const string Mark = "***";

    private readonly string value;

    /// <summary>Takes the value into keeping.</summary>
    public Secret(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        this.value = value;
    }

    /// <summary>The value itself, for the one place that sends it.</summary>
    public string Reveal() => value;

    /// <summary>The text with this value replaced by the mark: for words that came from somewhere else.</summary>
    public string Strike(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Replace(value, Mark, StringComparison.Ordinal);
    }

    /// <inheritdoc />
    public override string ToString() => Mark;
}
