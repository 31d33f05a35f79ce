# netaware's images, one target each: docker build --target agent -t localhost/netaware/agent:0.1.0 .
# (agent, aggregator, extender, synthetic-service). No registry is asked for a name at localhost by accident.
# Node is pinned by version and not by digest: none was looked up from a registry here. Pin it where you build, by
# --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Node itself, which is an optional dependency, is in the image already.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

# Node alone: what installs packages has no place beside a service.
FROM ${NODE_IMAGE} AS bare
RUN rm -rf /opt/yarn-* /usr/local/lib/node_modules /usr/local/bin/corepack /usr/local/bin/npm /usr/local/bin/npx \
  /usr/local/bin/yarn /usr/local/bin/yarnpkg
ENV NODE_ENV=production
LABEL org.opencontainers.image.version=0.1.0 org.opencontainers.image.licenses=Apache-2.0
WORKDIR /app
COPY LICENSE package.json ./

FROM bare AS service
COPY --from=dependencies /app/node_modules node_modules
COPY core core
COPY runtime runtime
COPY cli/service.ts cli/program.ts cli/failure.ts cli/
COPY cli/commands/services.ts cli/commands/
# Each image starts its service once in vain: without types and compiled, what it loads takes 25 MB less memory from then on.
# Kept for the user and the flags that it is started with; for others it is only loaded as before.
ENV NODE_COMPILE_CACHE=/app/compiled
RUN install -d -o 65532 -g 65532 /app/compiled

FROM service AS agent
LABEL org.opencontainers.image.title=netaware-agent
# ping must do without capabilities, which a pod of restricted security cannot have: with them its file could not even be
# executed there. Debian's versions are not pinned: its point releases remove the old ones, and a pin would break the build
# instead. iperf3 is tested from 3.12 on. libcap2-bin is for the build alone.
RUN apt-get update \
  && apt-get install -y --no-install-recommends iperf3 iputils-ping libcap2-bin \
  && { setcap -r /usr/bin/ping || true; } && chmod 0755 /usr/bin/ping && test -z "$(getcap /usr/bin/ping)" \
  && apt-get purge -y libcap2-bin && rm -rf /var/lib/apt/lists/* \
  && iperf3 --version | awk 'NR == 1 { split($2, v, "."); exit !(v[1] > 3 || v[1] == 3 && v[2] >= 12) }'
COPY agent agent
USER 65532:65532
RUN ! node /app/cli/service.ts agent
EXPOSE 9464
ENTRYPOINT ["node", "/app/cli/service.ts", "agent"]

# Most of what it reads is garbage at once. It is collected early rather than kept, pages that get empty go back to the system
# (--optimize-for-size; without it V8 keeps as many as the heap ever had), and all threads share one arena.
FROM service AS aggregator
LABEL org.opencontainers.image.title=netaware-aggregator
COPY aggregator aggregator
ENV MALLOC_ARENA_MAX=1
USER 65532:65532
RUN ! node --optimize-for-size --max-semi-space-size=2 --heap-growing-percent=20 /app/cli/service.ts aggregator --kubeconfig /dev/null
EXPOSE 8088
ENTRYPOINT ["node", "--optimize-for-size", "--max-semi-space-size=2", "--heap-growing-percent=20", "/app/cli/service.ts", "aggregator"]

FROM service AS extender
LABEL org.opencontainers.image.title=netaware-extender
COPY scheduler-extender scheduler-extender
USER 65532:65532
RUN ! node /app/cli/service.ts extender --kubeconfig /dev/null
EXPOSE 8089
ENTRYPOINT ["node", "/app/cli/service.ts", "extender"]

# A workload of the examples.
FROM bare AS synthetic-service
LABEL org.opencontainers.image.title=netaware-synthetic-service
COPY --from=dependencies /app/node_modules/zod node_modules/zod
COPY core core
COPY lab/workload/synthetic-service.ts lab/workload/
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["node", "/app/lab/workload/synthetic-service.ts"]
