using ControlPlane.Operator;
using ControlPlane.Silo;
using Microsoft.Extensions.Options;

try
{
    var app = await SiloHost.BuildAsync(args, (services, _) => services.AddOperator());
    StopLimit.Hold(app.Lifetime, app.Services.GetRequiredService<IOptions<SiloOptions>>().Value.ShutdownTimeout, TimeProvider.System);
    await app.RunAsync();
    return 0;
}
catch (Exception trouble) when (trouble is OptionsValidationException or SetupException)
{
    // Whoever reads this can mend it, and needs no stack for that.
    await Console.Error.WriteLineAsync(trouble.Message);
    return 1;
}
