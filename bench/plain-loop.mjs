/** The training of bench/harness.mjs without any harness: `node bench/plain-loop.mjs SETTINGS`, as JSON. */
import 'seqlab'
import { onnxExecutor } from 'seqlab/engine'
import { createModel, preset } from 'seqlab/models'
import { chooseTask, modelInterface, tasks } from 'seqlab/tasks'
import { createSession, exampleData, optimizers, rateAt, trainingSettings } from 'seqlab/training'

const { task: choice, steps, batch, rate: peak, dim, layers } = JSON.parse(process.argv[2])
const { task, config } = chooseTask(choice, tasks)
const source = await task.open(config)
const data = exampleData(task.metric, source)
const model = createModel({ ...modelInterface(source), ...preset('gla'), dim, layers })
const settings = trainingSettings.parse({ steps, batch, context: source.length, rate: peak })
const shape = { ...settings, ...data.shape(model, settings), frozen: () => false }
const executor = await onnxExecutor({ threads: 1 })
const session = await createSession(model, optimizers.adamw(), shape, executor, 1)
await session.load(model.initialParameters(1))
const batches = data.source(model, settings)
for (let step = 1; step <= steps; step++) {
  const rate = rateAt('cosine', step, { peak, warmup: steps * 0.05, steps })
  await session.step(step, [await batches.batch(step - 1)], rate, settings.weightDecay)
}
await executor.close()
