/** Mistakes of whoever builds a program: what was expected, what came, and the line that asked for it. */

/** A shape, type or argument that an operator cannot take; its last line is the line of user code that asked for it. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'

  constructor(problem: string) {
    const line = callerLine()
    super(line ? `${problem}\n    at ${line}` : problem)
  }
}

/** Fails with `operator: problem` unless `condition` holds; `problem` is built only on failure. */
export function expect(condition: boolean, operator: string, problem: () => string): asserts condition {
  if (!condition) throw new OperatorError(`${operator}: ${problem()}`)
}

/** The engine's own folder, compiled and as source: stack traces name either. */
const folders = ['dist', 'src'].map((folder) => new URL(`../../${folder}/engine/`, import.meta.url).href)

/** The first place on the stack outside the engine: the code that asked for the operator. */
function callerLine(): string | undefined {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 100 // A body within loops within checkpoints lies far down.
  const lines = new Error().stack?.split('\n') ?? []
  Error.stackTraceLimit = limit
  return lines
    .map((line) => /(?:\(|at (?:async )?|@)((?:[a-z]+:\/\/|\/|[A-Z]:\\).+:\d+:\d+)\)?$/.exec(line)?.[1])
    .find(
      (place) =>
        place && !folders.some((folder) => `${place.startsWith('/') ? 'file://' : ''}${place}`.startsWith(folder)),
    )
}
