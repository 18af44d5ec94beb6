using System.Text.Json;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Fleet;

/// <summary>The fleet's budgets, in the memory of every silo.</summary>
internal sealed class FleetBudgets(TimeProvider time) : FleetKind<FleetBudgetSpec>(time), IFleetBudgets
{
    private readonly Lock gate = new();
    private (long Version, IReadOnlyList<FleetBudget> Budgets)? made;

    public override string Kind => ApiGroup.Budgets.Kind;

    public override string Collection => $"apis/{ApiGroup.ApiVersion}/{ApiGroup.Budgets.Plural}";

    /// <summary>Made once for each snapshot, so that whoever asks knows by the very object whether anything changed.</summary>
    public IReadOnlyList<FleetBudget>? Current
    {
        get
        {
            if (Snapshot is not { Synced: true } snapshot)
                return null;
            lock (gate)
            {
                if (made?.Version != snapshot.Version)
                    made = (snapshot.Version, [.. snapshot.Entries.Values.Select(entry => new FleetBudget(entry.Name, entry.Header.Uid, entry.Header.Generation, entry.Spec, entry.Faults))]);
                return made.Value.Budgets;
            }
        }
    }

    protected override int Most => 200;

    // A change of status alone is none: the ledger wrote it.
    protected override SpecReading<FleetBudgetSpec> Read(ResourceHeader header, JsonElement document) => FleetBudgetReader.Read(header, document);
}
