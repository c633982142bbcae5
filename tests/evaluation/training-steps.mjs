/**
 * No mechanism gives NaN or infinity in training: 300 steps at the default rate with three seeds, of single tokens, and
 * on constant input. `node tests/evaluation/training-steps.mjs [ID …]` takes every mechanism of the registry, or those named.
 */
import 'seqlab'
import { onnxExecutor } from 'seqlab/engine'
import { trainsFinitely } from 'seqlab/evaluation'
import { channelMixers, mixers } from 'seqlab/mechanisms'
import { networks } from 'seqlab/models'

const steps = 300
const runs = [
  ...[1, 2, 3].map((seed) => ({ diet: 'texts', seed })),
  { diet: 'single tokens', seed: 1 },
  { diet: 'constant input', seed: 1 },
]

const ids = process.argv.slice(2)
const registry = [...mixers, ...channelMixers, ...networks]
const chosen = ids.length === 0 ? registry : registry.filter(({ id }) => ids.includes(id))
let broken = 0
for (const mechanism of chosen) {
  const found = []
  const executor = await onnxExecutor({ threads: 1, worker: false })
  for (const run of runs) {
    const { finite, loss } = await trainsFinitely(mechanism, { ...run, steps, executor })
    if (finite < steps) broken++
    found.push(finite === steps ? `${run.diet} ${loss.toFixed(2)}` : `${run.diet} NOT FINITE after ${finite} steps`)
  }
  await executor.close()
  console.log(`${mechanism.id.padEnd(24)} ${found.join(', ')}`)
}
console.log(broken === 0 ? `${chosen.length} mechanisms stay finite` : `${broken} trainings were not finite`)
process.exitCode = broken === 0 ? 0 : 1
