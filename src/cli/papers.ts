/** Papers on this machine: where the package keeps their results and the files that hold their mechanisms. */
import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onnxExecutor } from '../engine/index.js'
import type { RunContext } from '../papers/index.js'

const inPackage = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Stored results come with the package. */
export const resultsFolder = inPackage('src/papers/results')

/** A file of the source, seen from the working folder; where only what was compiled is installed, that. */
export function sourcePath(file: string): string {
  const source = inPackage(`src/${file}`)
  const path = existsSync(source) ? source : inPackage(`dist/${file.replace(/\.ts$/, '.js')}`)
  return relative(process.cwd(), path)
}

/** What a demonstration needs from this machine. */
export const runContext: Pick<RunContext, 'text' | 'makeExecutor'> = {
  text: inPackage('data/tinyshakespeare/input.txt'),
  makeExecutor: ({ threads }) => onnxExecutor({ threads }),
}
