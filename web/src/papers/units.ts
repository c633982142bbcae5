/** Which figures of a demonstration can stand on one axis: a figure's name says what it counts. */
import type { Claim, Figure } from 'seqlab/papers'

/** A quotient of two figures has no unit, whatever was divided. */
const quotient = /\bover\b|\bratio\b|less 1|lead over|the same of/
const units: readonly [name: string, sign: RegExp][] = [
  ['Perplexity', /perplexity/i],
  ['BLEU', /\bBLEU\b/],
  ['Bits per character', /bits per character/],
  ['Squared error', /squared? error/],
  ['Nats', /\bnats\b|\bloss\b/],
  ['Accuracy', /accuracy|nested agreement|crossing dependencies/],
  ['Exact match', /exact match|copied|passkeys found/],
  ['Parameters', /^parameters|: parameters/],
  ['Steps', /\bsteps\b/],
  ['Bytes of state', /bytes of state/],
  ['Share', /\bshare\b/],
]

export interface Group {
  readonly unit: string
  readonly figures: readonly Figure[]
}

/** Figures by unit, where two or more share one. */
export function groups(claims: readonly Claim[]): Group[] {
  const plain = claims.flatMap(({ figures }) => figures).filter(({ name }) => !quotient.test(name))
  const unitOf = ({ name }: Figure) => units.find(([, sign]) => sign.test(name))?.[0]
  return units
    .map(([unit]) => ({ unit, figures: plain.filter((figure) => unitOf(figure) === unit) }))
    .filter(({ figures }) => figures.length > 1)
}
