using ControlPlane.Silo;

var app = await SiloHost.BuildAsync(args, (_, _) => { });
await app.RunAsync();
