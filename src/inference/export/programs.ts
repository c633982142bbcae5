/** The programs of an exported language model: a whole sequence, and one token with state. */
import {
  type Cache,
  type Program,
  reshape,
  type Spec,
  type StateTensors,
  simplify,
  type Tensor,
  trace,
  unsqueeze,
} from '../../engine/index.js'
import type { NamedProgram } from '../../engine/onnx/standalone.js'
import type { StateLeaf } from '../../mechanisms/index.js'
import { carriedLeaves, carriedState, flatState, type Model } from '../../models/index.js'
import { logits } from '../../nn/loss.js'

type Tensors = Readonly<Record<string, Tensor>>

/** Inputs `tokens` [batch, context] i32 and parameters by path; output `logits` [batch, context, vocabulary]. */
export function sequenceProgram(model: Model, { batch, context }: { batch: number; context: number }): NamedProgram {
  const tokens: Spec = { shape: [batch, context], dtype: 'i32' }
  return named({ tokens, ...parameterSpecs(model) }, (given) => ({
    logits: modelLogits(model, given, given.tokens, carriedState(model, {}, batch)).logits,
  }))
}

export interface StepProgram extends NamedProgram {
  /** The leaves of state that the model needs, by the names of their inputs, `state.…`. */
  readonly state: Readonly<Record<string, StateLeaf>>
}

/**
 * Inputs `token` [batch] i32, `state.…`, parameters, and with caches `used`, the number of tokens before this one;
 * outputs `logits` [batch, vocabulary] and, for every leaf of state, `next.…`: its new value, or its new slice.
 */
export function stepProgram(model: Model, { batch, capacity }: { batch: number; capacity: number }): StepProgram {
  const leaves = carriedLeaves(model, batch, capacity, 'state')
  const token: Spec = { shape: [batch], dtype: 'i32' }
  const used: Spec = { shape: [], dtype: 'i32' }
  const specs = { token, used, ...leaves, ...parameterSpecs(model) }
  const whole = named(specs, (given) => {
    const state = Object.entries(leaves).map(([path, { change }]): [string, Tensor | Cache] => {
      return [path, change === 'replace' ? given[path] : { buffer: given[path], used: given.used }]
    })
    const before = carriedState(model, Object.fromEntries(state) as StateTensors, batch, 'state')
    const { logits: all, next } = modelLogits(model, given, unsqueeze(given.token, 1), before)
    return { logits: reshape(all, [batch, all.shape[2]]), ...flatState(next, 'next') }
  })
  const step = withoutIdleState(whole)
  return { ...step, state: Object.fromEntries(Object.entries(leaves).filter(([path]) => step.inputs.includes(path))) }
}

function parameterSpecs(model: Model): Record<string, Spec> {
  return Object.fromEntries(model.parameterList.map(({ path, shape }) => [path, { shape, dtype: 'f32' }]))
}

function modelLogits(model: Model, given: Tensors, x: Tensor, state: unknown) {
  const parameters = model.nest(({ path }) => given[path])
  const { features, state: next } = model.forward(parameters, { x }, state)
  return { logits: logits(features, model.head(parameters)), next }
}

function named(specs: Readonly<Record<string, Spec>>, fn: (given: Tensors) => Tensors): NamedProgram {
  const program = trace((given: Tensors) => fn(given), specs)
  return { program, inputs: Object.keys(specs), outputs: Object.keys(program.outputTree) }
}

/**
 * Without the state that the logits never come to depend on, such as the numbers of packed documents where there is one
 * document: whoever runs the model would carry it for nothing.
 */
function withoutIdleState({ program, inputs, outputs }: NamedProgram): NamedProgram {
  const lean = simplify(program)
  const kept = new Set(['logits'])
  for (let size = 0; size < kept.size; ) {
    size = kept.size
    const read = readBy(
      lean,
      lean.outputs.filter((_, index) => kept.has(outputs[index])),
    )
    for (const input of inputs.filter((_, index) => read.has(lean.inputs[index]))) {
      kept.add(input)
      kept.add(input.replace(/^state\./, 'next.'))
    }
  }
  // Simplifying again drops the nodes that only the other outputs needed, before their inputs go.
  const used = simplify({ ...lean, outputs: lean.outputs.filter((_, index) => kept.has(outputs[index])) })
  return {
    program: { ...used, inputs: used.inputs.filter((_, index) => kept.has(inputs[index])) },
    inputs: inputs.filter((name) => kept.has(name)),
    outputs: outputs.filter((name) => kept.has(name)),
  }
}

/** All values that these depend on. */
function readBy(program: Program, values: readonly Tensor[]): Set<Tensor> {
  const read = new Set(values)
  for (const node of [...program.nodes].reverse()) {
    if (node.outputs.some((output) => read.has(output))) for (const input of node.inputs) read.add(input)
  }
  return read
}
