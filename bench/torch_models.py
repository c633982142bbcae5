"""The models of `seqlab bench` in PyTorch: the frames and operations of src/evaluation/bench, natural to PyTorch.

A frame is a dictionary with mixer, vocabulary, context, dim, heads and layers.
"""
import torch
from torch import nn
from torch.nn import functional as F

from torch_heads import HeadMixer
from torch_whole import WHOLE


class Block(nn.Module):
    def __init__(self, mixer, context, dim, heads):
        super().__init__()
        self.mixer_norm, self.channel_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.mixer = WHOLE[mixer](dim, context) if mixer in WHOLE else HeadMixer(mixer, dim, heads)
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        return self.channel(x + self.mixer(self.mixer_norm(x)))

    def channel(self, x):
        return x + self.down(F.gelu(self.up(self.channel_norm(x))))

    def step(self, x, state):
        """One token x [1, dim] with the mixer's state."""
        mixed, state = self.mixer.step(self.mixer_norm(x), state)
        return self.channel(x + mixed), state


class Blocks(nn.Module):
    def __init__(self, mixer, vocabulary, context, dim, heads, layers):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dim)
        self.positions = nn.Parameter(0.02 * torch.randn(context, dim)) if mixer == 'softmax' else None
        self.blocks = nn.ModuleList(Block(mixer, context, dim, heads) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, vocabulary)

    def forward(self, tokens):
        x = self.embedding(tokens)
        if self.positions is not None:
            x = x + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class Recurrent(nn.Module):
    def __init__(self, kind, vocabulary, dim, layers):
        super().__init__()
        self.embedding, self.head = nn.Embedding(vocabulary, dim), nn.Linear(dim, vocabulary)
        self.layers = kind(dim, dim, layers, batch_first=True)

    def forward(self, tokens):
        features, _ = self.layers(self.embedding(tokens))
        return self.head(features)


RECURRENT = {'lstm': nn.LSTM, 'gru': nn.GRU}


def build(frame):
    mixer, vocabulary, dim, layers = (frame[key] for key in ('mixer', 'vocabulary', 'dim', 'layers'))
    if mixer in RECURRENT:
        return Recurrent(RECURRENT[mixer], vocabulary, dim, layers)
    return Blocks(mixer, vocabulary, frame['context'], dim, frame['heads'], layers)
