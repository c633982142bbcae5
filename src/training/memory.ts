/** Telling a run that cannot fit into memory before it takes the machine down. */
import { type Program, type Spec, simplify, sizeOf, type Tensor } from '../engine/index.js'
import { carriedLeaves, type Model } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'

const bytesOf = ({ shape, dtype }: Spec) => sizeOf(shape) * (dtype === 'bool' ? 1 : 4)
const total = (specs: Iterable<Spec>) => [...specs].reduce((sum, spec) => sum + bytesOf(spec), 0)

/**
 * What any pass over a batch holds at least: the state, and the features between blocks, `kept` of them. Far from all, but
 * known without tracing, which takes forever on absurd sizes.
 */
export function leastOfPass(
  model: Model,
  { batch, context }: { batch: number; context: number },
  kept: number,
): Spec[] {
  const features: Spec = { shape: [kept, batch, context, model.config.dim], dtype: 'f32' }
  return [features, ...Object.values(carriedLeaves(model, batch))]
}

/** @throws UserError when tensors of these shapes are together more than this machine can hold */
export function requireMemory(specs: Iterable<Spec>, what: string): void {
  requireBytes(total(specs), what)
}

/** @throws UserError when no way of running the program fits into this machine */
export function requireMemoryFor(program: Program, what: string): void {
  const everything = total([...program.inputs, ...program.nodes.flatMap(({ outputs }) => outputs)])
  // Nearly every program fits whole; only what does not is looked at closely.
  if (everything > platform().memoryLimit()) requireBytes(leastBytes(simplify(program)), what)
}

/** Bytes of the values that live at once, each freed after its last use and before the result that needed it last. */
function leastBytes({ inputs, nodes, outputs }: Program): number {
  const lastUse = new Map<Tensor, number>()
  for (const [index, node] of nodes.entries()) for (const input of node.inputs) lastUse.set(input, index)
  for (const output of outputs) lastUse.set(output, nodes.length)
  let live = total(inputs)
  let most = live
  for (const [index, node] of nodes.entries()) {
    for (const input of new Set(node.inputs)) if (input.node && lastUse.get(input) === index) live -= bytesOf(input)
    live += total(node.outputs.filter((output) => lastUse.has(output)))
    most = Math.max(most, live)
  }
  return most
}

function requireBytes(bytes: number, what: string): void {
  const limit = platform().memoryLimit()
  if (bytes <= limit) return
  const place = platform().name === 'browser' ? 'a page' : 'this machine'
  throw new UserError(
    `${what} needs at least ${readable(bytes)} of memory, ${place} has ${readable(limit)} – use a smaller batch, context or model`,
  )
}

function readable(bytes: number): string {
  const gibibytes = bytes / 2 ** 30
  return gibibytes < 1024 ? `${gibibytes.toFixed(1)} GiB` : `${Number((gibibytes / 1024).toPrecision(3))} TiB`
}
