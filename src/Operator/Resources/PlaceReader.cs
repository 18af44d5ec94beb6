namespace ControlPlane.Operator.Resources;

/// <summary>Reads what every object store has: a bucket, or what it is called there, with a prefix, and an endpoint.</summary>
internal static class PlaceReader
{
    /// <summary>
    /// The bucket and the prefix. <c>bucket: backups/prod</c> is how the reference system has it, and as good as <c>bucket: backups</c> with
    /// <c>prefix: prod</c>.
    /// </summary>
    /// <param name="section">The storage's section.</param>
    /// <param name="field">What a bucket is called there.</param>
    /// <param name="bucketCheck">Its rule.</param>
    /// <param name="prefixCheck">The prefix's.</param>
    public static (string? Bucket, string Prefix) Read(FieldReader section, string field, FieldCheck bucketCheck, FieldCheck prefixCheck)
    {
        string? bucket = null;
        var within = "";
        section.Required(field, text =>
        {
            var parts = text.Split('/', 2);
            (bucket, within) = (parts[0], parts.Length > 1 ? parts[1] : "");
            return bucketCheck(parts[0]) ?? prefixCheck(within);
        });
        var prefix = section.Text("prefix", prefixCheck) ?? "";
        if (within.Trim('/').Length > 0 && prefix.Trim('/').Length > 0)
            section.Add("prefix", $"stands in {field} too; give it in one of the two");
        return (bucket, (within.Trim('/').Length > 0 ? within : prefix).Trim('/'));
    }

    /// <summary>The endpoint; an empty one counts as none.</summary>
    public static Uri? Endpoint(FieldReader section, string field)
    {
        if (section.Text("endpointUrl") is not { Length: > 0 } text)
            return null;
        if (EndpointCheck.Objection(text, field) is not { } objection)
            return new Uri(text);
        section.Add("endpointUrl", objection);
        return null;
    }
}
