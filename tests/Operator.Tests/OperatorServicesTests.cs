using ControlPlane.Abstractions.Ports;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Tests;

public sealed class OperatorServicesTests
{
    [Theory]
    [InlineData(nameof(OperatorOptions.ApiTimeLimit), "00:00:00")]
    [InlineData(nameof(OperatorOptions.MaximumApiCalls), "0")]
    [InlineData(nameof(OperatorOptions.FinishedJobRetention), "00:00:01")]
    [InlineData(nameof(OperatorOptions.SurveyTimeLimit), "1.00:00:00")]
    [InlineData(nameof(OperatorOptions.KeysFolder), "")]
    public void AddOperator_WithABadSetting_NamesIt(string setting, string value)
    {
        using var services = Services(new() { [$"{OperatorOptions.Section}:{setting}"] = value });

        var trouble = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<OperatorOptions>>().Value);

        Assert.Contains(setting, trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddOperator_WithoutSettings_IsValid()
    {
        using var services = Services([]);

        Assert.NotEmpty(services.GetRequiredService<IOptions<OperatorOptions>>().Value.KeysFolder);
    }

    [Fact]
    public void AddOperator_WithSharedKeysThatAreNotThere_NamesBoth()
    {
        using var services = Services(new() { ["Operator:KeysAreShared"] = "true", ["Operator:KeysFolder"] = "/nowhere" });

        var trouble = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<OperatorOptions>>().Value);

        Assert.Contains("'/nowhere/authority/0001.pem'", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("'/nowhere/tickets/0001.pem'", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(ISiloIdentity))]
    [InlineData(typeof(IJobDispatcher))]
    [InlineData(typeof(IStatusWriter))]
    public void AddOperator_Ports_AreThere(Type port)
    {
        using var services = Services([]);

        Assert.NotNull(services.GetService(port));
    }

    private static ServiceProvider Services(Dictionary<string, string?> settings) => new ServiceCollection()
        .AddLogging()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
        .AddOperator()
        .BuildServiceProvider();
}
