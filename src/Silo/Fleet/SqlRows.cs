using System.Text;
using System.Text.Json;

namespace ControlPlane.Silo.Fleet;

/// <summary>Rows as the one parameter of a statement: a JSON list of lists, which <see cref="Storage.Database.RowsOf"/> takes apart.</summary>
internal static class SqlRows
{
    /// <summary>The rows as one text.</summary>
    public static string Text(IEnumerable<object?[]> rows)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (var row in rows)
                Write(writer, row);
            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Write(Utf8JsonWriter writer, object?[] row)
    {
        writer.WriteStartArray();
        foreach (var value in row)
        {
            switch (value)
            {
                case null:
                    writer.WriteNullValue();
                    break;
                case string text:
                    // The one character that a PostgreSQL takes in no text.
                    writer.WriteStringValue(text.Replace("\0", "", StringComparison.Ordinal));
                    break;
                case long number:
                    writer.WriteNumberValue(number);
                    break;
                case int number:
                    writer.WriteNumberValue(number);
                    break;
                case double number:
                    writer.WriteNumberValue(number);
                    break;
                default:
                    throw new NotSupportedException($"A {value.GetType().Name} has no column.");
            }
        }

        writer.WriteEndArray();
    }
}
