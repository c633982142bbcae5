/** What a model can be trained or evaluated with, told before the first step. */

import { isCausal } from '../mechanisms/index.js'
import { carriedLeaves, type Model } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { isFrozen, type TrainingRunSettings } from './settings.js'

/** Whether steps continue the state of the step before: as asked for, else as the mixers' own recipe has it. */
export function carriesState(model: Model, { carry }: Pick<TrainingRunSettings, 'carry'>): boolean {
  return carry ?? model.layers.some(({ mixer }) => mixer.carries)
}

/** @throws UserError for a model that sees the tokens it is to predict: it would copy them, and its loss would say nothing */
export function checkPredicts({ layers }: Model): void {
  const blind = layers.find(({ mixer, settings }) => !isCausal(mixer, settings))
  if (blind)
    throw new UserError(
      `${blind.mixer.id}: sees the tokens after each one and would copy the next one, not predict it – use a task whose answers are not in its input, or a mechanism that sees the past alone`,
    )
}

/** @throws UserError for sequences that the model has no positions or no memory for */
export function checkSequences(
  { config, ...model }: Model,
  { context, carry }: { context: number; carry: boolean },
): void {
  if (config.positions === 'learned' && context > config.maxPositions) {
    throw new UserError(
      `--context: must be at most maxPositions ${config.maxPositions}, which positions=learned needs, got ${context} – use a shorter one, or --set maxPositions=${context}`,
    )
  }
  const bounded = model.layers.find(({ mixer, settings }) => context > (mixer.longest?.(settings) ?? context))
  if (bounded) {
    const longest = bounded.mixer.longest?.(bounded.settings)
    throw new UserError(
      `--context: must be at most ${longest}, the positions that ${bounded.mixer.id} has, got ${context} – use a shorter one, or --set mixers.0.length=${context}`,
    )
  }
  if (!carry) return
  if (config.positions === 'learned') {
    throw new UserError(
      '--carry: texts without end need more positions than positions=learned has – use --no-carry, or --set positions=none',
    )
  }
  const growing = Object.entries(carriedLeaves({ config, ...model }, 1)).find(
    ([, { change }]) => typeof change === 'object' && 'append' in change,
  )
  if (!growing) return
  const { id } = model.layers[Number(/layers\.(\d+)/.exec(growing[0])?.[1] ?? 0)].mixer
  throw new UserError(
    `--carry: the state of ${id} grows with every token – use --no-carry, or a mixer whose state has an end (--set mixers.0.window=64, transformer-xl)`,
  )
}

/** @throws UserError when a part to freeze is no part, or nothing is left to train */
export function checkFrozen(frozen: readonly string[], model: Model): void {
  const paths = model.parameterList.map(({ path }) => path)
  for (const part of frozen) {
    if (paths.some((path) => isFrozen([part], path))) continue
    const tops = [...new Set(paths.map((path) => path.split('.').slice(0, 2).join('.')))]
    throw new UserError(`--freeze: no parameter is at or below "${part}" – parts are ${tops.slice(0, 12).join(', ')}`)
  }
  if (paths.every((path) => isFrozen(frozen, path)))
    throw new UserError(`--freeze: nothing is left to train without ${frozen.join(', ')} – freeze less`)
}
