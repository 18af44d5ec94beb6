using System.Diagnostics.Metrics;
using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>What the ledger counts: by budget, of which a fleet has few, and by kind; never by who has a place.</summary>
internal sealed class BudgetMetrics : IDisposable
{
    private readonly Meter meter = new(BackupMetrics.MeterName);
    private readonly Histogram<double> waited;
    private readonly Counter<long> writes;
    private IReadOnlyDictionary<string, FleetBudgetStatus> shown = new Dictionary<string, FleetBudgetStatus>();

    public BudgetMetrics()
    {
        waited = meter.CreateHistogram<double>(
            "controlplane.budgets.waited", "s", "How long work waited for a place, by kind.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1, 10, 60, 300, 900, 3600, 7200, 14400, 43200] });
        writes = meter.CreateCounter<long>("controlplane.budgets.writes", description: "How often the ledger was stored.");
        meter.CreateObservableGauge("controlplane.budgets.in_use", () => Each(status => status.InUse.Total), description: "Places that are taken, by budget; said by the silo that has the ledger.");
        meter.CreateObservableGauge("controlplane.budgets.waiting", () => Each(status => status.Waiting.Total), description: "What a budget keeps waiting; likewise.");
    }

    /// <summary>Whether an instrument is one of this object's; a test tells it by that from others of the same name.</summary>
    public bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, meter);

    /// <summary>Work was given a place.</summary>
    public void Granted(PlaceWish wish, DateTimeOffset now) => waited.Record(Math.Max(0, (now - wish.Since).TotalSeconds), new KeyValuePair<string, object?>("kind", wish.Kind.ToString()));

    /// <summary>The ledger was stored.</summary>
    public void Stored() => writes.Add(1);

    /// <summary>How the budgets stand, by name.</summary>
    public void Stand(IReadOnlyDictionary<string, FleetBudgetStatus> budgets) => shown = budgets;

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<int>> Each(Func<FleetBudgetStatus, int> count) =>
        shown.Select(budget => new Measurement<int>(count(budget.Value), new KeyValuePair<string, object?>("budget", budget.Key)));
}
