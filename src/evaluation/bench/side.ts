/** One side of a comparison: a workload that has taken its first step and takes more when asked. */
import { onnxExecutor, type TensorData } from '../../engine/index.js'
import { platform } from '../../platform/index.js'
import type { Workload } from './workload.js'

export interface Side {
  /** From nothing to the end of the first step. */
  readonly firstStepSeconds: number
  /** Milliseconds of each of so many steps, by the side's clock. */
  run(steps: number): Promise<number[]>
  /** Ends it. */
  finish(): Promise<Ended>
}

export interface Ended {
  /** The most memory that the process ever held. */
  readonly peakRssMiB: number
  /** What it held after its last step. */
  readonly rssMiB?: number
  /** SHA-256 of all state: equal for workloads whose steps came out equal, bit for bit. */
  readonly fingerprint?: string
}

/**
 * Starts a workload in this process, its executor where users of the workload have it.
 *
 * @param clock milliseconds from any fixed point; by default those of the wall
 */
export async function startSide(workload: Workload, threads: number, clock = platform().now): Promise<Side> {
  const { now, memory, sha256 } = platform()
  const began = now()
  const executor = await onnxExecutor({ threads, worker: !workload.inThread })
  const running = await workload.start(executor)
  await running.step()
  return {
    firstStepSeconds: (now() - began) / 1000,
    async run(steps) {
      const milliseconds: number[] = []
      for (let step = 0; step < steps; step++) {
        const before = clock()
        await running.step()
        milliseconds.push(clock() - before)
      }
      return milliseconds
    },
    async finish() {
      // Reading the state takes memory of its own, so the peak comes first.
      const { peakRss, rss } = memory() ?? { peakRss: Number.NaN, rss: Number.NaN }
      const [peakRssMiB, rssMiB] = [peakRss, rss].map((bytes) => Math.round(bytes / 2 ** 20))
      const fingerprint = await sha256(bytesOf(await running.state()))
      await executor.close()
      return { peakRssMiB, rssMiB, fingerprint }
    },
  }
}

async function* bytesOf(state: Readonly<Record<string, TensorData>>): AsyncGenerator<Uint8Array> {
  for (const path of Object.keys(state).sort()) {
    const data = state[path].data as Float32Array
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  }
}
