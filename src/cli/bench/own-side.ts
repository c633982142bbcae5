/** The process of our side: `own-side.js CASE WORKLOAD THREADS`. */
import { createInterface } from 'node:readline'
import { findCase, startSide } from '../../evaluation/bench/index.js'
import { setPlatform } from '../../platform/index.js'
import { nodePlatform } from '../../platform/node.js'

const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)

setPlatform(nodePlatform)
const [name, workload, threads] = process.argv.slice(2)
const side = await startSide(findCase(name).workloads[workload], Number(threads))
say({ firstStepSeconds: side.firstStepSeconds })
for await (const line of createInterface({ input: process.stdin })) say(await side.run(Number(line)))
say(await side.finish())
