# The build stage. Dependencies have a layer of their own, so that a change of the source compiles only the source.
FROM rust:1-bookworm AS build

# OpenSSL's headers, for TLS to PostgreSQL.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /build

# An empty crate instead of the real one builds all dependencies. Its own outputs are removed, so that cargo does not reuse them.
# The bench is not built; cargo reads its manifest because it is a member of the workspace.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY bench/Cargo.toml bench/
RUN mkdir -p src bench/src \
    && echo 'fn main() {}' | tee src/main.rs >bench/src/main.rs \
    && touch src/lib.rs \
    && cargo build --release --locked --package logbook --features postgres-tls \
    && cargo clean --release --locked --package logbook \
    && rm -r src

# Migrations and the page are compiled in.
COPY migrations migrations
COPY web web
COPY src src
RUN cargo build --release --locked --package logbook --features postgres-tls


# The run stage: the binary, its libraries, and the root certificates for TLS to PostgreSQL.
FROM debian:bookworm-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 logbook \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/logbook --create-home --shell /usr/sbin/nologin logbook

COPY --from=build /build/target/release/logbook /usr/local/bin/logbook

# By number, so that an orchestrator can verify that it is not root.
USER 10001:10001

# For the SQLite file. With PostgreSQL nothing is written, so the root file system can be read-only.
WORKDIR /var/lib/logbook

# The default is loopback, which cannot be reached from outside of the container.
ENV LOGBOOK_LISTEN=0.0.0.0:8080
# Fewer arenas of the C library: each retains freed memory.
ENV MALLOC_ARENA_MAX=2
EXPOSE 8080

STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["logbook", "healthcheck"]

ENTRYPOINT ["logbook"]
CMD ["serve"]

# At the end, so that a new version or revision changes no other layer.
ARG VERSION=development
ARG REVISION=unknown
LABEL org.opencontainers.image.title="logbook" \
      org.opencontainers.image.description="The log service behind the Logs page of a contact centre: who changed what, and when" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
