/** SeqBoat: how few tokens its attention takes for associative recall, and what is recalled without it. */
import type { Tensor } from '../../../engine/index.js'
import { seqBoat } from '../../../mechanisms/index.js'
import { carriedState } from '../../../models/index.js'
import { registeredTask } from '../../../tasks/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, learnTask, type TrainedModel, weightsOf } from '../../lab/index.js'

const pairs = 10
const lesson = `in-context-recall:pairs=${pairs}:keys=8:values=8`
const mixers = {
  SeqBoat: { id: 'seqboat', window: 32, expand: 1 },
  'state space alone': { id: 's4d', modes: 16 },
}
type Name = keyof typeof mixers

export const seqboatDemonstration: Demonstration = {
  id: 'seqboat',
  files: ['mechanisms/state-space/seqboat.ts', 'nn/chosen-attention.ts', 'nn/moving-average.ts'],
  seed: 1,
  async run(lab) {
    const names = Object.keys(mixers) as Name[]
    const results = await lab.each(names, async (name, own) => {
      own.progress(`${name}: learning associative recall`)
      const learner = await learnTask(own, lesson, {
        model: { dim: 64, layers: 2, mixers: [mixers[name]], channel: null },
        steps: 1200,
        batch: 32,
        rate: 3e-3,
        schedule: 'wsd',
        weightDecay: 0,
        until: { score: 0.999, every: 100 },
      })
      const { score } = await learner.score(1000)
      return { score, chosen: name === 'SeqBoat' ? await activations(own, learner) : undefined }
    })
    const [ours, theirs] = results
    const { all, keys, values } = ours.chosen!
    const sparse = all < 0.4 && keys > values
    const percent = (share: number) => `${(100 * share).toFixed(0)} %`
    return {
      claims: [
        await formsAgree(
          lab,
          seqBoat,
          'attention of the chosen tokens among all pairs, in blocks and token by token agree to 1e-5',
        ),
        {
          says: 'it answers more than 95 %, a state space without attention less than 70 %',
          holds: ours.score > 0.95 && theirs.score < 0.7,
          figures: names.map((name, index) => ({
            name: `${name}: accuracy`,
            value: results[index].score,
            tolerance: 0.1,
          })),
        },
        {
          says: 'attention takes less than 40 % of the tokens, and keys more often than values',
          holds: sparse,
          ...(!sparse && {
            because:
              'nothing in the loss asks for fewer: the configurator starts at half of the tokens, and at this length it is soon learned with those it has',
          }),
          figures: [
            { name: 'share of tokens chosen', value: all, tolerance: 0.1 },
            { name: 'share of keys chosen', value: keys, tolerance: 0.15 },
            { name: 'share of values chosen', value: values, tolerance: 0.15 },
          ],
        },
        {
          says: 'the measured time falls with the share of tokens that are chosen',
          holds: 'planned',
          because: 'programs have fixed shapes: the row of chosen tokens is as long as the text, however few there are',
          figures: [],
        },
      ],
      sentence: `SeqBoat answers ${percent(ours.score)} and lets ${percent(all)} of the tokens attend (${percent(keys)} of the keys, ${percent(values)} of the values); S4D answers ${percent(theirs.score)}.`,
    }
  },
}

/** Which tokens are chosen in all layers together, as shares: keys stand at even places, values at odd ones. */
async function activations(lab: Lab, trained: TrainedModel) {
  const { task, config } = await registeredTask(lesson)
  if (task.kind !== 'examples') throw new Error('seqboat: no task of examples')
  const source = await task.open(config, { path: async () => '' })
  const count = 64
  const data = Int32Array.from(Array.from({ length: count }, (_, i) => [...source.example('test', i).inputs]).flat())
  const given = { ...(await weightsOf(trained)), ' x': { shape: [count, source.length], dtype: 'i32', data } as const }
  const { model } = trained
  const confidences = await compute(lab, given, (all: Record<string, Tensor>) => {
    const tensors = model.nest(({ path }) => all[path])
    const { features } = model.forward(tensors, { x: all[' x'] }, carriedState(model, {}, count))
    return Object.fromEntries([...features.graph.named].filter(([label]) => label.endsWith('confidence')))
  })
  const chosen = Object.values(confidences).flatMap(({ data: values }) => [...values].map((value) => +(value > 0)))
  const share = (counts: (place: number) => boolean) => {
    const places = chosen.filter((_, index) => counts(index % source.length))
    return places.reduce((total, one) => total + one, 0) / places.length
  }
  return { all: share(() => true), keys: share((place) => place % 2 === 0), values: share((place) => place % 2 === 1) }
}
