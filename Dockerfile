# docker build -t bursar .        an image with one binary and the Debian libraries it links
# BASE must be Debian 12; scripts/image.sh gives one that it made without a registry.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
# Packages first: they change less often than the sources.
COPY scripts/setup.sh scripts/setup.sh
RUN ["scripts/setup.sh", "build"]
COPY . .
# Where a proxy signs the registry's answers: scripts/image.sh hands its certificates on.
ARG NODE_EXTRA_CA_CERTS
# How many compilers run at once; as many as there are cores, unless said.
ARG JOBS
# A compile cache that scripts/image.sh mounts.
ARG CCACHE_DIR
RUN ["sh", "-c", "rm -rf build && scripts/configure.sh release && cmake --build --preset release --target bursar -- -j ${JOBS:-$(nproc)} && strip --strip-debug -o /bursar build/bursar"]

FROM ${BASE}
RUN ["sh", "-c", "apt-get update -qq && apt-get install -qq -y --no-install-recommends ca-certificates libfmt9 libidn2-0 libpq5 libsodium23 libspdlog1.10 libssl3 libstdc++6 >/dev/null && rm -rf /var/lib/apt/lists/*"]
COPY --from=build /bursar /usr/local/bin/bursar
# A number, so that runAsNonRoot can be checked without reading the image's passwd.
USER 65532:65532
# Inside a container loopback reaches nobody: publish the ports on the host's loopback instead, as compose.yaml does.
ENV BURSAR_LISTEN=0.0.0.0:8000 BURSAR_OPS_LISTEN=0.0.0.0:8001
EXPOSE 8000 8001
STOPSIGNAL SIGTERM
ENTRYPOINT ["bursar"]
CMD ["serve", "--role", "api,executor,notifier,scheduler,ops"]
