/** Finding PyTorch, and starting its side. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchFrame, Side } from '../../evaluation/bench/index.js'
import { startProcess } from './side-process.js'

export type StartTorch = (frame: BenchFrame, threads: number) => Promise<Side>

const script = fileURLToPath(new URL('../../../bench/torch_side.py', import.meta.url))

/** A starter of PyTorch sides with the first Python that has PyTorch; undefined where none has. */
export async function findTorch(): Promise<StartTorch | undefined> {
  const environment = { ...process.env, LD_LIBRARY_PATH: libraryPath() }
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      await promisify(execFile)(python, ['-c', 'import torch'], { env: environment })
      return (frame, threads) =>
        startProcess(python, ['-B', script, JSON.stringify({ ...frame, threads })], environment)
    } catch {
      // No such program, or it has no PyTorch: the next one may.
    }
  }
  return undefined
}

/** Debian's PyTorch takes whichever OpenBLAS comes first; with its OpenMP build, products run on PyTorch's own threads. */
function libraryPath(): string {
  const folders = existsSync('/usr/lib')
    ? readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'openblas-openmp'))
    : []
  return [...folders.filter((folder) => existsSync(folder)), process.env.LD_LIBRARY_PATH ?? '']
    .filter(Boolean)
    .join(':')
}
