/** seq2seq-lstm: writing a sequence from a vector, what reversing the source is worth, and what a beam finds. */
import type { Spec, Tensor } from '../../../engine/index.js'
import { type BeamStep, beamSearch, type Hypothesis } from '../../../inference/index.js'
import { decodeToken, encodeSource, seq2seqLstm } from '../../../models/index.js'
import { createRandom, type Random } from '../../../tasks/index.js'
import type { Batch } from '../../../training/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { choices, integers, learnNetwork, type Outputs } from '../../lab/index.js'

const symbols = 8
const longest = 15
const enough = 0.9

/** Words for symbols, by whether the symbol before has an even number: a translation that looks at context. */
const translated = (source: readonly number[]) =>
  source.map((symbol, index) => 1 + ((symbol + 2 + ((source[index - 1] ?? 0) % 2) * 3) % symbols))

function examples(random: Random, count: number, shortest = 1): Batch {
  const sources = Array.from({ length: count }, () =>
    Array.from({ length: random.between(shortest, longest) }, () => random.between(1, symbols)),
  )
  const rows = (texts: readonly (readonly number[])[]) =>
    integers(
      texts.map((text) => [...text, ...new Array<number>(longest + 1 - text.length).fill(0)]),
      [longest + 1],
    )
  return { source: rows(sources), target: rows(sources.map(translated)) }
}

/** Targets of which every token is the likeliest after the right ones before it: what greedy decoding gets right. */
function exactMatch({ logits }: Outputs, { target }: Batch): number {
  const chosen = choices(logits)
  const [count, length] = target.shape
  const isRight = (row: number) => {
    const wanted = [...target.data.subarray(row * length, (row + 1) * length)]
    return wanted.slice(0, wanted.indexOf(0) + 1).every((token, at) => token === chosen[row * length + at])
  }
  return Array.from({ length: count }, (_, row) => row).filter(isRight).length / count
}

async function learned(lab: Lab, reverse: boolean) {
  const every = 100
  const scores: number[] = []
  const frame = { sourceVocabulary: symbols + 1, targetVocabulary: symbols + 1 }
  const lengths = { sourceLength: longest + 1, targetLength: longest + 1 }
  const settings = { ...frame, ...lengths, width: 64, layers: 2, reverse }
  const reading = {
    every,
    reached(outputs: Outputs, inputs: Batch) {
      scores.push(exactMatch(outputs, inputs))
      return scores[scores.length - 1] >= 0.99
    },
  }
  const trained = await learnNetwork(lab, seq2seqLstm, settings, {
    examples,
    steps: 4500,
    batch: 32,
    rate: 4e-3,
    until: reading,
  })
  const test = trained.tested(500)
  const first = scores.findIndex((score) => score >= enough)
  const early = scores.slice(0, 30)
  return {
    trained,
    reached: every * (first < 0 ? scores.length : first + 1),
    early: early.reduce((sum, score) => sum + score, 0) / early.length,
    score: exactMatch(await trained.ask(test), test),
  }
}

/** What beams of these widths find for 200 sources of the greatest length, and how often that is the target. */
async function decoded({ learner, config }: Trained, widths: readonly number[]) {
  const count = 200
  const { source, target } = examples(createRandom(config.layers, 3), count, longest)
  const leaf = (rows: number): Spec => ({ shape: [rows, config.width], dtype: 'f32' })
  const names = Array.from({ length: config.layers }, (_, layer) => [`hidden${layer}`, `cell${layer}`])
  const flat = (memory: ReturnType<typeof encodeSource>): Record<string, Tensor> =>
    Object.fromEntries(
      memory.flatMap((each, layer) => [
        [names[layer][0], each.hidden],
        [names[layer][1], each.cell],
      ]),
    )
  const encode = await learner.reader({ source: { shape: source.shape, dtype: 'i32' } }, (p, inputs) =>
    flat(encodeSource(p, inputs.source, config)),
  )
  const start = await encode({ source })
  const found = []
  for (const width of widths) {
    const rows = count * width
    const states = Object.fromEntries(names.flat().map((name) => [name, leaf(rows)]))
    const specs: Record<string, Spec> = { token: { shape: [rows], dtype: 'i32' }, ...states }
    const read = await learner.reader(specs, (p, given) => {
      const memory = names.map(([hidden, cell]) => ({ hidden: given[hidden], cell: given[cell] }))
      const { logits, memory: next } = decodeToken(p, given.token, memory)
      return { logits, state: flat(next) }
    })
    const step: BeamStep = (token, state) => read({ token, ...state })
    const texts = await beamSearch(step, start, { width, length: longest + 2, begin: 0, end: 0 })
    const right = texts.filter(({ tokens }, row) => {
      const wanted = target.data.subarray(row * (longest + 1), (row + 1) * (longest + 1))
      return String([...tokens, 0]) === String([...wanted.subarray(0, wanted.indexOf(0) + 1)])
    })
    found.push({ texts, logProbability: meanOf(texts), right: right.length / count })
  }
  return found
}

type Trained = Awaited<ReturnType<typeof learned>>['trained']

const meanOf = (texts: readonly Hypothesis[]) =>
  texts.reduce((sum, { logProbability }) => sum + logProbability, 0) / texts.length

export const seq2seqLstmDemonstration: Demonstration = {
  id: 'seq2seq-lstm',
  files: ['models/networks/seq2seq-lstm.ts', 'inference/beam.ts'],
  seed: 1,
  async run(lab) {
    const [reversed, forward] = await lab.each([true, false], async (reverse, own) => {
      const { trained, ...found } = await learned(own, reverse)
      return { ...found, decoded: await decoded(trained, [1, 8]) }
    })
    const pairs = [reversed, forward].flatMap(({ decoded: [greedy, beam] }) =>
      greedy.texts.map((text, row) => beam.texts[row].logProbability - text.logProbability),
    )
    const [better, worse] = [pairs.filter((lead) => lead > 1e-4), pairs.filter((lead) => lead < -1e-4)]
    const mean = (index: number) => (reversed.decoded[index].logProbability + forward.decoded[index].logProbability) / 2
    const [greedy, beam] = [mean(0), mean(1)]
    return {
      claims: [
        {
          says: `from its last state alone, targets of up to ${longest} tokens are written without a mistake in 95 %`,
          holds: reversed.score >= 0.95,
          figures: [{ name: 'exact match, source reversed', value: reversed.score, tolerance: 0.03 }],
        },
        {
          says: `with the source reversed, ${100 * enough} % exact match takes fewer steps than forward`,
          holds: reversed.reached < forward.reached && reversed.early > forward.early,
          figures: [
            { name: 'steps, source reversed', value: reversed.reached, tolerance: 900 },
            { name: 'steps, source forward', value: forward.reached, tolerance: 900 },
            { name: 'mean exact match of the first 3,000 steps, reversed', value: reversed.early, tolerance: 0.06 },
            { name: 'mean exact match of the first 3,000 steps, forward', value: forward.early, tolerance: 0.06 },
            { name: 'exact match at the end, source forward', value: forward.score, tolerance: 0.06 },
          ],
        },
        {
          says: `for sources of ${longest} tokens a beam of 8 finds likelier targets than greedy decoding`,
          holds: beam > greedy && better.length > worse.length,
          figures: [
            { name: 'mean log probability, beam', value: beam, tolerance: 0.15 },
            { name: 'mean log probability, greedy', value: greedy, tolerance: 0.15 },
            { name: 'of 400 searches, likelier by beam', value: better.length, tolerance: 20 },
            { name: 'of 400 searches, less likely by beam', value: worse.length, tolerance: 4 },
            { name: 'exact match, reversed, beam', value: reversed.decoded[1].right, tolerance: 0.1 },
            { name: 'exact match, reversed, greedy', value: reversed.decoded[0].right, tolerance: 0.1 },
          ],
        },
      ],
      sentence:
        `Exact match ${reversed.score.toFixed(3)}; ${100 * enough} % after ${reversed.reached} steps with the source ` +
        `reversed and ${forward.reached} forward; mean log probability ${beam.toFixed(4)} by a beam of 8, ` +
        `${greedy.toFixed(4)} greedily.`,
    }
  },
}
