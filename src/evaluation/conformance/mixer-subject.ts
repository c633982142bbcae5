/** A mixer by itself: projection, one of its forms, output. */
import { full, type Spec, type StateTensors, scalar, type Tensor, type TensorData, trace } from '../../engine/index.js'
import {
  type Context,
  type Frame,
  isCausal,
  type Mixer,
  type StateLeaf,
  type StateSize,
} from '../../mechanisms/index.js'
import type { Form } from '../../models/index.js'
import { bind, countParameters, listParameters, nest } from '../../nn/parameter.js'
import { places, rowsData, type Sequence, slicePositions } from './sequence.js'
import type { Given, Subject } from './subject.js'

export interface MixerSubject extends Subject {
  readonly mixer: Mixer
  /** The mixer's own settings as given, without the frame. */
  readonly own: Readonly<Record<string, unknown>>
  readonly frame: Frame
}

export function mixerSubject(
  mixer: Mixer,
  own: Readonly<Record<string, unknown>>,
  frame: Frame,
  label: string,
): MixerSubject {
  const parsed = mixer.config.parse(own)
  const config = { ...parsed, heads: parsed.heads ?? frame.heads, dim: frame.dim, bias: frame.bias }
  mixer.validate?.(config)
  const tree = mixer.parameters(config)
  const causal = isCausal(mixer, config)
  const forms: Record<Form, Mixer['parallel'] | undefined> = {
    parallel: mixer.parallel,
    chunked: mixer.chunked,
    step: mixer.step,
  }

  const setting = (parameters: Readonly<Record<string, Tensor>>, given: Given<Tensor>) => {
    const context = { ...given, training: false } as unknown as Context
    return {
      config,
      context,
      p: bind(
        tree,
        nest(tree, ({ path }) => parameters[path]),
      ),
    }
  }
  const leaves = (size: StateSize) => {
    const declared = Object.entries<StateLeaf | undefined>(mixer.state(config, size))
    return Object.fromEntries(declared.filter((entry): entry is [string, StateLeaf] => entry[1] !== undefined))
  }

  return {
    mixer,
    own,
    frame,
    label,
    width: frame.dim,
    chunk: typeof config.chunk === 'number' ? config.chunk : 4,
    causal,
    prefix: typeof mixer.prefix === 'function' ? mixer.prefix(config) : (mixer.prefix ?? false),
    // Where there is no step of its own, the parallel form takes one token; what sees the future has none.
    forms: (['parallel', 'chunked', 'step'] as const).filter((form) => (form === 'step' ? causal : forms[form])),
    parameters: listParameters(tree),
    parameterCount: countParameters(tree),
    leaves,
    given: placed,

    forward(form, parameters, given, state) {
      const at = setting(parameters, given)
      const projected = { ...mixer.project(at.p, given.x, at), ...(given.projected as object | undefined) }
      const run = forms[form] ?? mixer.parallel
      const { y, state: next, losses = {} } = run(projected, stateOf(leaves, given.x.shape[0], state) as never, at)
      return { y: mixer.output(at.p, y, projected, at), state: next, losses }
    },

    projected(sequence) {
      const given = placed(sequence, 0, sequence.length)
      const values = Object.fromEntries(
        listParameters(tree).map(({ path, shape }): [string, Spec] => [path, { shape, dtype: 'f32' }]),
      )
      let specs: Record<string, Spec> = {}
      trace(
        (tensors, parameters) => {
          const at = setting(parameters, tensors as Given<Tensor>)
          specs = mixer.project(at.p, tensors.x, at)
          return []
        },
        given,
        values,
      )
      return Object.fromEntries(
        Object.entries(specs).flatMap(([name, spec]) =>
          spec?.shape?.length === 4 ? [[name, { shape: spec.shape, dtype: spec.dtype }]] : [],
        ),
      )
    },
  }
}

/** Feeds of a mixer: positions and documents worked out from the rows, as a model would. */
function placed(sequence: Sequence, from: number, to: number): Given<TensorData> {
  const { batch, length, width, x, rows, prefix, projected, begins = 0 } = sequence
  const features = slicePositions({ shape: [batch, length, width], dtype: 'f32', data: x }, 1, from, to)
  const place = rows && places(rows, begins)
  const count = Array.from({ length: batch }, () => Array.from({ length }, (_, t) => begins + t))
  return {
    x: features,
    positions: rowsData(
      'i32',
      place ? place.tokens.map((row) => row.map(({ position }) => position)) : count,
      from,
      to,
    ),
    ...(place && {
      documents: rowsData(
        'i32',
        place.tokens.map((row) => row.map(({ document }) => document)),
        from,
        to,
      ),
      carriedDocument: { shape: [batch], dtype: 'i32', data: Int32Array.from(place.before, (row) => row[from]) },
    }),
    ...(prefix && { prefix: { shape: [batch], dtype: 'i32', data: Int32Array.from(prefix) } }),
    ...(projected && {
      projected: Object.fromEntries(
        Object.entries(projected).map(([name, value]) => [name, slicePositions(value, 2, from, to)]),
      ),
    }),
  }
}

/** The state that a form gets: given leaves, and the fill of the others. */
function stateOf(
  leaves: (size: StateSize) => Record<string, StateLeaf>,
  batch: number,
  state: StateTensors,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(leaves({ batch, capacity: 0 })).map(([name, { shape, dtype, change, fill }]) => {
      if (state[name]) return [name, state[name]]
      const start = full(shape, fill ?? 0, dtype)
      return [name, change === 'replace' ? start : { buffer: start, used: scalar(0, 'i32') }]
    }),
  )
}
