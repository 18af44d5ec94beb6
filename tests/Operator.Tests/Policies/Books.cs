using ControlPlane.Operator.Policies;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.Policies;

/// <summary>Policies in force, without a watch that brings them.</summary>
internal static class Books
{
    public static PolicyBook Of(params IEnumerable<PolicySpec> policies)
    {
        var book = new PolicyBook(new(TimeProvider.System), TimeProvider.System, NullLogger<PolicyBook>.Instance);
        book.Take(new(PolicyMerge.InOrder(policies)));
        return book;
    }
}
