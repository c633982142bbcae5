// A process that saves checkpoints until it is killed, and says the number of each one it has saved.
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { saveCheckpoint } from '#seqlab/training/checkpoint.js'
import { latestCheckpoint } from '#seqlab/training/checkpoint-folders.js'
import { metricsLog } from '#seqlab/training/metrics.js'
import { resumeRun } from '#seqlab/training/run-directory.js'
import { exampleCheckpoint } from './example-checkpoint.mjs'

setPlatform(nodePlatform)
const [, , directory, size] = process.argv
const run = await resumeRun(directory, { size: Number(size) })
const start = (await latestCheckpoint(directory))?.step ?? 0
const metrics = metricsLog(run.files.metrics)
await metrics.truncateAfter(start)
process.stdout.write(`${start}\n`)
for (let step = start + 1; ; step++) {
  await metrics.append({ step, loss: 1 / step })
  await saveCheckpoint(directory, exampleCheckpoint(step, Number(size)), { best: step % 5 === 0 })
  process.stdout.write(`${step}\n`)
}
