/** Packed documents equal documents by themselves, and padding is as if it were not there. */
import { roundingLimits } from '../condition.js'
import { limits } from '../finding.js'
import { outputError } from '../outcome.js'
import { type Runner, whole } from '../runner.js'
import { layout, places, randomSequence, replaced, type Sequence } from '../sequence.js'
import type { Subject } from '../subject.js'
import { type Criterion, place, type Trial } from '../trial.js'

const paddings = {
  right: ['xxxxxxxxx...', 'xxxx........'],
  left: ['...xxxxxxxxx', '........xxxx'],
  middle: ['xxxx...xxxxx', 'x..........x'],
  everywhere: ['.xxx.xxxx.x.', '............'],
}
const packings = {
  none: ['xxxxxxxxxxxx', 'xxxxxxxxxxxx'],
  several: ['xxx|xx|xxxxxxx', '|x|xxxxxxx|xx|xx'],
  aligned: ['xxxx|xxxx|xxxx', 'xxxxxxxx|xxxx'],
  padded: ['.|xx.|xxx.|xxx.', 'xx.xx..|xx...'],
}
/** The patterns that contain the others' difficulties. */
const telling = new Set(['everywhere', 'padded'])
/** Where values are planted that must not be seen elsewhere. */
const plants = [
  { kind: 'padding', hidden: (document: number) => document < 0 },
  { kind: 'even documents', hidden: (document: number) => document % 2 === 0 },
  { kind: 'odd documents', hidden: (document: number) => document % 2 === 1 },
]
/** Far larger than anything computed from the other values. In f32, so that products of three of them are finite. */
const huge = { float64: 1e30, f32: 1e8 }

export const documentsSeparate: Criterion = async function* (trial) {
  const { subject, thorough } = trial
  const chosen = (patterns: Readonly<Record<string, string[]>>) =>
    Object.entries(patterns).filter(([label]) => thorough || telling.has(label))
  for (const [label, texts] of chosen(paddings)) {
    yield* compare(trial, 'padding leaks nothing', `padding ${label}`, sequenceIn(subject, texts))
  }
  for (const [label, texts] of chosen(packings)) {
    yield* compare(trial, 'packed documents equal separate ones', `packing ${label}`, sequenceIn(subject, texts))
  }
  if (!subject.prefix) return
  const prefixed = { ...sequenceIn(subject, packings.padded), prefix: [2, 2] }
  yield* compare(trial, 'packed documents have prefixes of their own', 'packing padded', prefixed)
}

async function* compare({ subject, exact, fast }: Trial, check: string, label: string, sequence: Sequence) {
  const { length, rows, prefix } = sequence
  const { tokens } = places(rows!)
  const separate = await separately(exact, sequence)
  const together = await exact.run(sequence, whole('parallel', length))
  const limitOf = { ...(await roundingLimits(exact, sequence, together)), float64: limits.float64 }
  for (const { kind, hidden } of plants) {
    const isHidden = (b: number, t: number) => hidden(tokens[b][t].document)
    const isSeen = (b: number, t: number) => !isHidden(b, t)
    if (kind !== 'padding' && !tokens.some((row) => row.some(({ document }) => document >= 0 && !hidden(document))))
      continue
    for (const [runner, dtype] of [
      [exact, 'float64'],
      [fast, 'f32'],
    ] as const) {
      const planted = replaced(sequence, isHidden, kind === 'padding' ? huge.float64 : huge[dtype])
      for (const form of subject.forms) {
        // Token by token a prefix does not see itself, and a ring holds padding in place of tokens.
        if (form === 'step' && (prefix || (hasRing(subject) && hasGaps(sequence)))) continue
        const result = await runner.run(planted, whole(form, length))
        yield {
          check: `${check} (${dtype})`,
          where: place(subject, form, label, `huge values in ${kind}`),
          error: outputError(sequence, result, { ...together, y: { ...together.y, data: separate } }, isSeen),
          limit: limitOf[dtype],
        }
      }
    }
  }
}

function sequenceIn(subject: Subject, texts: readonly string[]): Sequence {
  const rows = layout(...texts.map((text) => stretched(text, subject)))
  return randomSequence({ batch: rows.valid.length, length: rows.valid[0].length, width: subject.width }, 61, { rows })
}

function hasRing(subject: Subject): boolean {
  return Object.values(subject.leaves({ batch: 1, capacity: 1 })).some(
    ({ change }) => typeof change === 'object' && 'ring' in change,
  )
}

/** Whether there is padding between tokens of one document. */
function hasGaps({ rows }: Sequence): boolean {
  return places(rows!).tokens.some((row) => {
    return row.some(
      ({ document }, t) =>
        document >= 0 &&
        row[t - 1]?.document === -1 &&
        row.slice(0, t).some((earlier) => earlier.document === document),
    )
  })
}

/** A pattern for chunks of 4 tokens, stretched for larger ones. */
function stretched(text: string, { chunk }: Subject): string {
  const times = Math.max(1, Math.floor(chunk / 8))
  return text.replace(/[^|]/g, (letter) => letter.repeat(times))
}

/** Outputs [B, T, dim] of every document run by itself from the starting state, in float64. */
async function separately(exact: Runner, sequence: Sequence): Promise<Float64Array> {
  const { batch, length, width, x, rows, prefix } = sequence
  const { tokens } = places(rows!)
  let outputs: Float64Array | undefined
  for (let b = 0; b < batch; b++) {
    for (const document of new Set(tokens[b].map((token) => token.document).filter((number) => number >= 0))) {
      const positions = tokens[b].flatMap((token, t) => (token.document === document ? [t] : []))
      const features = Float32Array.from(
        positions.flatMap((t) => [...x.subarray((b * length + t) * width, (b * length + t + 1) * width)]),
      )
      const alone: Sequence = { batch: 1, length: positions.length, width, x: features, prefix: prefix && [prefix[b]] }
      const { y } = await exact.run(alone, whole('parallel', positions.length), { alone: true })
      const dim = y.shape[2]
      outputs ??= new Float64Array(batch * length * dim)
      for (const [at, t] of positions.entries()) {
        outputs.set(y.data.subarray(at * dim, (at + 1) * dim), (b * length + t) * dim)
      }
    }
  }
  return outputs!
}
