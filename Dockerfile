FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels ./client '.[postgres,llm]'

FROM python:3.13-slim
RUN useradd --system --create-home --home-dir /data agnox
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels 'agnox-bot[postgres,llm]'
USER agnox
WORKDIR /data
ENV AGNOX_DATA_DIR=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["agnox"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
