/** A model of the registry that names the class of a whole sequence of vectors, as a network to learn. */

import { z } from 'zod'
import { mean, reshape, slice } from '../../engine/index.js'
import { carriedState, createModel, defineNetwork, type ModelConfigInput } from '../../models/index.js'
import { surprise } from '../../nn/classification.js'
import { logits } from '../../nn/index.js'
import type { Learning } from './learn.js'

interface Classification {
  readonly length: number
  readonly width: number
  readonly classes: number
}

/** Inputs x [B, T, width] and target [B]; outputs logits [B, classes], read from the last position. */
export function classifier(config: Learning['model'], { length, width, classes }: Classification) {
  const model = createModel({
    ...config,
    input: { kind: 'vectors', width },
    head: { kind: 'class', classes, pool: 'last' },
  } as ModelConfigInput)
  return defineNetwork({
    id: config.mixers[0].id,
    family: 'classifier',
    citation: model.layers[0].mixer.citation,
    summary: 'Names the class of a sequence.',
    config: z.object({}),
    // Parameters alone, without the layers that bind them: the model binds them itself.
    parameters: () => model.nest((parameter) => parameter),
    inputs: (_, batch) => ({
      x: { shape: [batch, length, width], dtype: 'f32' },
      target: { shape: [batch], dtype: 'i32', below: classes },
    }),
    forward(tensors, { x, target }, { training }) {
      const { features } = model.forward(tensors, { x }, carriedState(model, {}, x.shape[0]), { training })
      const last = reshape(slice(features, 1, -1), [x.shape[0], features.shape[2]])
      const scores = logits(last, model.head(tensors))
      return { loss: mean(surprise(scores, target)), outputs: { logits: scores } }
    },
  })
}
