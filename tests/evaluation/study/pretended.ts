/** Studies whose jobs are not run but answered by a function. */
import { jobId } from '#seqlab/evaluation/jobs/hash.js'
import type { JobResult, JobSpec } from '#seqlab/evaluation/jobs/job.js'
import { type StudyPlan, type StudyPlanInput, studyPlan } from '#seqlab/evaluation/study/plan.js'
import { cellsOf, type Measured, runStudy } from '#seqlab/evaluation/study/run.js'
import { corpora } from '#seqlab/tasks/index.js'

/** What a job would have found, on the validation and the test part; undefined where it failed. */
export type Outcome = (
  spec: JobSpec,
) => { validation: { score: number; loss: number }; score?: number; change?: Partial<JobResult> } | undefined

const bundled = new URL('../../../data', import.meta.url).pathname
const texts = corpora({ home: '/nowhere', bundled })

export const plan = (change: Partial<StudyPlanInput> = {}): StudyPlan =>
  studyPlan.parse({
    title: 'A study',
    question: 'Which?',
    contestants: [
      { name: 'a', model: 'gla', set: { heads: 2 } },
      { name: 'b', model: 'lstm' },
    ],
    tasks: ['mqar:length=16:pairs=2:vocabulary=32'],
    sizes: [{ dim: 16, layers: 1 }],
    rates: [1e-3, 1e-2],
    match: false,
    ...change,
  })

/** Runs a study on pretended jobs; `asked` are the ids of each round. */
export async function pretended(
  input: StudyPlan,
  outcome: Outcome,
): Promise<{ measured: Measured[]; asked: string[][]; specs: JobSpec[][] }> {
  const asked: string[][] = []
  const specs: JobSpec[][] = []
  const measured = await runStudy(input, await cells(input), async (jobs) => {
    specs.push([...jobs])
    asked.push(await Promise.all(jobs.map(jobId)))
    return Promise.all(jobs.map((spec) => resultOf(spec, outcome)))
  })
  return { measured, asked, specs }
}

export const cells = (input: StudyPlan) => cellsOf(input, texts)

async function resultOf(spec: JobSpec, outcome: Outcome): Promise<JobResult | undefined> {
  const found = outcome(spec)
  if (!found) return undefined
  const { validation, score = validation.score, change } = found
  return {
    id: await jobId(spec),
    spec,
    version: '0.0.0',
    machine: { cpu: 'test', runtime: 'test' },
    params: 1000,
    flopsPerToken: 6000,
    steps: 10,
    tokens: 640,
    seconds: 2,
    tokensPerSecond: 320,
    peakRssMiB: 100,
    metric: 'accuracy',
    chance: 0.0625,
    validation,
    score: { mean: score, low: score - 0.1, high: score + 0.1 },
    loss: validation.loss,
    byDifficulty: [],
    byPosition: [],
    curve: [],
    solvedAt: null,
    stateBytes: 64,
    decode: [],
    configuration: {},
    ...change,
  }
}
