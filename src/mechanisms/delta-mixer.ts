/** Mixers with the delta rule of `nn/delta-layer.ts`: they differ in what they project and in their sizes. */
import { type DeltaFeatures, type DeltaSizes, deltaForms, deltaMemory } from '../nn/delta-layer.js'
import type { ParameterTree } from '../nn/parameter.js'
import { defineMixer, type Frame, type Mixer } from './mixer.js'

type DeltaMixer<C, P extends ParameterTree, Q> = Mixer<C, P, Q, ReturnType<typeof deltaMemory>>

/** A mixer without its state and forms, which all such mixers share; `convolution` is the tokens that the convolution sees. */
export function defineDeltaMixer<
  C extends { readonly chunk: number; readonly convolution: number },
  P extends ParameterTree,
  Q extends DeltaFeatures,
>(
  sizes: (config: C & Frame) => DeltaSizes,
  mixer: Omit<DeltaMixer<C, P, Q>, 'parallel' | 'chunked' | 'step' | 'state'>,
): DeltaMixer<C, P, Q> {
  return defineMixer({
    ...mixer,
    state: (config, { batch }) => deltaMemory(batch, sizes(config), config.convolution),
    ...deltaForms(sizes),
  } as DeltaMixer<C, P, Q>)
}
