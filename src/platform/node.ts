import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { UserError } from './errors.js'
import type { Platform } from './index.js'
import { nodeFiles, scratchFolder } from './node-files.js'
import { startWorker } from './node-port.js'

/** Node 20 and newer. */
export const nodePlatform: Platform = {
  name: 'node',
  files: nodeFiles,
  cores: availableParallelism(),
  now: () => performance.now(),
  memory: () => ({ rss: process.memoryUsage.rss(), peakRss: peakRss() }),
  memoryLimit,
  // Windows removes no file that is mapped.
  scratch: process.platform === 'win32' ? undefined : scratchFolder,
  startExecutorWorker: () => startWorker(new URL('./node-worker.js', import.meta.url)),

  async loadOnnxRuntime({ provider }) {
    if (provider === 'webgpu') throw new UserError('WebGPU: only pages can use it – use the CPU')
    try {
      const module = await import('onnxruntime-node')
      // The package is CommonJS: its default export is the whole API, the named ones only what Node can guess.
      return {
        api: (module as unknown as { default: typeof import('onnxruntime-common') }).default,
        fillsOutputs: true,
      }
    } catch (error) {
      throw new UserError(
        `onnxruntime-node: cannot be loaded (${(error as Error).message.split('\n', 1)[0]}) – ` +
          'reinstall with the environment variable ONNXRUNTIME_NODE_INSTALL=skip',
        { cause: error },
      )
    }
  },

  async sha256(data) {
    const hash = createHash('sha256')
    for await (const chunk of data) hash.update(chunk)
    return hash.digest('hex')
  },
}

/**
 * The most memory this process has held, in bytes. On Linux `resourceUsage().maxRSS` starts from what the parent held
 * when it forked, which would charge a child of a large process for its parent; the kernel's own mark does not.
 */
function peakRss(): number {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kibibytes) return Number(kibibytes) * 1024
  } catch {
    // Not Linux: the portable answer below.
  }
  return process.resourceUsage().maxRSS * 1024
}

/** The machine's memory, or less where a container is bounded. */
function memoryLimit(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
}
