/** What a job is called: a digest of its content, so equal jobs are one job wherever they are written. */
import { platform } from '../../platform/index.js'
import { canonicalJson } from '../../training/canonical-json.js'
import { trainingSettings } from '../../training/index.js'
import { type JobSpecInput, jobSpec } from './job.js'

/** 64 bits: a billion jobs share a name with a chance of 3 %. */
const digits = 16

/** 16 hexadecimal digits of the SHA-256 of the job's canonical JSON, defaults filled in. */
export async function jobId(input: JobSpecInput): Promise<string> {
  const spec = jobSpec.parse(input)
  // The context is the task's where the job has none; the other settings have values of their own.
  const training = { ...trainingSettings.parse(spec.training), context: spec.training.context }
  return (await platform().sha256(bytesOf(canonicalJson({ ...spec, training })))).slice(0, digits)
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}
