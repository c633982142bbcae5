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
/** Far larger than anything computed from the other values. In f32, so that products of three of them are finite. */
const huge = { float64: 1e30, f32: 1e8 }

export const documentsSeparate: Criterion = async function* (trial) {
  for (const [label, texts] of Object.entries(paddings))
    yield* compare(trial, 'padding leaks nothing', `padding ${label}`, texts)
  for (const [label, texts] of Object.entries(packings))
    yield* compare(trial, 'packed documents equal separate ones', `packing ${label}`, texts)
}

async function* compare({ subject, exact, fast }: Trial, check: string, label: string, texts: readonly string[]) {
  const rows = layout(...texts.map((text) => stretched(text, subject)))
  const length = rows.valid[0].length
  const prefix = subject.prefix ? rows.valid.map(() => 2) : undefined
  const sequence = randomSequence({ batch: rows.valid.length, length, width: subject.width }, 61, { rows, prefix })
  const { tokens } = places(rows)
  const expected = await separately(exact, sequence)
  const unplanted = await exact.run(sequence, whole('parallel', length))
  const allowed = { ...(await roundingLimits(exact, sequence, unplanted)), float64: limits.float64 }
  // What must not be seen: padding, then the documents of even and of odd number.
  const plants = [
    { kind: 'padding', hidden: (document: number) => document < 0 },
    { kind: 'even documents', hidden: (document: number) => document % 2 === 0 },
    { kind: 'odd documents', hidden: (document: number) => document % 2 === 1 },
  ]
  for (const { kind, hidden } of plants) {
    const isHidden = (b: number, t: number) => hidden(tokens[b][t].document)
    if (!tokens.some((row, b) => row.some((_, t) => isHidden(b, t)))) continue
    for (const [runner, dtype] of [
      [exact, 'float64'],
      [fast, 'f32'],
    ] as const) {
      const planted = replaced(sequence, isHidden, kind === 'padding' ? huge.float64 : huge[dtype])
      for (const form of subject.forms) {
        // Token by token a prefix does not see itself, and a ring holds padding in place of tokens.
        if (form === 'step' && (prefix || (hasRing(subject) && hasGaps(sequence)))) continue
        const result = await runner.run(planted, whole(form, length))
        const error = outputError(
          sequence,
          result,
          { ...unplanted, y: { ...unplanted.y, data: expected } },
          (b, t) => !isHidden(b, t),
        )
        yield {
          check: `${check} (${dtype})`,
          where: place(subject, form, label, `huge values in ${kind}`),
          error,
          limit: allowed[dtype],
        }
      }
    }
  }
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
      positions.forEach((t, at) => outputs!.set(y.data.subarray(at * dim, (at + 1) * dim), (b * length + t) * dim))
    }
  }
  return outputs!
}
