/** Samba: whether a selective state and a window of attention together reach further than either, at constant memory. */
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { learnTask, learnText, readTwice } from '../../lab/index.js'

const window = 32
const attention = { id: 'softmax', window }
const mamba = { id: 'mamba', state: 8 }
const patterns = { Samba: [mamba, attention], Mamba: [mamba], window: [attention] }
type Pattern = keyof typeof patterns

/** Each mixer is followed by an MLP: two rounds of Mamba, MLP, window, MLP. */
const modelOf = (pattern: Pattern) => ({
  layers: 4,
  dim: 32,
  channel: { id: 'swiglu' },
  bias: false,
  mixers: patterns[pattern],
})

const trained = { text: 128, passkey: 96 }
const contexts = [128, 256, 512, 1024]
const passkeys = [96, 384, 768]
const passkeyOf = (length: number) => `passkey:length=${length}:digits=3`
/** Nats below which a longer context is no worse. */
const margin = 0.01

export const sambaDemonstration: Demonstration = {
  id: 'samba',
  files: ['models/presets.ts', 'mechanisms/state-space/mamba.ts', 'mechanisms/attention/softmax.ts'],
  seed: 1,
  changed:
    'Trained at 128 characters and tested up to 1,024 instead of 512 to 8,192 tokens, with a window of 32; passkeys of 3 digits trained at 96 words and tested at 384 and 768. All a thousandth of the size.',
  async run(lab) {
    const { text, memory } = await texts(lab)
    const recall = await recalls(lab)
    const values = (claim: Claim) => claim.figures.map(({ name, value }) => `${name} ${+value.toFixed(3)}`).join(', ')
    return { claims: [text, recall, memory], sentence: `${values(text)}; ${values(recall)}; ${values(memory)}.` }
  },
}

async function texts(lab: Lab): Promise<{ text: Claim; memory: Claim }> {
  const learner = await learnText(lab, {
    model: modelOf('Samba'),
    context: trained.text,
    steps: 300,
    batch: 8,
    rate: 4e-3,
  })
  const losses: number[] = []
  for (const context of contexts) losses.push(await learner.loss(16_384, context))
  const bytes: number[] = []
  for (const tokens of [256, 512]) bytes.push((await readTwice(lab, learner, tokens)).stateBytes)
  return {
    text: {
      says: `trained at ${trained.text} characters, its loss does not rise up to ${contexts.at(-1)}`,
      holds: losses.every((loss, index) => index === 0 || loss <= losses[index - 1] + margin),
      figures: contexts.map((context, index) => ({
        name: `loss at ${context}, nats per character`,
        value: losses[index],
        tolerance: 0.04,
      })),
    },
    memory: {
      says: 'the memory of generating is the same after twice as many tokens',
      holds: bytes[0] === bytes[1],
      figures: [256, 512].map((tokens, index) => ({
        name: `bytes of state after ${tokens} tokens`,
        value: bytes[index],
        tolerance: 0,
      })),
    },
  }
}

async function recalls(lab: Lab): Promise<Claim> {
  const names = Object.keys(patterns) as Pattern[]
  const scores = await lab.each(names, async (pattern, own) => {
    own.progress(`${pattern}: learning passkeys`)
    const learner = await learnTask(own, passkeyOf(trained.passkey), {
      model: modelOf(pattern),
      steps: 400,
      batch: 16,
      rate: 4e-3,
      schedule: 'wsd',
      until: { score: 0.99, every: 100 },
    })
    const found: number[] = []
    for (const length of passkeys) found.push((await learner.score(100, passkeyOf(length))).score)
    return found
  })
  const longest = (pattern: Pattern) => scores[names.indexOf(pattern)].at(-1)!
  return {
    says: `trained at ${trained.passkey} words, it finds more than 95 % of the passkeys at ${passkeys.at(-1)}, and more than Mamba or the window by themselves`,
    holds: longest('Samba') > 0.95 && longest('Samba') > longest('Mamba') && longest('Samba') > longest('window'),
    figures: names.flatMap((pattern, index) =>
      passkeys.map((length, at) => ({
        name: `${pattern}: passkeys found at ${length}`,
        value: scores[index][at],
        tolerance: 0.15,
      })),
    ),
  }
}
