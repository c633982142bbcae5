/** Running sequences through a subject on an executor, in any parts, the state carried by the executor's own store. */
import {
  compileStateful,
  type Executor,
  mapTree,
  type Spec,
  type Step,
  type Tensor,
  type TensorData,
  traceStateful,
} from '../../engine/index.js'
import { type Form, startedLeaves } from '../../models/index.js'
import { joinPositions, type Sequence } from './sequence.js'
import { type Given, parameterValues, type Subject, type Values } from './subject.js'

/** Consecutive tokens that one call computes. */
export interface Part {
  readonly form: Form
  readonly length: number
}

/** A state by leaf; of caches, how many positions were written. */
export type StateData = Readonly<Record<string, TensorData & { used: number }>>

export interface Outcome {
  /** [B, T, dim] */
  readonly y: TensorData
  /** Of the last call. Empty for a run without a store. */
  readonly state: StateData
  readonly losses: Readonly<Record<string, TensorData>>
}

export interface RunOptions {
  readonly parameters?: Values
  /** Begin with the state's starting values as constants and drop the state, as training without carried state does. */
  readonly alone?: boolean
}

interface Feeds {
  readonly given: Given<TensorData>
  readonly parameters: Values
}
interface Fetched {
  readonly y: Tensor
  readonly losses: Readonly<Record<string, Tensor>>
}

export type Runner = ReturnType<typeof createRunner>

/** Room for every sequence of the suite. */
export function capacityOf({ chunk }: Subject): number {
  return Math.max(16, 3 * chunk + 4)
}

export function createRunner(subject: Subject, executor: Executor) {
  const store = executor.createStore()
  const steps = new Map<string, Promise<Step<Feeds, Fetched>>>()
  const values = parameterValues(subject)

  function compiled({ form, length }: Part, feeds: Feeds, alone: boolean): Promise<Step<Feeds, Fetched>> {
    const specs = mapTree(feeds, ({ shape, dtype }: Spec): Spec => ({ shape, dtype }))
    const key = JSON.stringify([form, length, alone, specs.given])
    const known = steps.get(key)
    if (known) return known
    const leaves = alone ? {} : subject.leaves({ batch: feeds.given.x.shape[0], capacity: capacityOf(subject) })
    const stateful = traceStateful(leaves, specs, (state, { parameters, given }) => {
      const { y, state: next, losses } = subject.forward(form, parameters, given as Given<Tensor>, state)
      return { state: alone ? {} : next, fetch: { y, losses } }
    })
    const step = compileStateful<Feeds, Fetched>(executor, store, stateful)
    steps.set(key, step)
    return step
  }

  return {
    subject,
    executor,
    values,

    async run(
      sequence: Sequence,
      parts: readonly Part[],
      { parameters = values, alone = false }: RunOptions = {},
    ): Promise<Outcome> {
      if (!alone) await store.write(startingState(subject, sequence.batch))
      const outputs: TensorData[] = []
      let losses: Readonly<Record<string, TensorData>> = {}
      let from = 0
      for (const part of parts) {
        const feeds = { given: subject.given(sequence, from, from + part.length), parameters }
        const step = await compiled(part, feeds, alone)
        const fetched = await step.run(feeds)
        outputs.push(fetched.y)
        losses = fetched.losses
        from += part.length
      }
      if (from !== sequence.length)
        throw new Error(`conformance: parts of ${from} tokens in all for a sequence of ${sequence.length}`)
      return { y: joinPositions(outputs, 1), state: alone ? {} : await store.read(), losses }
    },

    /** Bytes that the state of the last run takes. */
    bytes: () => store.bytes(),
    dispose: () => store.dispose(),
  }
}

/** The state before the first token. */
export function startingState(subject: Subject, batch: number) {
  return startedLeaves(subject.leaves({ batch, capacity: capacityOf(subject) }))
}

/** One call of a form for a whole sequence. */
export function whole(form: Form, length: number): Part[] {
  return form === 'step' ? tokens(length) : [{ form, length }]
}

/** Token by token. */
export function tokens(count: number): Part[] {
  return Array.from({ length: count }, () => ({ form: 'step', length: 1 }))
}
