/** A worker that trains one run to its end, or until it is told to pause. The page is never blocked by it. */
import { browserPlatform } from 'seqlab/browser'
import { onnxExecutor } from 'seqlab/engine'
import { createModel } from 'seqlab/models'
import { type Provider, setPlatform, UserError } from 'seqlab/platform'
import {
  asJson,
  finishedResult,
  latestCheckpoint,
  resumeRun,
  type TrainingResult,
  train,
  trainingFlops,
  writeJson,
} from 'seqlab/training'
import { z } from 'zod'
import { writeBeside } from './beside.js'
import { openLesson, tokenizerOf } from './lesson.js'
import { runPath } from './places.js'
import { modelOf, type Plan, trainingOf } from './plan.js'
import type { FromRun, ToRun } from './protocol.js'

z.config({ jitless: true })
setPlatform(browserPlatform)
const pausing = new AbortController()
const say = (message: FromRun) => postMessage(message)

addEventListener('message', ({ data }: MessageEvent<ToRun>) => {
  if (data.kind === 'pause') pausing.abort()
  // Told when the run is released, so that whoever hears it may go on with it at once.
  else
    run(data.name, data.plan, data.provider).then(
      (result) => say({ kind: 'ended', result }),
      (error) => say({ kind: 'failed', message: error.message, forUser: error instanceof UserError }),
    )
})

async function run(name: string, plan: Plan, provider: Provider): Promise<TrainingResult> {
  const folder = runPath(name)
  const wanted = trainingOf(plan)
  const lesson = await openLesson(plan, wanted, await tokenizerOf(folder))
  const settings = lesson.context === undefined ? wanted : { ...wanted, context: lesson.context }
  const model = modelOf(plan, lesson.interface)
  const configuration = asJson({
    model,
    settings,
    ...lesson.record,
    threads: plan.threads,
    ...(provider === 'webgpu' && { executor: provider }),
  })
  const held = await resumeRun(folder, configuration, { mayDiffer: await mayDiffer(folder) })
  try {
    const before = await finishedResult(held)
    if (before) return before as unknown as TrainingResult
    if (lesson.tokenizer) await writeJson(held.files.tokenizer, lesson.tokenizer.toJSON())
    const whole = createModel(model)
    const shape = { ...settings, ...lesson.data.shape(whole, settings) }
    const facts = { parameters: whole.parameterCount, flopsPerStep: trainingFlops(whole, shape).perStep }
    await writeBeside(name, { plan, ...facts })
    say({ kind: 'started', ...facts })
    const executor = await onnxExecutor({ provider, threads: plan.threads, worker: false })
    let isFirst = true
    const result = await train({
      run: held,
      model,
      settings,
      data: lesson.data,
      executor,
      onEvent(event) {
        if (isFirst && provider === 'webgpu') say({ kind: 'onCpu', operators: [...executor.onCpu] })
        isFirst = false
        say({ kind: 'step', event })
      },
      signal: pausing.signal,
    })
    await executor.close()
    if (result.stopped !== 'interrupted') await writeJson(held.files.result, { event: 'done', run: folder, ...result })
    return result
  } finally {
    await held.release()
    await lesson.close()
  }
}

/**
 * A run may go on with other threads, on another executor and at another rate, and where its text lies elsewhere. What it started from, and which
 * tokenizer was asked for, is over once it has weights and a tokenizer of its own.
 */
async function mayDiffer(folder: string): Promise<string[]> {
  const always = ['threads', 'executor', 'settings.rate', 'data']
  return (await latestCheckpoint(folder)) ? [...always, 'initFrom', 'tokenizer'] : always
}
