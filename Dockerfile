# The server with its engine, for a machine with an NVIDIA GPU. From the project's folder:
#   docker build -f deploy/Dockerfile -t drawing-chat .

FROM node:24-bookworm-slim AS page
WORKDIR /page
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

# torch's wheels bring CUDA's libraries, 13.0; the base has the same number, so that a driver that is
# too old (before 580) is refused when the container starts. Another base: --build-arg CUDA_IMAGE=…
ARG CUDA_IMAGE=nvidia/cuda:13.0.1-base-ubuntu24.04
# hadolint ignore=DL3006
FROM ${CUDA_IMAGE}
# Kernels are compiled at the first start: that takes a compiler and Python's headers.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc g++ libc6-dev python3.12-dev python3.12-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /home/drawing-chat drawing-chat \
    && install -d -o drawing-chat -g drawing-chat /data /models

WORKDIR /opt/drawing-chat
ENV VIRTUAL_ENV=/opt/drawing-chat/.venv \
    PATH=/opt/drawing-chat/.venv/bin:$PATH \
    PIP_NO_CACHE_DIR=1 \
    PYTHONUNBUFFERED=1
# The packages are a layer of their own, with what installs and mends them: they are the large part,
# and a changed line of the server does not fetch them again.
COPY pyproject.toml README.md LICENSE requirements_*.txt fix_qwen_dependencies.sh ./
COPY backend/__init__.py backend/
COPY backend/engine/dependency_probe.py backend/engine/torchvision_operators.py backend/engine/
RUN python3.12 -m venv .venv \
    && ./fix_qwen_dependencies.sh --gpu --install -e . \
    && pip install --no-deps -r requirements_ocr.txt
COPY backend/ backend/
COPY demo/ demo/
RUN pip install --no-deps -e .
COPY --from=page /page/dist frontend/dist/

# It listens on every address of the container, and therefore does not start without a token:
# DRAWING_CHAT_TOKEN has to come with `docker run` or compose.yaml. Compiled kernels stay beside the
# models, or each new container would compile them again.
ENV DRAWING_CHAT_HOST=0.0.0.0 \
    DRAWING_CHAT_PORT=8000 \
    DRAWING_CHAT_DATA_FOLDER=/data \
    HF_HOME=/models \
    XDG_CACHE_HOME=/models/cache
USER drawing-chat
VOLUME ["/data", "/models"]
EXPOSE 8000
# 200 as soon as the server serves, while the model still loads; /ready tells of the model.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["drawing-chat"]
CMD ["serve"]
