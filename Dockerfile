# Sluice as a container: built in the Swift image, run on slim Debian as an unprivileged user.
#
#   docker build -t sluice .
#   docker run --rm -p 8080:8080 -e SLUICE_KEYS=me:a-long-secret sluice
#
# The program listens on every address of the container, and refuses to do so without client keys: give SLUICE_KEYS
# (name:secret, or a configuration with `keys`), or say SLUICE_INSECURE=1 on a network that only you can reach.
# scripts/rootfs checks the run stage's package list where there is no container engine.

FROM swift:6.3.1-bookworm AS build
WORKDIR /src
COPY scripts/packages.txt scripts/
RUN apt-get update -qq \
  && sed -n 's/^build //p' scripts/packages.txt | DEBIAN_FRONTEND=noninteractive xargs apt-get install -qq -y --no-install-recommends \
  && rm -rf /var/lib/apt/lists/*
# The manifest names the test targets, so their folders have to be there; they are not built.
COPY Package.swift ./
COPY Tests Tests
COPY Sources Sources
RUN swift build -c release --product sluice --static-swift-stdlib --experimental-lto-mode full \
  && install -D -s -m 0755 "$(swift build -c release --show-bin-path)/sluice" /out/sluice

FROM debian:bookworm-slim
COPY scripts/packages.txt /tmp/packages.txt
RUN apt-get update -qq \
  && sed -n 's/^run //p' /tmp/packages.txt | DEBIAN_FRONTEND=noninteractive xargs apt-get install -qq -y --no-install-recommends \
  && rm -rf /var/lib/apt/lists/* /tmp/packages.txt \
  && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin sluice \
  && install -d -m 0700 -o 10001 -g 10001 /var/lib/sluice
COPY --from=build /out/sluice /usr/local/bin/sluice
USER 10001:10001
ENV SLUICE_HOST=0.0.0.0
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s --retries=3 CMD ["sluice", "health"]
ENTRYPOINT ["sluice"]
CMD ["serve"]
