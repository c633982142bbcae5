/** Linearized LLMs: what a causal convolution of the values does for linear attention, and trees of guesses read at once. */
import { openSplit, parseTokenizer } from '../../../data/index.js'
import { reshape, type TensorData } from '../../../engine/index.js'
import { createDecoder, type Decoder, mostLikely, speculateByRun, treeDraft } from '../../../inference/index.js'
import {
  augmented,
  gla,
  groupedLinearAttention,
  linearAttention,
  linearized,
  type Mixer,
  normAttention,
} from '../../../mechanisms/index.js'
import { carriedState, type Model } from '../../../models/index.js'
import { logits } from '../../../nn/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, learnText, weightsOf } from '../../lab/index.js'

const [dim, taps, group] = [64, 8, 32]
const frame = { layers: 2, heads: 4, bias: false }
const how = { batch: 8, context: 128, rate: 3e-3 }
const seeds = [1, 2]
const variants: readonly { readonly plain: Mixer; readonly local: Mixer; readonly settings: object }[] = [
  { plain: linearAttention, local: augmented(linearAttention, { id: 'local-linear-attention' }), settings: {} },
  { plain: normAttention, local: augmented(normAttention, { id: 'local-norm-attention' }), settings: {} },
  { plain: gla, local: augmented(gla, { id: 'local-gla' }), settings: {} },
  { plain: groupedLinearAttention, local: linearized, settings: { group } },
]

/** Guesses that each branch of a tree goes on with, by depth. */
const trees = { tree: [3, 2, 1, 1], chain: [1, 1, 1, 1] }
const [prompts, promptLength, continuation] = [16, 40, 32]
/** Tokens after this one are others in the second reading. */
const changedFrom = 80
/** Which decays a chunk forms how, and relative to what, depends on all its tokens: that moves the last digits of logits near 10. */
const rounding = 1e-5

type Weights = Record<string, TensorData>
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

/** The convolution's parameters go to the channel mixer where it is missing: taps · dim = 2 · dim · (taps / 2). */
async function trained(
  lab: Lab,
  { plain, local, settings }: (typeof variants)[number],
  isLocal: boolean,
  seed: number,
) {
  const mixer = isLocal ? local : plain
  lab.progress(`training ${mixer.id}, seed ${seed}`)
  const mixers = [{ id: mixer.id, ...settings, ...(isLocal && { taps }) }]
  const model = { ...frame, dim, mixers, channelWidth: 4 * dim + (isLocal ? 0 : taps / 2) }
  const learned = await learnText(lab, { model, own: { mixers: [mixer] }, steps: 300, seed, ...how })
  return { ...learned, parameters: learned.model.parameterCount, validation: await learned.loss() }
}

/** Largest difference of logits before a place, and after it, when all tokens from there on are changed. */
async function leak(lab: Lab, model: Model, weights: Weights, text: Int32Array, vocabulary: number) {
  const other = text.map((token, t) => (t < changedFrom ? token : (token + 1) % vocabulary))
  const read = async (data: Int32Array) => {
    const tokens: TensorData = { shape: [1, data.length], dtype: 'i32', data }
    const { all } = await compute(lab, { ...weights, ' tokens': tokens } as Weights, (given) => {
      const tensors = model.nest(({ path }) => given[path])
      const { features } = model.forward(tensors, { x: given[' tokens'] }, carriedState(model, {}, 1))
      return { all: logits(reshape(features, [data.length, dim]), model.head(tensors)) }
    })
    return all
  }
  const [first, second] = [await read(text), await read(other)]
  const differences = Array.from(first.data, (value, index) => Math.abs(value - second.data[index]))
  const border = changedFrom * first.shape[1]
  return { before: Math.max(...differences.slice(0, border)), after: Math.max(...differences.slice(border)) }
}

async function greedy(decoder: Decoder, prompt: Int32Array): Promise<number[]> {
  await decoder.reset()
  const text = [mostLikely(await decoder.prefill(prompt))]
  while (text.length < continuation) text.push(mostLikely(await decoder.step(text.slice(-1))))
  return text
}

/** Continuations of held-out text, token by token and by guesses of the draft. */
async function speculation(lab: Lab, target: Decoder, draft: Decoder, texts: readonly Int32Array[]) {
  const found = { different: 0, tokens: 0, runs: { tree: 0, chain: 0 }, positions: 0 }
  for (const prompt of texts) {
    const expected = await greedy(target, prompt)
    found.tokens += expected.length
    for (const kind of ['tree', 'chain'] as const) {
      lab.signal?.throwIfAborted()
      const branches = trees[kind].reduce((product, count) => product * count)
      const tokens: number[] = []
      let unread = 1
      for await (const run of speculateByRun(target, treeDraft(draft, trees[kind]), prompt, { tokens: continuation })) {
        tokens.push(...run.tokens)
        found.runs[kind]++
        if (kind === 'tree') found.positions += unread + branches * (unread + run.guessed)
        unread = run.tokens.length
      }
      found.different += Number(tokens.some((token, index) => token !== expected[index]))
    }
  }
  return found
}

export const linearizedLlm: Demonstration = {
  id: 'linearized-llm',
  files: [
    'mechanisms/augmented.ts',
    'mechanisms/linear-attention/linearized.ts',
    'nn/grouped-attention.ts',
    'inference/speculative.ts',
  ],
  seed: seeds[0],
  changed: `sizes: two layers of ${dim} features, ${taps} taps, groups of ${group}, 300 steps on 1.1 MB of plays, means of two seeds; the draft is a model of one layer with 32 features, and each branch of its tree a row, which is right for every mixer, instead of a place in one sequence under a mask; what comes before a changed token keeps its logits to rounding, to 1e-5, and not to the bit, since gla forms decays for a chunk of tokens together`,
  async run(lab) {
    const tokenizer = await parseTokenizer('char', lab.text)
    const { validation, close } = await openSplit(lab.text, tokenizer)
    const excerpt = async (start: number, length: number) => Int32Array.from(await validation.read(start, length))
    const read = await excerpt(0, how.context)
    const texts: Int32Array[] = []
    for (let i = 0; i < prompts; i++) texts.push(await excerpt(5000 * (i + 1), promptLength))
    await close()

    lab.progress('training the draft')
    const small = { layers: 1, dim: 32, heads: 2, bias: false, mixers: [{ id: 'linearized', group, taps }] }
    const guesser = await learnText(lab, { model: small, steps: 600, ...how })
    const draftWeights = await weightsOf(guesser)

    const trainings = variants.flatMap((variant) =>
      seeds.flatMap((seed) => [false, true].map((isLocal) => ({ variant, seed, isLocal }))),
    )
    const results = await lab.each(trainings, async ({ variant, seed, isLocal }, own) => {
      const learned = await trained(own, variant, isLocal, seed)
      const { validation: loss, parameters, model } = learned
      if (!isLocal || seed !== lab.seed) return { loss, parameters }
      own.progress(`speculating with ${variant.local.id}`)
      const weights = await weightsOf(learned)
      const target = await createDecoder(model, weights, own)
      const draft = await createDecoder(guesser.model, draftWeights, own)
      const speculated = await speculation(own, target, draft, texts)
      await target.dispose()
      await draft.dispose()
      return { loss, parameters, leaked: await leak(own, model, weights, read, tokenizer.vocabularySize), speculated }
    })

    const rows = variants.map((variant) => {
      const of = (isLocal: boolean) =>
        results.filter((_, i) => trainings[i].variant === variant && trainings[i].isLocal === isLocal)
      const [without, within] = [of(false), of(true)]
      const { leaked, speculated } = within.find((result) => result.leaked) as Required<(typeof results)[number]>
      return {
        name: variant.plain.id,
        without: mean(without.map(({ loss }) => loss)),
        within: mean(within.map(({ loss }) => loss)),
        surer: Math.min(...without.map(({ loss }) => loss)) > Math.max(...within.map(({ loss }) => loss)),
        more: within[0].parameters - without[0].parameters,
        leaked,
        speculated,
        fewer: speculated.tokens / speculated.runs.tree,
        fewerByChain: speculated.tokens / speculated.runs.chain,
      }
    })
    const lowered = rows.filter(({ surer, without, within }) => surer && without - within > 0.02)
    const losses: Claim = {
      says: 'with as many parameters, the convolution lowers the loss of three linear attentions or more by over 0.02 nats, with either seed below both without it',
      holds: lowered.length >= 3 && rows.every(({ more }) => more === 0),
      figures: rows.flatMap(({ name, without, within, more }) => [
        { name: `${name}: loss without the convolution`, value: without, tolerance: 0.05 },
        { name: `${name}: loss with it`, value: within, tolerance: 0.05 },
        { name: `${name}: parameters with it beside those without`, value: more, tolerance: 0 },
      ]),
    }
    const leaks: Claim = {
      says: 'other tokens after a place change nothing before it but its rounding (1e-5), with trained weights, and much after it',
      holds: rows.every(({ leaked }) => leaked.before < rounding && leaked.after > 0.1),
      figures: rows.flatMap(({ name, leaked }) => [
        { name: `${name}: largest change of logits before`, value: leaked.before, tolerance: rounding },
        { name: `${name}: largest change of logits after`, value: leaked.after, tolerance: 15 },
      ]),
    }
    const guesses: Claim = {
      says: `with guesses in a tree of ${trees.tree.join(', ')} the text is the greedy one, in at least 1.5 times fewer runs of the target`,
      holds: rows.every(({ speculated, fewer }) => speculated.different === 0 && fewer >= 1.5),
      figures: rows.flatMap(({ name, speculated, fewer, fewerByChain }) => [
        { name: `${name}: texts that differ of ${2 * prompts}`, value: speculated.different, tolerance: 0 },
        { name: `${name}: tokens a run, by a tree`, value: fewer, tolerance: 0.6 },
        { name: `${name}: tokens a run, by a chain`, value: fewerByChain, tolerance: 0.6 },
        {
          name: `${name}: positions computed a token, by a tree`,
          value: speculated.positions / speculated.tokens,
          tolerance: 6,
        },
      ]),
    }
    const gains = rows.map(({ name, without, within }) => `${(without - within).toFixed(3)} (${name})`)
    const slowest = Math.min(...rows.map(({ fewer }) => fewer))
    return {
      claims: [
        losses,
        leaks,
        guesses,
        await formsAgree(
          lab,
          linearized,
          'groups and convolution: at once, by groups and token by token agree; nothing leaks',
        ),
      ],
      sentence: `The convolution lowers the loss by ${gains.join(', ')} nats; trees of guesses give the greedy text with at least ${slowest.toFixed(2)} tokens a run, for which the target computes ${mean(rows.map(({ speculated }) => speculated.positions / speculated.tokens)).toFixed(0)} positions a token.`,
    }
  },
}
