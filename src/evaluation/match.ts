/** Equal parameter counts: the width of the channel mixer makes up for what mixers cost more or less. */
import { createModel, type ModelConfig } from '../models/index.js'
import { UserError } from '../platform/errors.js'

/** Largest difference from the target that counts as equal. */
export const tolerance = 0.03

/** The configuration with the channel width that brings its parameters closest to `target`. */
export function matchParameters(name: string, config: ModelConfig, target: number): ModelConfig {
  if (config.channel === null)
    throw new UserError(`compare: ${name} has no channel mixer whose width could match its parameters – give it one`)
  const countAt = (width: number) => createModel({ ...config, channelWidth: width }).parameterCount
  const perUnit = countAt(2) - countAt(1) || 1
  const width = Math.round((target - countAt(1)) / perUnit) + 1
  const matched = { ...config, channelWidth: Math.max(1, width) }
  const difference = createModel(matched).parameterCount / target - 1
  if (Math.abs(difference) <= tolerance) return matched
  const off = `${(100 * difference).toFixed(1)} %`
  throw new UserError(
    `compare: ${name} cannot have ${target} parameters, its closest is ${off} off – use a larger dim, or more similar settings`,
  )
}
