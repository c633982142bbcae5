/**
 * What the harness of comparisons and sweeps adds to a training: `node bench/harness.mjs [ROUNDS] [STEPS]`. Each round
 * runs the same training in three ways, in alternating order: as a job of a sweep, as `seqlab train`, and as a bare loop
 * over optimizer steps, each in a process of its own. Prints a JSON line with the medians and their ratio.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const [rounds = 5, steps = 1500] = process.argv.slice(2).map(Number)
const task = 'mqar:length=64:pairs=4:vocabulary=256'
const [batch, rate, dim, layers] = [32, 1e-3, 64, 2]

const sweep = `
name: harness
jobs:
  - { model: gla, task: '${task}', set: { dim: ${dim}, layers: ${layers} }, examples: 1,
      training: { steps: ${steps}, batch: ${batch}, rate: ${rate}, evaluateEvery: ${steps} } }
`

const folder = await mkdtemp(join(tmpdir(), 'seqlab-harness-'))
const seconds = { job: [], train: [], loop: [] }
const timed = async (name, args) => {
  const began = performance.now()
  await run(process.execPath, args)
  seconds[name].push((performance.now() - began) / 1000)
}
try {
  await writeFile(join(folder, 'sweep.yaml'), sweep)
  for (let round = 0; round < rounds; round++) {
    const out = (name) => ['--out', join(folder, `${name}-${round}`)]
    const model = ['--model', 'gla', '--set', `dim=${dim}`, '--set', `layers=${layers}`, '--task', task]
    const training = ['--steps', steps, '--batch', batch, '--lr', rate, '--evaluate-every', steps, '--threads', 1].map(
      String,
    )
    const sides = [
      () => timed('job', ['bin/seqlab.js', 'sweep', join(folder, 'sweep.yaml'), ...out('job'), '--workers', '1']),
      () => timed('train', ['bin/seqlab.js', 'train', ...model, ...training, ...out('train')]),
      () => timed('loop', ['bench/plain-loop.mjs', JSON.stringify({ task, steps, batch, rate, dim, layers })]),
    ]
    for (const side of round % 2 === 0 ? sides : sides.reverse()) await side()
  }
} finally {
  await rm(folder, { recursive: true })
}
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const [job, train, loop] = [seconds.job, seconds.train, seconds.loop].map(median)
const ratios = { toTrain: job / train, toLoop: job / loop }
console.log(
  JSON.stringify({ rounds, steps, jobSeconds: job, trainSeconds: train, loopSeconds: loop, ratios, all: seconds }),
)
