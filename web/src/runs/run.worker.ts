/** A worker that trains one run to its end, or until it is told to pause. The page is never blocked by it. */
import { onnxExecutor } from 'seqlab/engine'
import { createModel } from 'seqlab/models'
import { setPlatform, UserError } from 'seqlab/platform'
import { asJson, finishedResult, resumeRun, train, trainingFlops, writeJson } from 'seqlab/training'
import { browserPlatform } from 'seqlab/browser'
import { openLesson, tokenizerOf } from './lesson.js'
import { modelOf, type Plan, trainingOf } from './plan.js'
import type { FromRun, ToRun } from './protocol.js'

setPlatform(browserPlatform)
const pausing = new AbortController()
const say = (message: FromRun) => postMessage(message)

addEventListener('message', ({ data }: MessageEvent<ToRun>) => {
  if (data.kind === 'pause') pausing.abort()
  else
    run(data.folder, data.plan).catch((error) => {
      say({ kind: 'failed', message: error.message, forUser: error instanceof UserError })
    })
})

async function run(folder: string, plan: Plan): Promise<void> {
  const wanted = trainingOf(plan)
  const lesson = await openLesson(plan, wanted, await tokenizerOf(folder))
  const settings = lesson.context === undefined ? wanted : { ...wanted, context: lesson.context }
  const model = modelOf(plan, lesson.interface)
  const configuration = asJson({ model, settings, ...lesson.record, threads: plan.threads })
  const held = await resumeRun(folder, configuration, { mayDiffer: ['threads', 'settings.rate'] })
  try {
    if (await finishedResult(held)) return
    if (lesson.tokenizer) await writeJson(held.files.tokenizer, lesson.tokenizer.toJSON())
    const whole = createModel(model)
    const shape = { ...settings, ...lesson.data.shape(whole, settings) }
    say({ kind: 'started', parameters: whole.parameterCount, flopsPerStep: trainingFlops(whole, shape).perStep })
    const executor = await onnxExecutor({ threads: plan.threads, worker: false })
    const result = await train({
      run: held,
      model,
      settings,
      data: lesson.data,
      executor,
      onEvent: (event) => say({ kind: 'step', event }),
      signal: pausing.signal,
    })
    await executor.close()
    if (result.stopped !== 'interrupted') await writeJson(held.files.result, { event: 'done', run: folder, ...result })
    say({ kind: 'ended', result })
  } finally {
    await held.release()
    await lesson.close()
  }
}
