using ControlPlane.Protocol;
using ControlPlane.Sidecar;

return args switch
{
    [AgentFiles.AgentVerb] => await Verbs.AgentAsync(),
    [AgentFiles.RunnerVerb] => await Verbs.RunnerAsync(),
    _ => Verbs.Usage(),
};
