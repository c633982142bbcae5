"""Mixers that are no recurrence of queries, keys and values, whole as their papers have them."""
import math

import torch
from torch import nn
from torch.nn import functional as F


def depthwise(x, convolution):
    """A causal convolution of each channel of [B, T, C]."""
    return convolution(x.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2)


def short_convolution(width, taps):
    return nn.Conv1d(width, width, taps, groups=width, padding=taps - 1)


def long_convolution(x, kernel):
    """x and a kernel [C, T] convolved causally along the last axis."""
    length = x.shape[-1]
    product = torch.fft.rfft(x, 2 * length) * torch.fft.rfft(kernel, 2 * length)
    return torch.fft.irfft(product, 2 * length)[..., :length]


class Mamba(nn.Module):
    def __init__(self, dim, _, states=16, expand=2, taps=4):
        super().__init__()
        width, rank = expand * dim, math.ceil(dim / 16)
        self.input, self.output = nn.Linear(dim, 2 * width), nn.Linear(width, dim)
        self.convolution = short_convolution(width, taps)
        self.small = nn.Linear(width, rank + 2 * states, bias=False)
        self.step = nn.Linear(rank, width)
        nn.init.constant_(self.step.bias, -4)
        self.log_rate = nn.Parameter(torch.arange(1, states + 1.0).log().repeat(width, 1))
        self.skip = nn.Parameter(torch.ones(width))
        self.sizes = (rank, states, states)

    def forward(self, x):
        x, gate = self.input(x).chunk(2, -1)
        x = F.silu(depthwise(x, self.convolution))
        low, write, read = self.small(x).split(self.sizes, -1)
        y = self.scan(x, F.softplus(self.step(low)), write, read)
        return self.output((y + self.skip * x) * F.silu(gate))

    def scan(self, x, delta, write, read):
        """One token after the other, nothing of the size [B, T, N, E] made beforehand: the fastest of ten forms."""
        rate = -self.log_rate.exp().T
        state, outputs = x.new_zeros(x.shape[0], *rate.shape), []
        rows = (delta.unsqueeze(2), (delta * x).unsqueeze(2), write.unsqueeze(3), read.unsqueeze(2))
        for step, value, key, query in zip(*(row.unbind(1) for row in rows)):
            state = torch.addcmul((step * rate).exp() * state, value, key)
            outputs.append(query @ state)
        return torch.cat(outputs, 1)


class Hyena(nn.Module):
    def __init__(self, dim, context, order=2, taps=3, bands=8, width=64, layers=2, unit=1024, floor=0.05):
        super().__init__()
        self.order = order
        self.input, self.output = nn.Linear(dim, (order + 1) * dim), nn.Linear(dim, dim)
        self.convolution = short_convolution((order + 1) * dim, taps)
        self.first, self.inner = nn.Linear(1 + 2 * bands, width), nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.last = nn.Linear(width, order * dim, bias=False)
        self.frequency = nn.Parameter(torch.full((width,), 10.0))
        self.skip = nn.Parameter(torch.randn(order, dim))
        time = torch.arange(context)[:, None] / unit
        angles = 2 * math.pi * torch.arange(bands).clamp(min=1e-4) * time
        self.features = torch.cat((time, angles.cos(), -angles.sin()), -1)
        self.window = (math.log(0.01) * time / torch.linspace(1.5, 0.3, order * dim)).exp() + floor

    def filters(self):
        hidden = self.features
        for part in (self.first, *self.inner):
            hidden = (self.frequency * part(hidden)).sin()
        return (self.last(hidden) * self.window).T

    def forward(self, x):
        parts = depthwise(self.input(x), self.convolution).transpose(1, 2)
        value, *gates = parts.chunk(self.order + 1, 1)
        for gate, kernel, skip in zip(gates, self.filters().chunk(self.order), self.skip):
            value = gate * (long_convolution(value, kernel) + skip[:, None] * value)
        return self.output(value.transpose(1, 2))


class S4(nn.Module):
    """Kernels from the generating function at the roots of unity, with C (I − Ā^L) as the parameter, as the paper has it."""

    def __init__(self, dim, context, modes=32):
        super().__init__()
        self.context = context
        self.log_step = nn.Parameter(torch.empty(dim, 1).uniform_(math.log(1e-3), math.log(1e-1)))
        self.log_decay = nn.Parameter(torch.full((modes,), math.log(0.5)))
        self.frequency = nn.Parameter(math.pi * torch.arange(modes))
        self.low_rank, self.write = (nn.Parameter(torch.randn(modes, 2)) for _ in range(2))
        self.read = nn.Parameter(torch.randn(dim, modes, 2) / math.sqrt(2))
        self.skip = nn.Parameter(torch.randn(dim))
        self.mix = nn.Linear(dim, 2 * dim)
        roots = torch.exp(-2j * math.pi * torch.arange(context // 2 + 1) / context)
        # The last root is −1, where 1 + ω divides by 0: a hair beside it.
        roots[-1] += 1e-4
        self.bilinear, self.front = 2 * (1 - roots) / (1 + roots), 2 / (1 + roots)

    def kernels(self):
        poles = torch.complex(-self.log_decay.exp(), self.frequency)
        low_rank, write, read = (torch.view_as_complex(x) for x in (self.low_rank, self.write, self.read))
        at = self.bilinear / self.log_step.exp()
        cauchy = 1 / (at[:, None] - poles[:, None])
        mirrored = 1 / (at[:, None] - poles.conj()[:, None])
        weights = torch.stack(
            (read * write, read * low_rank, (low_rank.conj() * write).expand_as(read), (low_rank.abs() ** 2 + 0j).expand_as(read)), 1
        )
        read_write, read_low, low_write, low_low = (weights @ cauchy + weights.conj() @ mirrored).unbind(1)
        return torch.fft.irfft(self.front * (read_write - read_low * low_write / (1 + low_low)), self.context)

    def forward(self, x):
        y = long_convolution(x.transpose(1, 2), self.kernels()).transpose(1, 2)
        value, gate = self.mix(F.gelu(y + self.skip * x)).chunk(2, -1)
        return value * gate.sigmoid()


WHOLE = {'mamba': Mamba, 'hyena': Hyena, 's4': S4}
