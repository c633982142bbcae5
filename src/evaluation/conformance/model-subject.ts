/** A model of two blocks around a mixer: what packing, padding, positions and prefixes look like from outside. */
import { sizeOf, type Tensor, type TensorData } from '../../engine/index.js'
import { carriedLeaves, carriedState, createModel, flatState, type Rows } from '../../models/index.js'
import type { MixerSubject } from './mixer-subject.js'
import { rowsData, type Sequence, slicePositions } from './sequence.js'
import type { Given, Subject } from './subject.js'

export function modelSubject({ mixer, own, frame, label, chunk, causal, prefix, forms }: MixerSubject): Subject {
  // Under a name of its own, so that no mechanism of the registry is found in its place.
  const checked = { ...mixer, id: `${mixer.id}, checked` }
  const config = {
    dim: frame.dim,
    heads: frame.heads,
    bias: frame.bias,
    layers: 2,
    input: { kind: 'vectors', width: frame.dim },
    positions: 'learned',
    maxPositions: 64,
    mixers: [{ id: checked.id, ...own }],
    head: { kind: 'regression', outputs: 1 },
  }
  const model = createModel(config, { mixers: [checked] })
  // What comes after the features is the same for every mechanism.
  const parameters = model.parameterList.filter(({ path }) => !path.startsWith('head.'))
  return {
    label: label === '' ? 'model' : `model, ${label}`,
    width: frame.dim,
    chunk,
    causal,
    prefix,
    forms,
    parameters,
    parameterCount: parameters.reduce((total, { shape }) => total + sizeOf(shape), 0),
    leaves: ({ batch, capacity }) => carriedLeaves(model, batch, capacity),
    given: rowsOf,
    forward(form, parameters, given, state) {
      const { x, prefix: both, ...rows } = given as Rows & { x: Tensor; prefix?: Tensor }
      const tensors = model.nest(({ path }) => parameters[path])
      const result = model.forward(tensors, { x, prefix: both, ...rows }, carriedState(model, state, x.shape[0]), {
        form,
      })
      return { y: result.features, state: flatState(result.state), losses: result.losses }
    },
  }
}

function rowsOf({ batch, length, width, x, rows, prefix }: Sequence, from: number, to: number): Given<TensorData> {
  return {
    x: slicePositions({ shape: [batch, length, width], dtype: 'f32', data: x }, 1, from, to),
    ...(rows && { resets: rowsData('bool', rows.starts, from, to), valid: rowsData('bool', rows.valid, from, to) }),
    ...(prefix && { prefix: { shape: [batch], dtype: 'i32', data: Int32Array.from(prefix) } }),
  }
}
