# The daemon in a container. It runs as an ordinary user, and writes only below /repo, /state, /home
# and /tmp: see compose.yaml. No credentials are in it.

# The real Claude Code in the version that the tests drive, checked by the hashes of package-lock.json.
FROM node:22-bookworm-slim AS claude
ARG CLAUDE_CODE=2.1.329
WORKDIR /client
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && cp "$(find "node_modules/claude-code-$CLAUDE_CODE/node_modules" -type f -name claude)" /claude \
 && chmod 755 /claude

FROM python:3.11-slim-bookworm AS wheel
WORKDIR /source
COPY requirements/build.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY coffee_maker coffee_maker
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel .

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates gh git \
 && rm -rf /var/lib/apt/lists/*
# An environment of its own, so that the project's tests do not meet our libraries.
COPY requirements/base.txt /tmp/base.txt
COPY --from=wheel /wheel /tmp/wheel
RUN python -m venv /opt/coffee_maker \
 && /opt/coffee_maker/bin/pip install --no-cache-dir --require-hashes -r /tmp/base.txt \
 && /opt/coffee_maker/bin/pip install --no-cache-dir --no-deps /tmp/wheel/*.whl \
 && ln -s /opt/coffee_maker/bin/coffee-maker /usr/local/bin/coffee-maker \
 && rm -rf /tmp/base.txt /tmp/wheel
COPY --from=claude /claude /usr/local/bin/claude
ARG USER_ID=1000 GROUP_ID=1000
RUN groupadd --non-unique --gid "$GROUP_ID" coffee \
 && useradd --non-unique --uid "$USER_ID" --gid coffee --create-home coffee \
 && install --directory --owner=coffee --group=coffee --mode=700 /state \
 && install --directory --owner=coffee --group=coffee /repo
ENV HOME=/home/coffee XDG_STATE_HOME=/state PYTHONDONTWRITEBYTECODE=1
USER coffee
WORKDIR /repo
VOLUME ["/state", "/home/coffee"]
ENTRYPOINT ["coffee-maker"]
CMD ["run"]
