using ControlPlane.Operator;
using ControlPlane.Silo;

var app = await SiloHost.BuildAsync(args, (services, _) => services.AddOperator());
await app.RunAsync();
