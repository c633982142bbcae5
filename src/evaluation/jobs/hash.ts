/** What a job is called: a digest of its content, so equal jobs are one job wherever they are written. */
import { platform } from '../../platform/index.js'
import { canonicalJson } from '../../training/canonical-json.js'
import { trainingSettings } from '../../training/index.js'
import { type JobSpec, type JobSpecInput, jobSpec } from './job.js'

/** 64 bits: a billion jobs share a name with a chance of 3 %. */
const digits = 16

/** 16 hexadecimal digits of the SHA-256 of the job's canonical JSON, defaults filled in. */
export async function jobId(input: JobSpecInput): Promise<string> {
  return (await platform().sha256(bytesOf(canonicalJson(completedJob(input))))).slice(0, digits)
}

/** The job with all defaults but the context, which is the task's where the job has none. */
export function completedJob(input: JobSpecInput): JobSpec {
  const spec = jobSpec.parse(input)
  const training = { ...trainingSettings.parse(spec.training), context: spec.training.context }
  return { ...spec, training }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}
