/** Reading a reference file: inputs, output, cotangent and gradients of one operator, with the shapes they must have. */
import { z } from 'zod'
import { type Shape, sameShape, type TensorData } from '../../engine/index.js'
import { chunkLength } from '../../nn/chunks.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { decodeSafetensors, type SafetensorsFile } from '../../training/safetensors.js'
import { type Axes, type Layout, layouts, storedAxes } from './layout.js'
import type { OperatorConstants, VerifiableOperator } from './operators.js'

export interface ReferenceCase {
  readonly layout: Layout
  readonly constants: OperatorConstants
  /** By name without `in.`, in the order of the operator. */
  readonly inputs: Readonly<Record<string, TensorData>>
  readonly out: TensorData
  readonly cotangent: TensorData
  /** Of sum(out · cotangent), by name of the input. */
  readonly gradients: Readonly<Record<string, TensorData>>
}

/** Files are short (48 tokens): small chunks, so that several of them are passed through. */
const chunkForFiles = 16

const constantsSchema = z.strictObject({
  scale: z.number().positive().optional(),
  chunk_size: z.int().positive().optional(),
  normalize: z.boolean().optional(),
})

/**
 * Reads a file for an operator.
 *
 * @throws UserError when it is no safetensors file, lacks metadata or tensors, or holds others than the operator takes
 */
export async function readReferenceCase(path: string, operator: VerifiableOperator): Promise<ReferenceCase> {
  const file = decodeSafetensors(await platform().files.read(path), { name: path })
  const layout = layoutOf(path, file.metadata)
  const constants = constantsOf(path, file.metadata)
  const names = Object.keys(operator.inputs)
  const expected = new Map<string, Axes>([
    ...names.map((name) => [`in.${name}`, operator.inputs[name]] as const),
    ['out', operator.output],
    ['cotangent', operator.output],
    ...names.map((name) => [`grad.${name}`, operator.inputs[name]] as const),
  ])
  checkNames(path, operator, Object.keys(file.tensors), [...expected.keys()])
  checkShapes(path, operator, file, layout, expected)
  const tensor = (name: string) => file.tensors[name] as TensorData
  const each = (prefix: string) => Object.fromEntries(names.map((name) => [name, tensor(`${prefix}.${name}`)]))
  return {
    layout,
    constants,
    inputs: each('in'),
    out: tensor('out'),
    cotangent: tensor('cotangent'),
    gradients: each('grad'),
  }
}

function layoutOf(path: string, { layout }: SafetensorsFile['metadata']): Layout {
  if ((layouts as readonly string[]).includes(layout)) return layout as Layout
  throw new UserError(
    `${path}: its metadata must give layout as ${layouts.join(' or ')}, got ${JSON.stringify(layout) ?? 'none'} – write it into the file`,
  )
}

function constantsOf(path: string, { consts = '{}' }: SafetensorsFile['metadata']): OperatorConstants {
  const parsed = constantsSchema.safeParse(parseJson(consts))
  if (parsed.success) {
    const { chunk_size = chunkForFiles, ...constants } = parsed.data
    return { ...constants, chunk: chunkLength(chunk_size) }
  }
  const known = Object.keys(constantsSchema.shape).join(', ')
  throw new UserError(`${path}: its metadata must give consts as JSON with ${known}, got ${consts} – correct them`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function checkNames(path: string, operator: VerifiableOperator, found: string[], expected: string[]): void {
  const missing = expected.filter((name) => !found.includes(name))
  const foreign = found.filter((name) => name.startsWith('in.') && !expected.includes(name))
  if (missing.length === 0 && foreign.length === 0) return
  const problems = [
    missing.length > 0 ? `lacks ${missing.join(', ')}` : '',
    foreign.length > 0 ? `has ${foreign.join(', ')}` : '',
  ]
  throw new UserError(
    `${path}: ${problems.filter(Boolean).join(' and ')}, but ${operator.name} takes ${Object.keys(operator.inputs).join(', ')}` +
      ' – name the right operator with --operator, or complete the file',
  )
}

/** Every letter of the axes must have one extent throughout the file. */
function checkShapes(
  path: string,
  operator: VerifiableOperator,
  { tensors }: SafetensorsFile,
  layout: Layout,
  expected: ReadonlyMap<string, Axes>,
): void {
  const extents = new Map<string, number>()
  for (const [name, axes] of expected) {
    const { shape, dtype } = tensors[name]
    const letters = [...storedAxes(axes, layout)]
    letters.forEach((letter, index) => {
      if (!extents.has(letter) && shape.length === letters.length) extents.set(letter, shape[index])
    })
    const wanted: Shape = letters.map((letter) => extents.get(letter) ?? -1)
    if (dtype === 'f32' && sameShape(shape, wanted)) continue
    const known = letters.map((letter) => extents.get(letter) ?? letter)
    throw new UserError(
      `${path}: ${name} must be f32 [${letters.join(', ')}] = [${known.join(', ')}], got ${dtype} [${shape.join(', ')}]` +
        ` – check the file's layout, ${layout}, and the operator, ${operator.name}`,
    )
  }
}
