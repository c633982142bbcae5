/** Whether saved tensors are those that a model has. */
import { describe, type Spec } from '../engine/index.js'
import type { Model } from '../models/index.js'
import { UserError } from '../platform/errors.js'

/** Shapes and types of a model's parameters by path. */
export function parameterSpecs(model: Model): Record<string, Spec> {
  return Object.fromEntries(model.parameterList.map(({ path, shape }) => [path, { shape, dtype: 'f32' }]))
}

/**
 * @param where begins the message: the file or option the tensors came from
 * @throws UserError naming the first tensor that is missing, of another shape or type, or not the model's
 */
export function checkTensors(
  given: Readonly<Record<string, Spec>>,
  expected: Readonly<Record<string, Spec>>,
  where: string,
  fix: string,
): void {
  for (const [path, spec] of Object.entries(expected)) {
    const found = Object.hasOwn(given, path) ? describe(given[path]) : 'none'
    if (found !== describe(spec))
      throw new UserError(`${where}: ${path} must be ${describe(spec)}, got ${found} – ${fix}`)
  }
  const foreign = Object.keys(given).find((path) => !Object.hasOwn(expected, path))
  if (foreign !== undefined) throw new UserError(`${where}: holds ${foreign}, which this model does not have – ${fix}`)
}
