using System.Globalization;
using System.Text;

namespace ControlPlane.Sidecar.Agent.Tool;

/// <summary>The option file that carries the account to the tool.</summary>
internal static class DefaultsFile
{
    /// <summary>The file's text. Both programs read the group <c>client</c>.</summary>
    internal static string Text(string host, int port, string user, string password) => string.Create(
        CultureInfo.InvariantCulture,
        $"[client]\nprotocol=tcp\nhost={Quoted(host)}\nport={port}\nuser={Quoted(user)}\npassword={Quoted(password)}\n");

    /// <summary>Writes the file so that nobody but the agent's own user ever could read it.</summary>
    internal static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        await using var file = new FileStream(path, options);
        await file.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    // The option file's own escapes; without the quotes a # would begin a comment and blanks at the ends would be lost.
    private static string Quoted(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var letter in value)
        {
            text.Append(letter switch
            {
                '\\' => "\\\\",
                '"' => "\\\"",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                _ => letter.ToString(),
            });
        }

        return text.Append('"').ToString();
    }
}
