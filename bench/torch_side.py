"""The PyTorch side of `seqlab bench`: takes training steps, or reads tokens one by one, as many as it is told.

    torch_side.py '{"task": "train", "mixer": "gla", "vocabulary": 256, "context": 256, "batch": 8, "dim": 256,
                    "heads": 4, "layers": 4, "threads": 2}'

Says {"firstStepSeconds": ...} when the first step is done, then answers each line of input, a number of steps, with
their milliseconds, and the end of input with {"peakRssMiB": ...}.
"""
import json
import os
import resource
import sys
import time

frame = json.loads(sys.argv[1])
# OpenMP reads it when it is loaded.
os.environ['OMP_NUM_THREADS'] = str(frame['threads'])

import torch
from torch.nn import functional as F

from torch_models import build

torch.set_num_threads(frame['threads'])
torch.manual_seed(0)


def training():
    model = build(frame)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    tokens, targets = torch.randint(frame['vocabulary'], (2, frame['batch'], frame['context']))

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten()).backward()
        optimizer.step()

    return step


def decoding():
    model = build(frame)
    width = frame['dim'] // frame['heads']
    states = [torch.zeros(frame['heads'], width, width) for _ in model.blocks]
    position = 0

    @torch.inference_mode()
    def step():
        nonlocal position
        x = model.embedding(torch.tensor([position % frame['vocabulary']]))
        for layer, block in enumerate(model.blocks):
            x, states[layer] = block.step(x, states[layer])
        position += 1
        return model.head(model.norm(x))

    return step


def peak_rss_mib():
    """The kernel's own mark of the largest resident size; what `resource` tells can start from the parent's."""
    try:
        with open('/proc/self/status') as status:
            return round(next(int(line.split()[1]) for line in status if line.startswith('VmHWM:')) / 1024)
    except FileNotFoundError:
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)


def milliseconds(step):
    before = time.perf_counter()
    step()
    return (time.perf_counter() - before) * 1000


def say(value):
    print(json.dumps(value), flush=True)


began = time.perf_counter()
step = {'train': training, 'decode': decoding}[frame['task']]()
step()
say({'firstStepSeconds': time.perf_counter() - began})
for line in sys.stdin:
    say([milliseconds(step) for _ in range(int(line))])
say({'peakRssMiB': peak_rss_mib()})
