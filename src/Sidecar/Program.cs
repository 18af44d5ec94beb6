using ControlPlane.Protocol;
using ControlPlane.Sidecar;

return args switch
{
    [AgentFiles.AgentVerb] => await Verbs.AgentAsync(),
    [AgentFiles.RunnerVerb] => await Verbs.RunnerAsync(),
    [Verbs.FetchVerb, var request] => await Verbs.FetchAsync(request, lists: false),
    [Verbs.FetchVerb, Verbs.ListOption, var request] => await Verbs.FetchAsync(request, lists: true),
    _ => Verbs.Usage(),
};
