/** Small jobs, run in folders of their own. */
import { onTestFinished } from 'vitest'
import { onnxExecutor } from '#seqlab/engine/index.js'
import type { JobContext, JobProgress, JobResult, JobSpecInput } from '#seqlab/evaluation/jobs/job.js'
import { runJob } from '#seqlab/evaluation/jobs/run.js'
import { type ChooseTask, corpora } from '#seqlab/tasks/index.js'
import { temporaryFolder } from '../../training/temporary-folder.js'

const bundled = new URL('../../../data', import.meta.url).pathname

export interface Surroundings {
  readonly directory?: string
  readonly signal?: AbortSignal
  onProgress?(progress: JobProgress): void
}

export async function contextOf({ directory, ...rest }: Surroundings = {}): Promise<JobContext> {
  return {
    directory: directory ?? (await temporaryFolder()),
    corpora: corpora({ home: '/nowhere', bundled }),
    version: '0.0.0',
    machine: { cpu: 'test', runtime: 'test' },
    makeExecutor: ({ threads }) => onnxExecutor({ threads }),
    ...rest,
  }
}

export async function run(
  spec: JobSpecInput,
  surroundings: Surroundings = {},
  choose?: ChooseTask,
): Promise<JobResult> {
  const result = await runJob(spec, await contextOf(surroundings), choose)
  if (result) return result
  throw new Error('the job was interrupted')
}

/** Runs a job up to a step, as Ctrl-C would. */
export async function interrupted(spec: JobSpecInput, directory: string, until: number): Promise<void> {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const onProgress = ({ step }: JobProgress) => void (step === until && controller.abort())
  if (await runJob(spec, await contextOf({ directory, signal: controller.signal, onProgress })))
    throw new Error(`the job ended before step ${until}`)
}

/** What a result holds that another run of the job must give to the last bit. */
export function withoutTime({ seconds, tokensPerSecond, peakRssMiB, curve, decode, ...rest }: JobResult) {
  return {
    ...rest,
    curve: curve.map(({ seconds: _, ...point }) => point),
    decode: decode.map(({ microseconds: _, ...point }) => point),
  }
}

const set = { layers: 1, dim: 16, heads: 2 }

export const tiny: JobSpecInput = {
  name: 'gla',
  model: 'gla',
  set,
  task: 'mqar:length=16:pairs=2:vocabulary=32',
  training: { steps: 20, batch: 8, rate: 0.01, saveEvery: 6 },
  examples: 60,
}
