"""Computes the memory that a model takes on each GPU. Pure.

As in vLLM, the engine may use `utilisation × total`; weights, peak activations, encoder cache,
CUDA graphs and runtime are subtracted, and the rest is KV cache. Weights and KV cache are exact
(tests/engine compares them with vLLM); activations, graphs and runtime are conservative estimates,
marked below.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from backend.model.selection.checkpoint import Checkpoint
from backend.model.selection.gpus import GIB

#: The largest share of a GPU that the engine takes.
MOST_UTILIZATION = 0.9
#: Free memory to leave: vLLM measures after creating its CUDA context.
MARGIN_BYTES = GIB // 2
#: The smallest useful context window: one overview at the full pixel budget (4,096 tokens), its
#: text, a question and an answer.
LEAST_WINDOW = 8_192
#: CUDA context, libraries and workspaces of one rank (estimate).
RUNTIME_BYTES = GIB // 2
#: Buffers of NCCL and the custom all-reduce, for each of several ranks (estimate).
EXCHANGE_BYTES = GIB // 2
#: CUDA graphs of one layer, for the usual batch sizes (estimate).
GRAPH_BYTES_PER_LAYER = 10 * 2**20


@dataclass(frozen=True, slots=True)
class Split:
    """How the model is split: each layer over `tensor` GPUs, the layers over `pipeline` groups.

    `experts`: each rank gets whole experts (expert parallel), because quantised blocks cannot be
    split.
    """

    tensor: int = 1
    pipeline: int = 1
    experts: bool = False

    @property
    def ranks(self) -> int:
        """The number of GPUs."""
        return self.tensor * self.pipeline


@dataclass(frozen=True, slots=True)
class Work:
    """What the engine may process at once, in tokens and pixels."""

    batched_tokens: int = 8192
    sequences: int = 64
    image_pixels: int = 4_194_304
    kv_element_bytes: float = 2.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on each GPU; `taken` by other programs, `spare` left free."""

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
        """What the engine needs besides the KV cache."""
        return self.weights + self.activations + self.encoder_cache + self.graphs + self.runtime

    def parts(self) -> dict[str, int]:
        """The bytes by name."""
        return asdict(self)

    @property
    def total(self) -> int:
        """All memory of the GPU."""
        return sum(getattr(self, field.name) for field in fields(self))


def split_problem(checkpoint: Checkpoint, split: Split) -> str | None:
    """Why the model cannot be split like this; None if it can.

    vLLM's rules: the heads must be divisible by the ranks; KV heads are divided or replicated; a
    rank's part of a quantised layer must be whole blocks (the 30B's FP8 experts with a width of
    768 = 6 × 128 can be split over 1, 2, 3 or 6 ranks, but not over 4).
    """
    figures, ranks = checkpoint.architecture, split.tensor
    if split.pipeline > figures.layers:
        return f"{figures.layers} layers cannot be split over {split.pipeline} groups"
    if ranks == 1:
        return None
    if figures.heads % ranks:
        return f"{figures.heads} attention heads are not divisible by {ranks}"
    if figures.kv_heads % ranks and ranks % figures.kv_heads:
        return f"{figures.kv_heads} KV heads can be neither divided by {ranks} nor replicated"
    if split.experts:
        if not figures.experts:
            return "the model has no experts"
        if figures.experts % ranks:
            return f"{figures.experts} experts are not divisible by {ranks}"
        return None
    width = figures.expert_width if figures.experts else figures.intermediate
    if width % ranks:
        return f"the layer width {width} is not divisible by {ranks}"
    if checkpoint.block and (width // ranks) % checkpoint.block:
        return f"{width} / {ranks} is not a multiple of the block size {checkpoint.block}"
    return None


def weights_per_rank(checkpoint: Checkpoint, split: Split) -> int:
    """Bytes of weights on the fullest GPU.

    Every GPU has the whole vision tower and the norms (`mm_encoder_tp_mode=data`). KV projections
    are replicated if there are more ranks than KV heads. The fullest group of a pipeline has the
    most layers and the larger of embedding and head.
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
    """Bytes of one token's keys and values on one GPU, which has at least one KV head."""
    figures = checkpoint.architecture
    layers = -(-figures.layers // split.pipeline)
    heads = max(1, figures.kv_heads // split.tensor)
    return round(2 * layers * heads * figures.head_dim * element_bytes)


def image_tokens(checkpoint: Checkpoint, pixels: int) -> int:
    """Tokens of an image with this many pixels."""
    return -(-pixels // checkpoint.architecture.vision.edge**2)


def encoder_tokens(checkpoint: Checkpoint, work: Work) -> int:
    """Image tokens that the encoder processes and caches at once."""
    return max(work.batched_tokens, image_tokens(checkpoint, work.image_pixels))


def activation_bytes(checkpoint: Checkpoint, split: Split, work: Work) -> int:
    """Peak activations, estimated from the widths of the largest tensors.

    The larger of the language model on a full batch with the logits of all sequences, and the
    vision tower on as many images as the encoder processes at once.
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
    """The memory of a GPU of which the engine may use `allowed` bytes.

    `kv_cache` is the remainder, negative if the model does not fit. `offloaded`: bytes of each
    rank's weights that stay in main memory (`cpu_offload_gb`).
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
