/** What a mechanism declares is what it has: parameters, starting values, state. */
import { describe, type Spec, sizeOf, type Tensor, trace } from '../../../engine/index.js'
import type { StateLeaf } from '../../../mechanisms/index.js'
import { heldShape } from '../../../models/index.js'
import { parameterStream } from '../../../nn/initializers.js'
import { type Finding, finiteError, limits } from '../finding.js'
import { capacityOf, whole } from '../runner.js'
import type { Given, Subject } from '../subject.js'
import { batch, type Criterion, place, sequenceOf } from '../trial.js'

export const declaredIsTrue: Criterion = async function* ({ subject, fast }) {
  yield* parameters(subject)
  const length = subject.chunk + 1
  const size = { batch, capacity: capacityOf(subject) }
  const leaves = subject.leaves(size)
  for (const form of subject.forms) {
    const tokens = form === 'step' ? 1 : length
    const returned = returnedState(subject, form, tokens)
    const names = new Set([...Object.keys(leaves), ...Object.keys(returned)])
    for (const name of names) {
      const [declared, found] = [
        leaves[name] && describe(sliceOf(leaves[name], tokens)),
        returned[name] && describe(returned[name]),
      ]
      yield exact(
        'forms return the declared state',
        place(subject, form, `${name}: ${found}, declared ${declared}`),
        declared === found,
      )
    }
    await fast.run(sequenceOf(subject, length, 91), whole(form, length))
    const { used } = await fast.bytes()
    const expected = Object.values(leaves).reduce((sum, leaf) => sum + 4 * sizeOf(heldShape(leaf, length)), 0)
    yield exact(
      'the carried state has the declared size',
      place(subject, form, `${used} bytes, declared ${expected}`),
      used === expected,
    )
  }
}

function* parameters({ parameters: list, parameterCount, label }: Subject) {
  let count = 0
  for (const { path, shape, initial } of list) {
    const [data, again] = [0, 1].map(() => initial(shape, parameterStream(3, path)))
    count += data.length
    const fits =
      data.length === sizeOf(shape) && finiteError(data) === 0 && data.every((value, index) => value === again[index])
    yield exact('parameters start finite and repeatable, in their shape', [label, path].join(' '), fits)
  }
  const distinct = new Set(list.map(({ path }) => path)).size === list.length
  yield exact(
    'the parameter count is that of the starting values',
    `${label} ${count}, declared ${parameterCount}`,
    distinct && count === parameterCount,
  )
}

function exact(check: string, where: string, holds: boolean): Finding {
  return { check, where, error: holds ? 0 : 1, limit: limits.exact }
}

/** What a form returns as state for some tokens. */
function returnedState(
  subject: Subject,
  form: Subject['forms'][number],
  tokens: number,
): Readonly<Record<string, Spec>> {
  let state: Readonly<Record<string, Tensor>> = {}
  const values = Object.fromEntries(
    subject.parameters.map(({ path, shape }): [string, Spec] => [path, { shape, dtype: 'f32' }]),
  )
  trace(
    (given, tensors) => {
      state = subject.forward(form, tensors, given as Given<Tensor>, {}).state
      return []
    },
    subject.given(sequenceOf(subject, tokens, 92), 0, tokens),
    values,
  )
  return state
}

/** The shape of what a call returns for a leaf: all of it, or one slice a token. */
function sliceOf({ shape, dtype, change }: StateLeaf, tokens: number): Spec {
  if (change === 'replace') return { shape, dtype }
  const along = 'append' in change ? change.append : change.ring
  return { shape: shape.map((extent, axis) => (axis === along ? tokens : extent)), dtype }
}
