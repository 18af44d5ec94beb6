# The control plane's image for places with a container engine; the development cluster makes the equivalent without one
# (devcluster/images.sh). Build it from the root of the repository:
#   docker build -f deploy/images/silo.Dockerfile -t controlplane/silo:dev .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Silo/Silo.csproj -c Release -r linux-x64 --self-contained -o /app \
    -p:PublishReadyToRun=true -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libssl3 libstdc++6 tzdata zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --home-dir /tmp --no-create-home app \
 && mkdir /data && chown 10001:10001 /data
COPY --from=build /app /app
USER 10001
WORKDIR /tmp
ENTRYPOINT ["/app/ControlPlane.Silo"]
