# docker build -t roster .
# docker run -e DATABASE_URL=postgres://… -p 8080:8080 roster
#
# The image has no PostgreSQL server in it: DATABASE_URL must name one. Other settings go by environment as well; see the
# README. BuildKit is needed (the default since Docker 23; podman and buildah do).

FROM rust:1.95-bookworm AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libpq-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The dependencies stay in caches beside the image, so a change of the code builds the code alone. What a cache holds is in
# no layer, so the program is copied out.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked \
 && install -D --mode=0755 target/release/roster /out/roster

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libpq5 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 roster \
 && useradd --uid 10001 --gid roster --home-dir /var/lib/roster --create-home --shell /usr/sbin/nologin roster
COPY --from=build /out/roster /usr/local/bin/roster

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="roster" \
      org.opencontainers.image.description="User management for a white-label CMS: one binary, one Postgres" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# By number, so that Kubernetes' runAsNonRoot can tell.
USER 10001:10001
WORKDIR /var/lib/roster
# The listener for metrics and /internal/tls/ask (ROSTER_ADMIN_LISTEN) stays on the container's loopback: it has no sign-in,
# so whoever wants it outside says so.
ENV ROSTER_LISTEN=0.0.0.0:8080 \
    ROSTER_DATA_DIR=/var/lib/roster
EXPOSE 8080
# Readiness turns false, requests in flight finish; give it 30 s (docker stop -t 30).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["roster", "healthcheck"]
ENTRYPOINT ["roster"]
CMD ["serve"]
