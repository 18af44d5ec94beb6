namespace ControlPlane.Operator.Members;

/// <summary>A member cannot be asked now. Not a fault of ours and not an answer of its API server: whoever wanted something tries again later.</summary>
internal sealed class MemberAwayException(string member, string reason, string message, Exception? inner = null)
    : Exception($"Member '{member}' is away: {message}", inner)
{
    /// <summary>One word of <see cref="Abstractions.Reasons"/>.</summary>
    public string Reason => reason;

    /// <summary>Why, without the member's name.</summary>
    public string Why => message;
}
