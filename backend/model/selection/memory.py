"""What a model takes of each GPU: weights, activations, caches, graphs. Pure.

vLLM's own sum: it may use `utilisation × total`; weights, the peak of its activations, the
encoder cache, the CUDA graphs and the runtime go off that, and the rest is KV cache. Weights and
KV cache are exact (tests/engine holds them against vLLM); activations, graphs and the runtime
are estimates on the careful side, each said where it stands.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from backend.model.selection.checkpoint import Checkpoint
from backend.model.selection.gpus import GIB

#: Highest share of a GPU that the engine takes.
MOST_UTILIZATION = 0.9
#: What must stay free of what is free now: vLLM measures after it has made its CUDA context.
MARGIN_BYTES = GIB // 2
#: The shortest window of a chat about drawings: one overview at the full pixel budget (4,096
#: tokens), its text, a question and an answer.
LEAST_WINDOW = 8_192
#: CUDA context, libraries and workspaces of one rank: estimate.
RUNTIME_BYTES = GIB // 2
#: NCCL's and the custom all-reduce's buffers of one rank of several: estimate.
EXCHANGE_BYTES = GIB // 2
#: CUDA graphs of one layer, for the usual sizes of a batch: estimate.
GRAPH_BYTES_PER_LAYER = 10 * 2**20


@dataclass(frozen=True, slots=True)
class Split:
    """How the model is divided: each layer over `tensor` GPUs, the layers over `pipeline`.

    `experts`: whole experts go to the ranks (expert parallel), as their blocks cannot be cut.
    """

    tensor: int = 1
    pipeline: int = 1
    experts: bool = False

    @property
    def ranks(self) -> int:
        """GPUs that it takes."""
        return self.tensor * self.pipeline


@dataclass(frozen=True, slots=True)
class Work:
    """What the engine is set to do at once; tokens and pixels."""

    batched_tokens: int = 8192
    sequences: int = 64
    image_pixels: int = 4_194_304
    kv_element_bytes: float = 2.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on each GPU. `taken` is what other programs hold, `spare` what nobody is given."""

    weights: int
    activations: int
    encoder_cache: int
    graphs: int
    runtime: int
    kv_cache: int
    taken: int = 0
    spare: int = 0

    @property
    def without_kv(self) -> int:
        """What the engine needs before it can keep one token."""
        return self.weights + self.activations + self.encoder_cache + self.graphs + self.runtime

    def parts(self) -> dict[str, int]:
        """By name, for a table."""
        return asdict(self)

    @property
    def total(self) -> int:
        """All of the GPU."""
        return sum(getattr(self, field.name) for field in fields(self))


def split_problem(checkpoint: Checkpoint, split: Split) -> str | None:
    """Why the model cannot be divided like this; None if it can.

    The rules are vLLM's: heads divide by the ranks; KV heads divide or are repeated; a share of
    a quantised layer has whole blocks (the 30B's FP8 experts of 768 = 6 × 128 go to 1, 2, 3 or 6
    ranks, not to 4).
    """
    figures, ranks = checkpoint.architecture, split.tensor
    if split.pipeline > figures.layers:
        return f"{figures.layers} layers cannot go to {split.pipeline} groups"
    if ranks == 1:
        return None
    if figures.heads % ranks:
        return f"{figures.heads} attention heads cannot be divided by {ranks}"
    if figures.kv_heads % ranks and ranks % figures.kv_heads:
        return f"{figures.kv_heads} KV heads cannot be divided by {ranks}, nor repeated"
    if split.experts:
        if not figures.experts:
            return "it has no experts to share out"
        if figures.experts % ranks:
            return f"{figures.experts} experts cannot be divided by {ranks}"
        return None
    width = figures.expert_width if figures.experts else figures.intermediate
    if width % ranks:
        return f"a width of {width} cannot be divided by {ranks}"
    if checkpoint.block and (width // ranks) % checkpoint.block:
        return f"{width} / {ranks} holds no whole blocks of {checkpoint.block}"
    return None


def weights_per_rank(checkpoint: Checkpoint, split: Split) -> int:
    """Bytes of weights on the fullest GPU.

    The vision tower and the norms are on each one (`mm_encoder_tp_mode=data`); KV projections
    are repeated where there are more ranks than KV heads; of a pipeline, the fullest group has
    the most layers and the larger one of embedding and head.
    """
    figures, weights, ranks = checkpoint.architecture, checkpoint.weights, split.tensor
    queries = figures.heads / (figures.heads + figures.kv_heads)
    shared = queries / ranks + (1 - queries) / min(ranks, figures.kv_heads)
    layers = -(-figures.layers // split.pipeline) / figures.layers
    ends = weights.embedding + weights.head
    if split.pipeline > 1:
        ends = max(weights.embedding, weights.head)
    in_layers = weights.attention * shared + weights.mlp / ranks + weights.other
    return round(weights.vision + layers * in_layers + ends / ranks)


def kv_bytes_per_token(checkpoint: Checkpoint, split: Split, element_bytes: float = 2) -> int:
    """Keys and values of one token on one GPU; at least one KV head is on each."""
    figures = checkpoint.architecture
    layers = -(-figures.layers // split.pipeline)
    heads = max(1, figures.kv_heads // split.tensor)
    return round(2 * layers * heads * figures.head_dim * element_bytes)


def picture_tokens(checkpoint: Checkpoint, pixels: int) -> int:
    """Tokens of a picture with this many pixels."""
    return -(-pixels // checkpoint.architecture.vision.edge**2)


def encoder_tokens(checkpoint: Checkpoint, work: Work) -> int:
    """Tokens of pictures that the encoder runs and keeps at once."""
    return max(work.batched_tokens, picture_tokens(checkpoint, work.image_pixels))


def activation_bytes(checkpoint: Checkpoint, split: Split, work: Work) -> int:
    """The peak while the engine works: estimate from the widths of the largest tensors.

    Either the language model on a full batch with the logits of all sequences, or the vision
    tower on as many pictures as the encoder may run at once.
    """
    figures = checkpoint.architecture
    if figures.experts:
        share = 1 if split.experts else split.tensor
        widest = figures.experts_per_token * (3 * figures.expert_width // share + figures.hidden)
    else:
        widest = 3 * figures.intermediate // split.tensor
    language = work.batched_tokens * (8 * figures.hidden + widest) * 2
    logits = work.sequences * figures.vocabulary * 4 * 2
    tower = figures.vision
    patches = 4 * encoder_tokens(checkpoint, work)
    vision = patches * (6 * tower.hidden + 2 * tower.intermediate) * 2
    return max(language + logits, vision)


def memory_on(
    checkpoint: Checkpoint,
    split: Split,
    work: Work,
    *,
    total: int,
    free: int,
    allowed: int,
    offloaded: int = 0,
) -> Memory:
    """What is where on a GPU of which the engine may use `allowed` bytes.

    `kv_cache` is what is left of that: negative where the model does not fit. `offloaded`: bytes
    of each rank's weights that stay in main memory (`cpu_offload_gb`).
    """
    encoder = encoder_tokens(checkpoint, work) * checkpoint.architecture.image_bytes_per_token()
    layers = -(-checkpoint.architecture.layers // split.pipeline)
    fixed = Memory(
        weights=max(0, weights_per_rank(checkpoint, split) - offloaded),
        activations=activation_bytes(checkpoint, split, work),
        encoder_cache=encoder,
        graphs=layers * GRAPH_BYTES_PER_LAYER,
        runtime=RUNTIME_BYTES + (EXCHANGE_BYTES if split.ranks > 1 else 0),
        kv_cache=0,
    )
    return Memory(
        weights=fixed.weights,
        activations=fixed.activations,
        encoder_cache=fixed.encoder_cache,
        graphs=fixed.graphs,
        runtime=fixed.runtime,
        kv_cache=allowed - fixed.without_kv,
        taken=total - free,
        spare=free - allowed,
    )
