/** The ONNX Runtime executor: programs become ONNX graphs, run in a worker thread or in this one. */
import { type Provider, platform } from '../../platform/index.js'
import type { Bindings, Executable, Executor, StateStore } from '../executor.js'
import { fingerprint } from '../operators/constant.js'
import { programKey } from '../program-key.js'
import { simplify } from '../simplify.js'
import { describe, type Program, type Spec, sameShape, type TensorData } from '../tensor.js'
import { free } from './free.js'
import { createHost, type Host } from './host.js'
import { lower } from './lowering.js'
import { remoteHost } from './remote.js'

export interface OnnxOptions {
  /** What computes; the CPU by default. WebGPU is there in pages alone. */
  provider?: Provider
  /** Threads inside an operator; the number of processors by default. Results are equal only at equal thread counts. */
  threads?: number
  /** Run in a worker thread, so that long steps do not block the event loop (default), or in this thread. */
  worker?: boolean
  /** Executables kept; the least recently used one is released when there are more. */
  cacheSize?: number
}

/**
 * Programs of at most this many values have their memory laid out ahead of a run, which saves small ones a twentieth of
 * their time. Large ones gain nothing, and would reserve a third more than values take as they come and go.
 */
const largestPlanned = 2 ** 22

export interface OnnxExecutor extends Executor {
  /** Operators of the programs compiled so far that the provider lacks, so that the CPU runs them; empty on the CPU. */
  readonly onCpu: ReadonlySet<string>
}

export async function onnxExecutor(options: OnnxOptions = {}): Promise<OnnxExecutor> {
  const provider = options.provider ?? 'cpu'
  const threads = options.threads ?? platform().cores
  const cacheSize = options.cacheSize ?? 24
  const port = options.worker === false ? undefined : platform().startExecutorWorker()
  port?.post({ threads, provider })
  const host: Host = port
    ? remoteHost(port)
    : createHost(await platform().loadOnnxRuntime({ threads, provider }), threads)
  const onCpu = new Set<string>()
  const recent = new Map<string, { release(): Promise<void> }>()
  const storeIds = new WeakMap<StateStore, number>()
  let storeCount = 0

  async function session(program: Program, handedOver: readonly ArrayBufferLike[] = []): Promise<string> {
    const lean = simplify(program)
    const key = fingerprint(new TextEncoder().encode(programKey(lean)))
    if (!(await host.prepare(key))) {
      const lowered = lower(lean, provider)
      for (const type of lowered.onCpu) onCpu.add(type)
      // Mapped from files, they are in memory once: the session's own arrangement of them, without what was arranged.
      const scratch = lowered.embedded.size > 0 ? await platform().scratch?.(lowered.embedded) : undefined
      if (scratch) free(handedOver)
      try {
        const prepared = await host.prepare(key, {
          key,
          model: lowered.model,
          inputNames: lowered.inputNames,
          outputNames: lowered.outputNames,
          outputs: lean.outputs.map(({ shape, dtype }) => ({ shape, dtype })),
          constants: [...lowered.constants],
          embedded: scratch?.folder ?? [...lowered.embedded],
          planned: valuesOf(lean) <= largestPlanned,
          whole: lowered.onCpu.length === 0,
        })
        if (prepared?.divided) onCpu.add('some operators')
      } finally {
        await scratch?.remove()
      }
    }
    free(handedOver)
    touch(key)
    return key
  }

  /** Marks an executable as just used; releases the oldest beyond the bound. */
  function touch(key: string): void {
    const entry = recent.get(key) ?? { release: () => host.release(key) }
    recent.delete(key)
    recent.set(key, entry)
    if (recent.size > cacheSize) {
      const [oldest, { release }] = recent.entries().next().value!
      recent.delete(oldest)
      void release()
    }
  }

  return {
    name: 'onnx',
    threads,
    onCpu,
    createStore() {
      const id = storeCount++
      const store: StateStore = {
        write: (leaves) => host.write(id, leaves),
        read: (names) => host.read(id, names),
        grow: (name, capacity) => host.grow(id, name, capacity),
        rename: (names) => host.rename(id, names),
        remove: (names) => host.remove(id, names),
        copyRow: (names, from, to) => host.copyRow(id, names, from, to),
        revert: () => host.revert(id),
        bytes: (names) => host.bytes(id, names),
        dispose: () => host.dispose(id),
      }
      storeIds.set(store, id)
      return store
    },
    async compile(program, { bindings = unbound(program), store, handedOver } = {}): Promise<Executable> {
      let key = await session(program, handedOver)
      const id = store && storeIds.get(store)
      const fed = program.inputs
        .filter((_, index) => bindings.inputs[index] === 'feed')
        .map(({ shape, dtype }): Spec => ({ shape, dtype }))
      return {
        async run(feeds) {
          checkFeeds(fed, feeds)
          if (!recent.has(key)) key = await session(program)
          touch(key)
          return host.run(key, bindings, id, feeds)
        },
        async release() {
          const entry = recent.get(key)
          recent.delete(key)
          await entry?.release()
        },
      }
    },
    async close() {
      await Promise.all([...recent.values()].map(({ release }) => release()))
      recent.clear()
      await port?.close()
    },
  }
}

function unbound(program: Program): Bindings {
  return { inputs: program.inputs.map(() => 'feed'), outputs: program.outputs.map(() => 'fetch') }
}

function valuesOf({ nodes }: Program): number {
  return nodes.reduce((total, { outputs }) => outputs.reduce((sum, { size }) => sum + size, total), 0)
}

function checkFeeds(specs: readonly Spec[], feeds: readonly TensorData[]): void {
  if (specs.length !== feeds.length) throw new Error(`run: expected ${specs.length} inputs, got ${feeds.length}`)
  specs.forEach((spec, index) => {
    const feed = feeds[index]
    if (!sameShape(spec.shape, feed.shape) || spec.dtype !== feed.dtype) {
      throw new Error(`run: input ${index} must be ${describe(spec)}, got ${describe(feed)}`)
    }
  })
}
