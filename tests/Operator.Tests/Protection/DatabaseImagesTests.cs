using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Operator.Protection;

namespace ControlPlane.Operator.Tests.Protection;

public sealed class DatabaseImagesTests
{
    [Theory]
    [InlineData("mysql", true)]
    [InlineData("mysql:8.4", true)]
    [InlineData("docker.io/library/mariadb:11", true)]
    [InlineData("registry.example.com:5000/db/percona-server:8.0@sha256:0123", true)]
    [InlineData("registry.example.com:5000/mysql", true)]
    [InlineData("bitnami/mariadb-galera:11.4", true)]
    [InlineData("container-registry.oracle.com/mysql/community-server:8.0", true)]
    [InlineData("registry.redhat.io/rhel9/mysql-80:1", true)]
    [InlineData("prom/mysqld-exporter:v0.15", false)]
    [InlineData("mysql/shell:8", false)]
    [InlineData("postgres:16", false)]
    [InlineData("mysql.example.com/shop/app:1", false)]
    [InlineData("", false)]
    public void Find_AnImage_KnowsADatabaseByItsName(string image, bool expected) =>
        Assert.Equal(expected ? image : null, DatabaseImages.Find(Of("app:1", image), new DiscoveryOptions().Known));

    [Fact]
    public void Find_ImagesOfOnesOwn_TakeThePlaceOfTheDefaults()
    {
        var options = new DiscoveryOptions { Images = ["db-*"] };

        Assert.Equal("our/db-main:1", DatabaseImages.Find(Of("our/db-main:1"), options.Known));
        Assert.Null(DatabaseImages.Find(Of("mysql:8"), options.Known));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "spec": 5 }""")]
    [InlineData("""{ "spec": { "template": { "spec": { "containers": {} } } } }""")]
    [InlineData("""{ "spec": { "template": { "spec": { "containers": [5, { "image": 5 }] } } } }""")]
    public void Find_InAnOddDocument_FindsNothing(string json) => Assert.Null(DatabaseImages.Find(JsonDocument.Parse(json).RootElement, new DiscoveryOptions().Known));

    [Theory]
    [InlineData("""{ "spec": { "replicas": 3 } }""", 3)]
    [InlineData("""{ "spec": {} }""", 1)]
    public void Replicas_OfAStatefulSet_AreAsKubernetesHasThem(string json, int expected) => Assert.Equal(expected, DatabaseImages.Replicas(JsonDocument.Parse(json).RootElement));

    private static JsonElement Of(params string[] images) => JsonSerializer.SerializeToElement(new JsonObject
    {
        ["spec"] = new JsonObject { ["template"] = new JsonObject { ["spec"] = new JsonObject { ["containers"] = new JsonArray([.. images.Select(image => new JsonObject { ["image"] = image })]) } } },
    });
}
