/** Logits as people read them. */

export interface Choice {
  readonly id: number
  readonly probability: number
}

/** log p of a token under softmax(logits), in nats. */
export function logProbability(logits: Float32Array, id: number): number {
  return logits[id] - logTotal(logits)
}

/** The `count` likeliest tokens, the likeliest first; of equally likely ones the lower id. */
export function likeliest(logits: Float32Array, count: number): Choice[] {
  const best: number[] = []
  for (let id = 0; id < logits.length; id++) {
    if (best.length === count && !(logits[id] > logits[best[count - 1]])) continue
    let place = best.length
    while (place > 0 && logits[id] > logits[best[place - 1]]) place--
    best.splice(place, 0, id)
    if (best.length > count) best.pop()
  }
  const total = logTotal(logits)
  return best.map((id) => ({ id, probability: Math.exp(logits[id] - total) }))
}

function logTotal(logits: Float32Array): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return largest + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - largest), 0))
}
