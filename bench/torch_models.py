"""The models of `seqlab bench` in PyTorch: the frames and operations of src/evaluation/bench, natural to PyTorch.

Recurrences are computed in chunks of 64 tokens: all chunks at once by matrix products, the states between them by a
loop. A frame is a dictionary with mixer, vocabulary, context, dim, heads and layers.
"""
import torch
from torch import nn
from torch.nn import functional as F

CHUNK = 64


def hidden_future(size):
    """True where a column lies after its row."""
    return torch.ones(size, size, dtype=torch.bool).triu(1)


def in_chunks(x):
    """[B, H, T, D] to [B, H, N, CHUNK, D]."""
    return x.unflatten(2, (-1, CHUNK))


def states_before(written, kept):
    """S before each chunk, where S becomes kept * S + written over one: [B, H, N, K, V]."""
    state, states = torch.zeros_like(written[:, :, 0]), []
    for update, share in zip(written.unbind(2), kept.unbind(2)):
        states.append(state)
        state = share * state + update
    return torch.stack(states, 2)


def attention(q, k, v, _):
    scores = (q @ k.mT).masked_fill(hidden_future(q.shape[2]), -torch.inf)
    return scores.softmax(-1) @ v


def channel_decay(q, k, v, gate):
    """Gated linear attention: exponents are taken relative to the middle of a chunk."""
    q, k, v, log_decay = (in_chunks(x) for x in (q, k, v, F.logsigmoid(gate) / 16))
    elapsed = log_decay.cumsum(-2)
    middle, end = elapsed[..., CHUNK // 2 - 1 : CHUNK // 2, :], elapsed[..., -1:, :]
    scores = (q * (elapsed - middle).exp()) @ (k * (middle - elapsed).exp()).mT
    inside = scores.masked_fill(hidden_future(CHUNK), 0) @ v
    before = states_before((k * (end - elapsed).exp()).mT @ v, end.exp().mT)
    return (inside + (q * elapsed.exp()) @ before).flatten(2, 3)


def head_decay(q, k, v, gate):
    """The scalar decay of Mamba-2."""
    q, k, v, log_decay = (in_chunks(x) for x in (q, k, v, F.logsigmoid(gate)))
    elapsed = log_decay.cumsum(-2)
    end = elapsed[..., -1:, :]
    decay = (elapsed - elapsed.mT).masked_fill(hidden_future(CHUNK), -torch.inf).exp()
    inside = (q @ k.mT * decay) @ v
    before = states_before((k * (end - elapsed).exp()).mT @ v, end.exp())
    return (inside + (q * elapsed.exp()) @ before).flatten(2, 3)


def delta_rule(q, k, v, gate):
    q, k, v, beta = (in_chunks(x) for x in (q, F.normalize(k, dim=-1), v, gate.sigmoid()))
    scaled = k * beta
    system = (scaled @ k.mT).tril(-1) + torch.eye(CHUNK)
    both = torch.cat((scaled, v * beta), -1)
    against_state, own = torch.linalg.solve_triangular(system, both, upper=False, unitriangular=True).chunk(2, -1)
    state, states, updates = torch.zeros_like(own[:, :, 0, : k.shape[-1]]), [], []
    for keys, values, reading in zip(k.unbind(2), own.unbind(2), against_state.unbind(2)):
        states.append(state)
        updates.append(values - reading @ state)
        state = state + keys.mT @ updates[-1]
    inside = (q @ k.mT).tril() @ torch.stack(updates, 2)
    return (inside + q @ torch.stack(states, 2)).flatten(2, 3)


# What computes a mixer, and how wide its gate is.
MIXERS = {
    'softmax': (attention, lambda dim, heads: 0),
    'gla': (channel_decay, lambda dim, heads: dim),
    'mamba2': (head_decay, lambda dim, heads: heads),
    'delta-net': (delta_rule, lambda dim, heads: heads),
}


class Block(nn.Module):
    def __init__(self, mixer, dim, heads):
        super().__init__()
        self.compute, gate_width = MIXERS[mixer]
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.mixer_norm, self.channel_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.query, self.key, self.value, self.output = (nn.Linear(dim, dim) for _ in range(4))
        self.gate = nn.Linear(dim, gate_width(dim, heads)) if gate_width(dim, heads) else None
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        y = self.mixer_norm(x)
        q, k, v = (self.split(part(y)) for part in (self.query, self.key, self.value))
        mixed = self.compute(q * self.scale, k, v, self.gate and self.split(self.gate(y)))
        return self.channel(x + self.output(mixed.transpose(1, 2).flatten(2)))

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2).contiguous()

    def channel(self, x):
        return x + self.down(F.gelu(self.up(self.channel_norm(x))))

    def step(self, x, state):
        """One token x [1, dim] of gated linear attention with state [H, K, V]."""
        y = self.mixer_norm(x)
        q, k, v, gate = (part(y).view(self.heads, 1, -1) for part in (self.query, self.key, self.value, self.gate))
        state = (F.logsigmoid(gate) / 16).exp().mT * state + k.mT * v
        mixed = (q * self.scale) @ state
        return self.channel(x + self.output(mixed.view(1, -1))), state


class Blocks(nn.Module):
    def __init__(self, mixer, vocabulary, context, dim, heads, layers):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dim)
        self.positions = nn.Parameter(0.02 * torch.randn(context, dim)) if mixer == 'softmax' else None
        self.blocks = nn.ModuleList(Block(mixer, dim, heads) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, vocabulary)

    def forward(self, tokens):
        x = self.embedding(tokens)
        if self.positions is not None:
            x = x + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class Lstm(nn.Module):
    def __init__(self, vocabulary, dim, layers):
        super().__init__()
        self.embedding, self.head = nn.Embedding(vocabulary, dim), nn.Linear(dim, vocabulary)
        self.layers = nn.LSTM(dim, dim, layers, batch_first=True)

    def forward(self, tokens):
        features, _ = self.layers(self.embedding(tokens))
        return self.head(features)


def build(frame):
    vocabulary, dim, layers = frame['vocabulary'], frame['dim'], frame['layers']
    if frame['mixer'] == 'lstm':
        return Lstm(vocabulary, dim, layers)
    return Blocks(frame['mixer'], vocabulary, frame['context'], dim, frame['heads'], layers)
