/**
 * A mistake in what the user gave: a value, a file, a setting. Its message names the thing, what was expected, what came
 * and the fix; faces print it as it is, without a stack trace.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
}
