/**
 * The process of our side: `own-side.js CASE WORKLOAD THREADS`, or `own-side.js cost:MIXER LENGTH`, which has one thread
 * and counts the milliseconds that it really runs.
 */
import { createInterface } from 'node:readline'
import { costWorkload, findCase, startSide } from '../../evaluation/bench/index.js'
import { setPlatform } from '../../platform/index.js'
import { nodePlatform } from '../../platform/node.js'

const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)

function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

setPlatform(nodePlatform)
const [name, workload, threads] = process.argv.slice(2)
const [, mixer] = /^cost:(.+)/.exec(name) ?? []
const side = mixer
  ? await startSide(costWorkload(mixer, Number(workload)), 1, processorTime)
  : await startSide(findCase(name).workloads[workload], Number(threads))
say({ firstStepSeconds: side.firstStepSeconds })
for await (const line of createInterface({ input: process.stdin })) say(await side.run(Number(line)))
say(await side.finish())
