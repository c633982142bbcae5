/**
 * Runs many commands in one process, in the current folder: argument lists come as JSON on stdin, outcomes go to stdout.
 * `left` is what a command left in the folder `run`, which is emptied after each.
 */
import { readdir, rm } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { main } from '#seqlab/cli/main.js'

const outcomes = []
for (const args of JSON.parse(await text(process.stdin))) {
  const said = { stdout: '', stderr: '' }
  const real = { stdout: process.stdout.write, stderr: process.stderr.write }
  for (const stream of ['stdout', 'stderr']) {
    process[stream].write = (piece) => {
      said[stream] += piece
      return true
    }
  }
  const code = await main(args)
  for (const stream of ['stdout', 'stderr']) process[stream].write = real[stream]
  const left = await readdir('run', { recursive: true }).catch(() => [])
  await rm('run', { recursive: true, force: true })
  outcomes.push({ code, signal: null, ...said, left })
}
process.stdout.write(JSON.stringify(outcomes))
