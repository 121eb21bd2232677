# The server and its engine, for a machine with an NVIDIA GPU:
#   docker build -t drawing-chat .

FROM node:24-bookworm-slim AS page
WORKDIR /page
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

# torch's wheels contain the CUDA 13.0 libraries. The base image has the same CUDA version, so that a
# driver older than 580 is rejected when the container starts. For another base image:
# --build-arg CUDA_IMAGE=…
ARG CUDA_IMAGE=nvidia/cuda:13.0.1-base-ubuntu24.04
# hadolint ignore=DL3006
FROM ${CUDA_IMAGE}
# The engine compiles kernels at its first start, which needs a compiler and Python's headers.
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
# The packages get their own layer, with only the files that install and repair them: they are by far
# the largest part and must not be downloaded again when a line of the server changes.
COPY pyproject.toml README.md LICENSE requirements_*.txt fix_qwen_dependencies.sh ./
COPY backend/__init__.py backend/
COPY backend/model/vllm/dependency_probe.py backend/model/vllm/torchvision_operators.py backend/model/vllm/
RUN python3.12 -m venv .venv \
    && ./fix_qwen_dependencies.sh --gpu --install -e . \
    && pip install --no-deps -r requirements_no_deps.txt
COPY backend/ backend/
COPY demo/ demo/
RUN pip install --no-deps -e .
COPY --from=page /page/dist frontend/dist/

# The server listens on all addresses of the container, so it refuses to start without
# DRAWING_CHAT_TOKEN; pass it with `docker run -e` or in compose.yaml. Compiled kernels are kept in
# the models volume, so that a new container does not compile them again.
ENV DRAWING_CHAT_HOST=0.0.0.0 \
    DRAWING_CHAT_PORT=8000 \
    DRAWING_CHAT_DATA_FOLDER=/data \
    HF_HOME=/models \
    XDG_CACHE_HOME=/models/cache
USER drawing-chat
VOLUME ["/data", "/models"]
EXPOSE 8000
# Healthy once the server responds, even while the model is still loading. /ready reports the model.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["drawing-chat"]
CMD ["serve"]
