# Loopwright as an image: everything from the lock by hash, no root, and nothing written but to /data and /tmp.
#
#   docker build -t loopwright . && docker run --read-only --tmpfs /tmp -v loopwright:/data loopwright
#
# Settings are /data/loopwright.yaml; deploy/compose.yaml shows the rest.

FROM python:3.13-slim-bookworm AS python

FROM python AS build

WORKDIR /build
ENV TOOLS=/opt/tools \
    LOOPWRIGHT=/opt/loopwright \
    DATA=/data \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

COPY requirements.lock requirements-build.lock ./
RUN python -m venv "$TOOLS" && "$TOOLS/bin/pip" install --require-hashes --no-deps -r requirements-build.lock
RUN python -m venv --without-pip "$LOOPWRIGHT"
RUN "$TOOLS/bin/uv" pip install --python "$LOOPWRIGHT/bin/python" --no-deps --require-hashes --only-binary :all: \
    --compile-bytecode -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY connectors connectors
COPY rules rules
COPY sync sync
COPY config config
COPY sandbox sandbox
RUN "$TOOLS/bin/hatchling" build --target wheel --directory dist
RUN "$TOOLS/bin/uv" pip install --python "$LOOPWRIGHT/bin/python" --no-deps --offline --compile-bytecode dist/*.whl
RUN mkdir "$DATA"

FROM python

COPY --from=build /opt/loopwright /opt/loopwright
COPY --from=build --chown=10001:10001 /data /data

ENV PATH=/opt/loopwright/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LOOPWRIGHT_CONFIG=/data/loopwright.yaml \
    LOOPWRIGHT_WEBHOOKS__HOST=0.0.0.0 \
    LOOPWRIGHT_WEBHOOKS__PORT=8710

WORKDIR /data
USER 10001:10001
VOLUME /data
EXPOSE 8710
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['LOOPWRIGHT_WEBHOOKS__PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]

ENTRYPOINT ["loopwright"]
CMD ["run"]
