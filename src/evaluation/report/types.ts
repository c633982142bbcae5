/** What a comparison measured. Plain JSON, so that report.json is this object and a report can be drawn from it again. */
export interface ComparisonReport {
  title: string
  /** The command line that repeats the comparison. */
  command: string
  /** Version of seqlab that ran it. */
  version: string
  machine: { cpu: string; threads: number; runtime: string }
  data: { name: string; tokenizer: string; trainTokens: number; validTokens: number }
  /** Settings that all models share: steps, batch, context, rate, seed, … */
  settings: Record<string, unknown>
  /** At least one, in the order that colours and samples follow. */
  models: ModelResult[]
}

/** One trained model. A number that is not finite is shown as not measured; a model whose validation
 * loss is not finite has diverged and is ranked by nothing. */
export interface ModelResult {
  model: string
  params: number
  /** Nats per token. */
  trainLoss: number
  /** Nats per token over the whole validation split, after the last step. */
  validLoss: number
  bitsPerByte: number
  /** In training. */
  tokensPerSecond: number
  /** What generation carries from token to token, at position 1,000. */
  stateBytes: number
  /** Time of one generated token at position 1,000. */
  microsecondsPerToken: number
  peakRssMiB: number
  /** Of training. */
  seconds: number
  /** Text that the model generated. */
  sample: string
  curve: CurvePoint[]
  decode: DecodePoint[]
  /** The model's whole configuration, as JSON. */
  configuration: unknown
}

export interface CurvePoint {
  step: number
  tokens: number
  seconds: number
  /** Of training so far. */
  flops?: number
  trainLoss: number
  validLoss?: number
}

export interface DecodePoint {
  position: number
  microseconds: number
  /** Bytes of state in use. */
  stateBytes: number
  /** Bytes of state reserved: a cache grows in buckets. */
  allocatedBytes: number
}
