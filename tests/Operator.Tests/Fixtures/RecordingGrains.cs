using System.Reflection;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>Grains that keep what is said to them.</summary>
internal sealed class RecordingGrains
{
    public List<(string Grain, string Method, object? Argument)> Calls { get; } = [];

    public IGrainFactory Factory()
    {
        var factory = DispatchProxy.Create<IGrainFactory, Proxy>();
        ((Proxy)(object)factory).Answer = (method, arguments) => method.IsGenericMethod && arguments is [string key, ..]
            ? Grain(method.GetGenericArguments()[0], key)
            : throw new NotSupportedException(method.Name);
        return factory;
    }

    private object Grain(Type type, string key)
    {
        var grain = typeof(DispatchProxy).GetMethod(nameof(DispatchProxy.Create), 2, [])!.MakeGenericMethod(type, typeof(Proxy)).Invoke(null, null)!;
        ((Proxy)grain).Answer = (method, arguments) =>
        {
            lock (Calls)
                Calls.Add(($"{type.Name} {key}", method.Name, arguments[0]));
            return Task.CompletedTask;
        };
        return grain;
    }

    // Not sealed: the runtime derives from it.
    internal class Proxy : DispatchProxy
    {
        public Func<MethodInfo, object?[], object?> Answer { get; set; } = (_, _) => null;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Answer(targetMethod!, args ?? []);
    }
}
