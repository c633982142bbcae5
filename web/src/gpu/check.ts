/** Whether WebGPU may be trusted on this machine: looked into when someone asks for it, once for the whole page. */
import { createStore } from '../common/store.js'
import { type FromCheck, tolerance } from './protocol.js'

export interface GpuState {
  readonly status: 'unknown' | 'checking' | 'passed' | 'failed'
  readonly adapter?: string
  /** Of the losses, once they were compared. */
  readonly difference?: number
  /** A sentence, where it failed. */
  readonly why?: string
}

export const gpu = createStore<GpuState>({ status: 'unknown' })

let last: Promise<GpuState> | undefined

/** The outcome of the self-check; never rejects. */
export function checkGpu(): Promise<GpuState> {
  last ??= run()
  return last
}

/** The next one who asks has it checked again: after a GPU was lost, what was found says nothing. */
export function forgetGpu(): void {
  last = undefined
  gpu.set(() => ({ status: 'unknown' }))
}

async function run(): Promise<GpuState> {
  gpu.set(() => ({ status: 'checking' }))
  const worker = new Worker(new URL('./check.worker.ts', import.meta.url), { type: 'module' })
  const outcome = await new Promise<Pick<GpuState, 'status' | 'difference' | 'why'>>((resolve) => {
    const fail = (why: string) => resolve({ status: 'failed', why })
    worker.onerror = ({ message }) => fail(message || 'the self-check ended unexpectedly')
    worker.onmessage = ({ data }: MessageEvent<FromCheck>) => {
      if (data.kind === 'adapter') gpu.set((state) => ({ ...state, adapter: adapterText(data) }))
      else if (data.kind === 'failed') fail(data.why)
      else resolve(judged(data.difference))
    }
    worker.postMessage('check')
  })
  worker.terminate()
  gpu.set((state) => ({ ...state, ...outcome }))
  return gpu.get()
}

const adapterText = ({ name, isSoftware }: { name: string; isSoftware: boolean }) =>
  isSoftware ? `${name} (software)` : name

function judged(difference: number): Pick<GpuState, 'status' | 'difference' | 'why'> {
  // Losses that are no numbers differ by no number.
  if (difference <= tolerance) return { status: 'passed', difference }
  const why = `The self-check failed: losses differ from WASM’s by ${difference.toPrecision(2)}, at most ${tolerance} is allowed`
  return { status: 'failed', difference, why }
}
