/** Samba: whether a selective state and a window of attention together reach further than either, at constant memory. */
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { learnTask, learnText, readTwice } from '../../lab/index.js'

const window = 16
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
const passkeys = [96, 192, 384, 768]
const passkeyOf = (length: number, depth = 'anywhere') => `passkey:length=${length}:digits=1:depth=${depth}`
/** Nats below which a longer context is no worse. */
const margin = 0.01

export const sambaDemonstration: Demonstration = {
  id: 'samba',
  files: ['models/presets.ts', 'mechanisms/state-space/mamba.ts', 'mechanisms/attention/softmax.ts'],
  seed: 1,
  changed:
    'Trained at 128 characters and tested up to 1,024 instead of 512 to 8,192 tokens, with a window of 16; passkeys of one digit, trained at 96 words and tested up to 768. A model of 60,000 parameters.',
  async run(lab) {
    const { text, memory } = await texts(lab)
    const recall = await recalls(lab)
    const values = (claim: Claim) => claim.figures.map(({ name, value }) => `${name} ${+value.toFixed(3)}`).join(', ')
    return {
      claims: [text, ...recall, memory],
      sentence: `${values(text)}; ${recall.map(values).join(', ')}; ${values(memory)}.`,
    }
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

async function recalls(lab: Lab): Promise<Claim[]> {
  const names = Object.keys(patterns) as Pattern[]
  const scores = await lab.each(names, async (pattern, own) => {
    own.progress(`${pattern}: learning passkeys`)
    const learner = await learnTask(own, passkeyOf(trained.passkey), {
      model: modelOf(pattern),
      steps: 1000,
      batch: 16,
      rate: 4e-3,
      schedule: 'wsd',
      until: { score: 0.995, every: 50 },
    })
    const found: number[] = []
    for (const length of passkeys) found.push((await learner.score(200, passkeyOf(length))).score)
    const near = (await learner.score(200, passkeyOf(passkeys.at(-1)!, '1'))).score
    return { found, near }
  })
  const of = (pattern: Pattern) => scores[names.indexOf(pattern)]
  const figures = (pattern: Pattern) =>
    passkeys.map((length, at) => ({
      name: `${pattern}: passkeys found at ${length}`,
      value: of(pattern).found[at],
      // What lengths beyond training's give depends on rounding: the same training by another order of sums moved them by 0.23.
      tolerance: length > trained.passkey ? 0.3 : 0.15,
    }))
  const last = passkeys.at(-1)!
  const beyond = passkeys.every((_, at) => of('Samba').found[at] >= of('window').found[at] + 0.2)
  const further = of('Samba').found.at(-1)! > 0.95 && of('Samba').found.at(-1)! > of('Mamba').found.at(-1)!
  return [
    {
      says: `trained at ${trained.passkey} words, it finds passkeys that lie beyond what windows alone reach: 20 points more at every length`,
      holds: beyond,
      figures: [...figures('Samba'), ...figures('window')],
    },
    {
      says: `it finds more than 95 % at ${last} words, and more than Mamba alone`,
      holds: further,
      figures: [
        ...figures('Mamba'),
        { name: `Samba: passkeys found at ${last}, at the end of the text`, value: of('Samba').near, tolerance: 0.15 },
      ],
      ...(!further && {
        because: `its state fades over lengths that training did not show: ${(100 * of('Samba').near).toFixed(0)} % are found where the key stands near the end; four layers of Mamba keep one digit longer than its two`,
      }),
    },
  ]
}
