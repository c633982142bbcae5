"""Mixers of queries, keys and values by head, bare: projections, attention or a recurrence, an output map.

Recurrences are computed in chunks of 64 tokens: all chunks at once by matrix products, the states between them by a
loop.
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
    """S before each chunk, where S becomes kept * S + written over one: [B, H, N, K, V]; kept may lack the batch."""
    state, states = torch.zeros_like(written[:, :, 0]), []
    for update, share in zip(written.unbind(2), kept.expand(*kept.shape[:2], written.shape[2], -1, -1).unbind(2)):
        states.append(state)
        state = share * state + update
    return torch.stack(states, 2)


def attention(q, k, v, gate, bonus):
    scores = (q @ k.mT).masked_fill(hidden_future(q.shape[2]), -torch.inf)
    return scores.softmax(-1) @ v


def channel_decay(q, k, v, gate, bonus):
    """Gated linear attention: exponents are taken relative to the middle of a chunk."""
    q, k, v, log_decay = (in_chunks(x) for x in (q, k, v, F.logsigmoid(gate) / 16))
    elapsed = log_decay.cumsum(-2)
    middle, end = elapsed[..., CHUNK // 2 - 1 : CHUNK // 2, :], elapsed[..., -1:, :]
    scores = (q * (elapsed - middle).exp()) @ (k * (middle - elapsed).exp()).mT
    inside = scores.masked_fill(hidden_future(CHUNK), 0) @ v
    before = states_before((k * (end - elapsed).exp()).mT @ v, end.exp().mT)
    return (inside + (q * elapsed.exp()) @ before).flatten(2, 3)


def bonus_decay(q, k, v, gate, bonus):
    """RWKV-6: as above, but a token reads before it decays and writes, and its own value with a bonus."""
    q, k, v, log_decay = (in_chunks(x) for x in (q, k, v, -(gate - 2).exp()))
    elapsed = log_decay.cumsum(-2)
    before_token = elapsed - log_decay
    middle, end = elapsed[..., CHUNK // 2 - 1 : CHUNK // 2, :], elapsed[..., -1:, :]
    scores = (q * (before_token - middle).exp()) @ (k * (middle - elapsed).exp()).mT
    own = (q * bonus.unsqueeze(1) * k).sum(-1, keepdim=True) * v
    inside = scores.tril(-1) @ v + own
    before = states_before((k * (end - elapsed).exp()).mT @ v, end.exp().mT)
    return (inside + (q * before_token.exp()) @ before).flatten(2, 3)


def head_decay(q, k, v, gate, bonus):
    """The scalar decay of Mamba-2."""
    q, k, v, log_decay = (in_chunks(x) for x in (q, k, v, F.logsigmoid(gate)))
    elapsed = log_decay.cumsum(-2)
    end = elapsed[..., -1:, :]
    decay = (elapsed - elapsed.mT).masked_fill(hidden_future(CHUNK), -torch.inf).exp()
    inside = (q @ k.mT * decay) @ v
    before = states_before((k * (end - elapsed).exp()).mT @ v, end.exp())
    return (inside + (q * elapsed.exp()) @ before).flatten(2, 3)


def turned(x):
    """Rotary positions of [B, H, T, D]."""
    rates = 10_000 ** (-torch.arange(0, x.shape[-1], 2) / x.shape[-1])
    angles = torch.arange(x.shape[2])[:, None] * rates
    cos, sin, (first, second) = angles.cos(), angles.sin(), x.chunk(2, -1)
    return torch.cat((first * cos - second * sin, first * sin + second * cos), -1)


def retention(q, k, v, gate, bonus):
    """RetNet: one constant decay for each head, so that all factors are known beforehand."""
    log_decay = (1 - 2.0 ** (-5 - torch.arange(q.shape[1]))).log().view(-1, 1, 1, 1)
    q, k, v = (in_chunks(x) for x in (turned(q), turned(k), v))
    position = torch.arange(CHUNK)
    decay = ((position[:, None] - position) * log_decay).masked_fill(hidden_future(CHUNK), -torch.inf).exp()
    inside = (q @ k.mT * decay) @ v
    written = (k * ((CHUNK - 1 - position)[:, None] * log_decay).exp()).mT @ v
    before = states_before(written, (CHUNK * log_decay).exp().unsqueeze(0))
    return (inside + (q * ((position + 1)[:, None] * log_decay).exp()) @ before).flatten(2, 3)


def delta_rule(q, k, v, gate, bonus):
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
FORMS = {
    'softmax': (attention, lambda dim, heads: 0),
    'gla': (channel_decay, lambda dim, heads: dim),
    'mamba2': (head_decay, lambda dim, heads: heads),
    'delta-net': (delta_rule, lambda dim, heads: heads),
    'retnet': (retention, lambda dim, heads: 0),
    'rwkv6': (bonus_decay, lambda dim, heads: dim),
}


class HeadMixer(nn.Module):
    def __init__(self, mixer, dim, heads):
        super().__init__()
        self.compute, gate_width = FORMS[mixer]
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.query, self.key, self.value, self.output = (nn.Linear(dim, dim) for _ in range(4))
        self.gate = nn.Linear(dim, gate_width(dim, heads)) if gate_width(dim, heads) else None
        self.bonus = nn.Parameter(torch.ones(heads, 1, dim // heads)) if mixer == 'rwkv6' else None

    def forward(self, x):
        q, k, v = (self.split(part(x)) for part in (self.query, self.key, self.value))
        mixed = self.compute(q * self.scale, k, v, self.gate and self.split(self.gate(x)), self.bonus)
        return self.output(mixed.transpose(1, 2).flatten(2))

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2).contiguous()

    def step(self, x, state):
        """One token x [1, dim] of gated linear attention with state [H, K, V]."""
        q, k, v, gate = (part(x).view(self.heads, 1, -1) for part in (self.query, self.key, self.value, self.gate))
        state = (F.logsigmoid(gate) / 16).exp().mT * state + k.mT * v
        return self.output(((q * self.scale) @ state).view(1, -1)), state
