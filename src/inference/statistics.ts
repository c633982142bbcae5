/** What generating costs, early in a text and at its end. */
import { platform } from '../platform/index.js'
import type { Decoder } from './decoder.js'
import type { TokenListener } from './generate.js'

/** Medians over tokens 50 to 249 (over all, where there are fewer than 51) and over the last 200. */
export interface Span {
  readonly first: number
  readonly last: number
}

export interface GenerationStatistics {
  readonly tokens: number
  readonly microsecondsPerToken: Span
  /** Bytes of state in use. */
  readonly stateBytes: Span
  /** Bytes held for state: replaced leaves have two buffers, caches grow in buckets. */
  readonly allocatedBytes: Span
  /** Memory of the process; `undefined` where the platform does not tell. */
  readonly rssMiB: Span | undefined
}

interface Sample {
  readonly microseconds: number
  readonly memory?: { readonly used: number; readonly allocated: number; readonly rss: number | undefined }
}

const width = 200
const start = 50
/** Asking for the memory takes as long as a tenth of a small model's step, so it is asked for now and then. */
const memoryInterval = 10

/** Give `listener` to {@link generate}, then ask for the summary. */
export function collectStatistics(decoder: Decoder): { listener: TokenListener; summary(): GenerationStatistics } {
  const first: Sample[] = []
  const last: Sample[] = []
  let tokens = 0
  return {
    async listener({ index, microseconds }) {
      tokens = index + 1
      const sample = { microseconds, ...(index % memoryInterval === 0 && { memory: await memoryOf(decoder) }) }
      if (index === start) first.length = 0
      if (index < start + width) first.push(sample)
      last.push(sample)
      if (last.length > width) last.shift()
    },
    summary() {
      const span = (pick: (sample: Sample) => number | undefined): Span => ({
        first: median(first, pick),
        last: median(last, pick),
      })
      return {
        tokens,
        microsecondsPerToken: span(({ microseconds }) => microseconds),
        stateBytes: span(({ memory }) => memory?.used),
        allocatedBytes: span(({ memory }) => memory?.allocated),
        rssMiB: platform().memory() && span(({ memory }) => memory?.rss && memory.rss / 2 ** 20),
      }
    },
  }
}

async function memoryOf(decoder: Decoder) {
  return { ...(await decoder.bytes()), rss: platform().memory()?.rss }
}

/** The median of what is known of the samples; NaN of nothing. */
function median(samples: readonly Sample[], pick: (sample: Sample) => number | undefined): number {
  const values = samples
    .map(pick)
    .filter((value) => value !== undefined)
    .sort((a, b) => a - b)
  const middle = values.length >> 1
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
}
