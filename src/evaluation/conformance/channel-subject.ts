/** A channel mixer by itself. It has no state and sees one position at a time, so every cut of a sequence is the sequence. */
import type { TensorData } from '../../engine/index.js'
import type { ChannelMixer, Frame } from '../../mechanisms/index.js'
import { bind, countParameters, listParameters, nest } from '../../nn/parameter.js'
import { type Sequence, slicePositions } from './sequence.js'
import type { Given, Subject } from './subject.js'

export function channelSubject(
  mixer: ChannelMixer,
  own: Readonly<Record<string, unknown>>,
  frame: Frame,
  label: string,
): Subject {
  const parsed = mixer.config.parse(own)
  const tree = mixer.parameters({ ...parsed, dim: frame.dim, bias: frame.bias, width: mixer.width(parsed, frame.dim) })
  return {
    label,
    width: frame.dim,
    chunk: 4,
    causal: true,
    prefix: false,
    forms: ['parallel', 'step'],
    parameters: listParameters(tree),
    parameterCount: countParameters(tree),
    leaves: () => ({}),
    given: features,
    forward: (_, parameters, { x }) => ({
      y: mixer.forward(
        bind(
          tree,
          nest(tree, ({ path }) => parameters[path]),
        ),
        x,
        parsed,
      ),
      state: {},
      losses: {},
    }),
  }
}

function features({ batch, length, width, x }: Sequence, from: number, to: number): Given<TensorData> {
  return { x: slicePositions({ shape: [batch, length, width], dtype: 'f32', data: x }, 1, from, to) }
}
