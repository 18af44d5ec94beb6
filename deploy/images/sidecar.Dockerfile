# The image of the agent and the runner, with mariadb-backup and mbstream, for places with a container engine; the development
# cluster makes the equivalent without one (devcluster/images.sh). Build it from the root of the repository:
#   docker build -f deploy/images/sidecar.Dockerfile -t controlplane/sidecar:dev .
# The tool must fit the database's version; take it from another base for another server.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Sidecar/Sidecar.csproj -c Release -r linux-x64 --self-contained -o /app \
    -p:PublishReadyToRun=true -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libssl3 libstdc++6 mariadb-backup tzdata zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --home-dir /tmp --no-create-home app
COPY --from=build /app /app
USER 10001
WORKDIR /tmp
ENTRYPOINT ["/app/ControlPlane.Sidecar"]
