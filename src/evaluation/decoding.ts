/** What generating costs along a text: time a token and bytes of state. */
import { type Decoder, generateTokens, samplingConfig } from '../inference/index.js'
import { platform } from '../platform/index.js'
import { median } from './bench/figures.js'
import type { DecodePoint } from './report/types.js'

/** Tokens whose times make one point. */
const window = 25

/** Generates `count` tokens after `prompt` at temperature 1; each point has the median time of the tokens up to its position. */
export async function measureDecoding(
  decoder: Decoder,
  prompt: Int32Array,
  count: number,
  seed: number,
): Promise<{ points: DecodePoint[]; tokens: number[] }> {
  const { now } = platform()
  const points: DecodePoint[] = []
  const tokens: number[] = []
  let times: number[] = []
  await decoder.reset()
  const generated = generateTokens(decoder, prompt, count, samplingConfig.parse({ seed }))
  for (let began = now(); ; began = now()) {
    const { value, done } = await generated.next()
    if (done) return { points, tokens }
    tokens.push(value.id)
    times.push((now() - began) * 1000)
    if (times.length < window) continue
    const { used, allocated } = await decoder.bytes()
    points.push({
      position: decoder.position,
      microseconds: median(times),
      stateBytes: used,
      allocatedBytes: allocated,
    })
    times = []
  }
}

/** The point nearest to a position. */
export function pointAt(points: readonly DecodePoint[], position: number): DecodePoint {
  return points.reduce((best, point) =>
    Math.abs(point.position - position) < Math.abs(best.position - position) ? point : best,
  )
}
