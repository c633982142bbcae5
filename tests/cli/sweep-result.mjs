/** A result that nobody trained for. */
export function pretended(id, spec) {
  const seed = spec.training.seed ?? 0
  return {
    id,
    spec,
    version: '0.0.0',
    machine: { cpu: 'none', runtime: 'none' },
    params: 1000,
    flopsPerToken: 6000,
    steps: 10,
    tokens: 640,
    seconds: 1.5,
    tokensPerSecond: 426,
    peakRssMiB: 100,
    metric: 'accuracy',
    chance: 0.5,
    score: { mean: seed / 10, low: seed / 10 - 0.05, high: seed / 10 + 0.05 },
    loss: 1 / (1 + seed),
    byDifficulty: [{ value: 16, score: { mean: 0.5, low: 0.4, high: 0.6 }, loss: 2 }],
    byPosition: [],
    curve: [{ step: 10, tokens: 640, seconds: 1.5, flops: 1e6, trainLoss: 1, validLoss: 1.5 }],
    solvedAt: null,
    stateBytes: 64,
    decode: [],
    configuration: {},
  }
}
