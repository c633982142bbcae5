/** H3: whether two state spaces with products around them recall what a state space alone cannot, and what they give a text. */
import { h3 } from '../../../mechanisms/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { formsAgree, learnTask, learnText } from '../../lab/index.js'

/** The lengths and alphabets of the paper's synthetic languages; a quarter of the answers would be guesses in its second. */
const languages = {
  'induction heads': 'induction-heads:length=30:vocabulary=20',
  'associative recall': 'in-context-recall:pairs=10:keys=8:values=8',
}
type Language = keyof typeof languages
const mixers = {
  H3: { id: 'h3', taps: 8, modes: 16 },
  S4D: { id: 's4d', modes: 16 },
}
type Name = keyof typeof mixers
const steps = 1000

const hybrids = {
  hybrid: [{ id: 'h3', headWidth: 4, taps: 8, modes: 8 }, { id: 'softmax' }],
  Transformer: [{ id: 'softmax' }],
}
/** Nats below which two trainings of this size say nothing. */
const margin = 0.02

export const h3Demonstration: Demonstration = {
  id: 'h3',
  files: ['mechanisms/state-space/h3.ts', 'nn/state-passing.ts', 'nn/diagonal-layer.ts'],
  seed: 1,
  changed:
    'The hybrid and the Transformer have 4 layers of width 64 and learn a megabyte of plays, not OpenWebText at 125 million parameters; to match means no more than 0.02 nats behind.',
  async run(lab) {
    const recall = await recalls(lab)
    const text = await texts(lab)
    const forms = await formsAgree(
      lab,
      h3,
      'the Fourier convolution, chunks with state passing and the recurrence agree to 1e-5; nothing leaks',
    )
    const of = ({ figures }: Claim) => figures.map(({ name, value }) => `${name} ${value.toFixed(3)}`).join(', ')
    return { claims: [forms, ...recall, text], sentence: `${recall.map(of).join(', ')}; ${of(text)}.` }
  },
}

async function recalls(lab: Lab): Promise<Claim[]> {
  const names = Object.keys(languages) as Language[]
  const trials = names.flatMap((language) => (Object.keys(mixers) as Name[]).map((name) => ({ language, name })))
  const results = await lab.each(trials, async ({ language, name }, own) => {
    own.progress(`${name}: learning ${language}`)
    const learner = await learnTask(own, languages[language], {
      model: { dim: 32, layers: 2, mixers: [mixers[name]], channel: null },
      steps,
      batch: 32,
      rate: 7e-3,
      schedule: 'wsd',
      weightDecay: 0,
      until: { score: 0.999, every: 100 },
    })
    return { language, name, ...(await learner.score(1000)) }
  })
  const scoreOf = (language: Language, name: Name) =>
    results.find((result) => result.language === language && result.name === name)!.score
  const figure = (language: Language, name: Name) => ({
    name: `${name}: accuracy, ${language}`,
    value: scoreOf(language, name),
    tolerance: name === 'H3' ? 0.01 : 0.15,
  })
  const isLearned = names.every((language) => scoreOf(language, 'H3') > 0.99)
  const learned: Claim = {
    says: `two layers of H3 answer more than 99 % in both synthetic languages after at most ${steps} steps`,
    holds: isLearned,
    figures: names.map((language) => figure(language, 'H3')),
    ...(!isLearned && { because: 'its loss still falls when the steps end; more steps were not tried' }),
  }
  const trailing = names.map((language): Claim => {
    const holds = scoreOf(language, 'S4D') <= scoreOf(language, 'H3') - 0.1
    return {
      says: `S4D of equal width stays 10 points or more behind in ${language}`,
      holds,
      figures: [figure(language, 'S4D')],
      ...(!holds && {
        because:
          'there the token asked about never changes, and the gated unit that ends an S4D layer can note what follows it; in the other language it changes',
      }),
    }
  })
  return [learned, ...trailing]
}

async function texts(lab: Lab): Promise<Claim> {
  const names = Object.keys(hybrids) as (keyof typeof hybrids)[]
  const losses = await lab.each(names, async (name, own) => {
    own.progress(`${name}: learning the text`)
    const model = { dim: 64, layers: 4, mixers: hybrids[name], bias: false }
    const learner = await learnText(own, { model, steps: 300, batch: 16, context: 64, rate: 3e-3 })
    return learner.loss(16_384)
  })
  const [ours, theirs] = losses
  return {
    says: 'H3 with attention in the second and the fourth layer learns a text as well as a Transformer at equal width, layers and steps',
    holds: ours <= theirs + margin,
    figures: names.map((name, index) => ({
      name: `${name}: validation loss, nats per character`,
      value: losses[index],
      tolerance: 0.04,
    })),
  }
}
