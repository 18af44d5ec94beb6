using System.Globalization;

namespace ControlPlane.Silo.Fleet;

/// <summary>The conditions of a query, and their values.</summary>
/// <param name="prefix">How the names of values begin; another one for each of two filters that go into one query.</param>
internal sealed class SqlFilter(string prefix = "p")
{
    private readonly List<string> conditions = [];
    private readonly List<(string Name, object Value)> values = [];

    /// <summary>What stands after WHERE.</summary>
    public string Text => conditions.Count == 0 ? "true" : string.Join(" AND ", conditions);

    /// <summary>Whether everything gets through.</summary>
    public bool IsEmpty => conditions.Count == 0;

    /// <summary>The values.</summary>
    public (string Name, object Value)[] Values => [.. values];

    /// <summary>The name under which a value is known from now on.</summary>
    public string Value(object value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"@{prefix}{values.Count}");
        values.Add((name, value));
        return name;
    }

    /// <summary>A condition.</summary>
    public SqlFilter And(string condition)
    {
        conditions.Add(condition);
        return this;
    }

    /// <summary>That a column has a value, where there is one; an index over the column may lead.</summary>
    public SqlFilter Is(string column, object? value) => value is null ? this : And($"{column} = {Value(value)}");

    /// <summary>The same, and no index over it is gone by: another one leads, and keeps the order.</summary>
    public SqlFilter HasToo(string column, string? value) => value is null ? this : And($"({column} || '') = {Value(value)}");

    /// <summary>That a list of names has one.</summary>
    public SqlFilter Lists(string column, string? name) => name is null ? this : And($"replace({column}, {Value($",{name},")}, '') <> {column}");

    /// <summary>That one of some columns has a text in it.</summary>
    public SqlFilter Holds(string? text, params ReadOnlySpan<string> columns)
    {
        if (text is null)
            return this;
        var value = Value(text.ToLowerInvariant());
        var any = new List<string>();
        foreach (var column in columns)
            any.Add($"replace({column}, {value}, '') <> {column}");
        return And($"({string.Join(" OR ", any)})");
    }
}
