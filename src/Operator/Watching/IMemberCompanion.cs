using ControlPlane.Abstractions.Members;

namespace ControlPlane.Operator.Watching;

/// <summary>What runs beside a member's watches, in the one silo that has them, for as long as they do. It bears whatever comes: nobody starts it again before the watches.</summary>
internal interface IMemberCompanion
{
    Task RunAsync(MemberKey member, CancellationToken stop);
}
