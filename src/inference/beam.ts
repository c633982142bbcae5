/** Beam search over any decoder that tells the next token's logits from its state and the last token. */
import { sizeOf, type TensorData } from '../engine/index.js'

/** A decoder's state: f32 leaves by name, whose first extent is the rows. */
export type BeamState = Readonly<Record<string, TensorData>>

/** Logits [R, V] after the last tokens [R], and the state with them. */
export type BeamStep = (token: TensorData, state: BeamState) => Promise<{ logits: TensorData; state: BeamState }>

export interface BeamOptions {
  /** Unfinished texts kept at each step; 1 is greedy decoding. */
  readonly width: number
  /** Most tokens of a text, its end included. */
  readonly length: number
  /** The token that stands before the first one. */
  readonly begin: number
  /** The token that ends a text. */
  readonly end: number
}

export interface Hypothesis {
  /** Without the end. */
  readonly tokens: readonly number[]
  /** In nats, its end included; not divided by its length. */
  readonly logProbability: number
  readonly finished: boolean
}

/**
 * The likeliest text of each source that the beam finds. Each step keeps the `width` likeliest extensions of what is
 * kept; those that end leave the beam, and the search of a source stops when an ended one is likelier than all others
 * (Sutskever et al. 2014, section 3.2). `start` has one row a source; every step gets sources × width rows.
 */
export async function beamSearch(step: BeamStep, start: BeamState, options: BeamOptions): Promise<Hypothesis[]> {
  const { width, length, begin, end } = options
  const sources = Object.values(start)[0].shape[0]
  const beams = Array.from({ length: sources }, () => ({ live: [nothing], best: undefined as Hypothesis | undefined }))
  let state = rowsOf(
    start,
    Array.from({ length: sources * width }, (_, row) => Math.floor(row / width)),
  )
  for (let position = 0; position < length && beams.some(({ live }) => live.length > 0); position++) {
    const last = (row: number) => beams[Math.floor(row / width)].live[row % width]?.tokens.at(-1) ?? begin
    const token = Int32Array.from({ length: sources * width }, (_, row) => last(row))
    const next = await step({ shape: [token.length], dtype: 'i32', data: token }, state)
    const parents = Int32Array.from({ length: sources * width }, (_, row) => row)
    beams.forEach((beam, source) => {
      const kept = extensions(beam.live, next.logits, source * width).slice(0, width)
      const open = kept.filter(({ token }) => token !== end)
      open.forEach(({ parent }, index) => {
        parents[source * width + index] = source * width + parent
      })
      for (const { parent, token, logProbability } of kept) {
        if (token !== end || logProbability <= (beam.best?.logProbability ?? -Infinity)) continue
        beam.best = { tokens: beam.live[parent].tokens, logProbability, finished: true }
      }
      const hopeful = open.filter(({ logProbability }) => logProbability > (beam.best?.logProbability ?? -Infinity))
      const before = beam.live
      beam.live = (hopeful.length > 0 ? open : []).map(({ parent, token, logProbability }) => {
        return { tokens: [...before[parent].tokens, token], logProbability, finished: false }
      })
    })
    state = rowsOf(next.state, parents)
  }
  return beams.map(({ live, best }) => best ?? live[0])
}

const nothing: Hypothesis = { tokens: [], logProbability: 0, finished: false }

/** Every text with every token behind it, the likeliest first. */
function extensions(live: readonly Hypothesis[], { shape: [, vocabulary], data }: TensorData, firstRow: number) {
  const all = live.flatMap(({ logProbability }, parent) => {
    const from = (firstRow + parent) * vocabulary
    const row = Array.from({ length: vocabulary }, (_, token) => data[from + token])
    const most = Math.max(...row)
    const total = most + Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0))
    return row.map((value, token) => ({ parent, token, logProbability: logProbability + value - total }))
  })
  return all.sort((a, b) => b.logProbability - a.logProbability)
}

/** The state with the given rows, in this order. */
function rowsOf(state: BeamState, rows: ArrayLike<number>): BeamState {
  const chosen = Object.entries(state).map(([name, { shape, dtype, data }]): [string, TensorData] => {
    const size = sizeOf(shape.slice(1))
    const next = new Float32Array(rows.length * size)
    for (let row = 0; row < rows.length; row++)
      next.set(data.subarray(rows[row] * size, (rows[row] + 1) * size), row * size)
    return [name, { shape: [rows.length, ...shape.slice(1)], dtype, data: next }]
  })
  return Object.fromEntries(chosen)
}
