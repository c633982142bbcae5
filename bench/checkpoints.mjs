// Verifies every folder that draw_checkpoints.py wrote, against single and against double precision.
//   node bench/checkpoints.mjs FOLDER
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { onnxExecutor, verifyCheckpoint } from '../dist/index.js'

const [root] = process.argv.slice(2)
if (!root) throw new Error('expected the folder that draw_checkpoints.py wrote')
const executor = await onnxExecutor({ threads: 1 })
const largest = (values) => (values.includes(null) ? '–' : Math.max(...values).toExponential(1))

const verdicts = new Map()
for (const folder of readdirSync(root).filter((name) => name !== 'float64')) {
  const name = folder.replace(/-\d+$/, '')
  const single = await verifyCheckpoint(executor, join(root, folder))
  const double = await verifyCheckpoint(executor, join(root, 'float64', folder))
  verdicts.set(name, [...(verdicts.get(name) ?? []), { single, double }])
  if (!single.pass || !double.pass) console.log(`${folder}: ${single.departs ?? double.departs}`)
}
for (const [name, list] of verdicts) {
  const of = (side, key) => largest(list.map((each) => each[side][key]))
  const figures = ['maxLogitError', 'maxGradientError', 'stepError'].map((key) => of('single', key)).join(', ')
  const exact = ['maxLogitError', 'maxGradientError'].map((key) => of('double', key)).join(', ')
  console.log(`${name}: ${list.length} models, ${figures}; against float64 ${exact}`)
}
await executor.close()
