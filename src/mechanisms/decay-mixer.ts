/** Mixers whose recurrence is the decaying matrix state of `nn/decay.ts`: they differ in what they project. */
import { type DecayInputs, decayChunked, decayParallel, decayStep, type matrixMemory } from '../nn/decay.js'
import type { ParameterTree } from '../nn/parameter.js'
import { defineMixer, type Mixer } from './mixer.js'

type DecayMixer<C, P extends ParameterTree, Q> = Mixer<C, P, Q, ReturnType<typeof matrixMemory>>

/** A mixer without its forms, which all such mixers share; `chunk` is the tokens of a chunk. */
export function defineDecayMixer<C extends { readonly chunk: number }, P extends ParameterTree, Q extends DecayInputs>(
  mixer: Omit<DecayMixer<C, P, Q>, 'parallel' | 'chunked' | 'step'>,
): DecayMixer<C, P, Q> {
  return defineMixer({
    ...mixer,
    parallel: (inputs, state) => decayParallel(inputs as DecayInputs, state),
    chunked: (inputs, state, { config }) => decayChunked(inputs as DecayInputs, state, config.chunk),
    step: (inputs, state) => decayStep(inputs as DecayInputs, state),
  } as DecayMixer<C, P, Q>)
}
