/** What a JSON file beside exported models says about them, for whoever runs them. */
import type { DType, Shape, Tensor } from '../../engine/index.js'
import { opsetVersions } from '../../engine/onnx/proto.js'
import type { NamedProgram } from '../../engine/onnx/standalone.js'
import type { Model, ModelConfig } from '../../models/index.js'
import type { StepProgram } from './programs.js'

export interface ValueDescription {
  readonly name: string
  readonly type: 'float32' | 'int32' | 'bool'
  readonly shape: Shape
}

/** One leaf of state: what to feed for the first token, and what to do with what comes out. */
export interface StateDescription {
  readonly input: string
  readonly output: string
  /** Whether the output replaces the input, or is a slice to write into it: after the used ones, or around a ring. */
  readonly change: 'replace' | 'append' | 'ring'
  /** The axis along which slices are written. */
  readonly axis?: number
  /** The value that fills the leaf before the first token. */
  readonly start: number
}

export interface FileDescription {
  readonly file: string
  readonly inputs: readonly ValueDescription[]
  readonly outputs: readonly ValueDescription[]
}

export interface ExportDescription {
  readonly format: 'seqlab-onnx'
  readonly version: 1
  /** tokens → logits */
  readonly sequence: FileDescription
  /** One token and state → logits and state. */
  readonly step: FileDescription & { readonly state: readonly StateDescription[] }
  /** The file of weights that both models read, or null where each holds its own. */
  readonly weights: string | null
  readonly opsets: Readonly<Record<string, number>>
  readonly notes: readonly string[]
  readonly tokenizer: unknown
  readonly model: ModelConfig
}

const notes = [
  'Made for ONNX Runtime: beside standard operators the models may use FusedMatMul of its domain com.microsoft.',
  'step: before the first token every state input is filled with its start, and used, where it is an input, is 0.',
  'step, change replace: feed the output as the input of the next token.',
  'step, change append: write the output into the input at position used of axis; the input’s extent is the most tokens.',
  'step, change ring: write the output into the input at position used modulo the extent of axis.',
  'step: used counts the tokens fed so far; add 1 after every token.',
]

const typeNames = { f32: 'float32', i32: 'int32', bool: 'bool' } as const satisfies Record<DType, string>

export interface Exported {
  readonly model: Model
  readonly sequence: NamedProgram
  readonly step: StepProgram
  readonly files: { readonly sequence: string; readonly step: string; readonly weights: string | null }
  readonly tokenizer: unknown
}

export function describeExport({ model, sequence, step, files, tokenizer }: Exported): ExportDescription {
  const parameters = new Set(model.parameterList.map(({ path }) => path))
  const describeFile = (file: string, { program, inputs, outputs }: NamedProgram): FileDescription => ({
    file,
    inputs: describeValues(inputs, program.inputs).filter(({ name }) => !parameters.has(name)),
    outputs: describeValues(outputs, program.outputs),
  })
  return {
    format: 'seqlab-onnx',
    version: 1,
    sequence: describeFile(files.sequence, sequence),
    step: { ...describeFile(files.step, step), state: describeState(step) },
    weights: files.weights,
    opsets: { 'ai.onnx': opsetVersions[''], 'com.microsoft': opsetVersions['com.microsoft'] },
    notes,
    tokenizer,
    model: model.config,
  }
}

function describeValues(names: readonly string[], tensors: readonly Tensor[]): ValueDescription[] {
  return names.map((name, index) => ({ name, type: typeNames[tensors[index].dtype], shape: tensors[index].shape }))
}

function describeState({ state }: StepProgram): StateDescription[] {
  return Object.entries(state).map(([input, { change, fill }]) => {
    const leaf = { input, output: input.replace(/^state\./, 'next.'), start: fill ?? 0 }
    if (change === 'replace') return { ...leaf, change }
    return 'append' in change
      ? { ...leaf, change: 'append', axis: change.append }
      : { ...leaf, change: 'ring', axis: change.ring }
  })
}
