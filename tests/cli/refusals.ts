/** Tables of commands that must be refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, type Refusal, seqlabMany, tiny, words, workplace } from './command.js'

/** Exit code 2, nothing on stdout, and on stderr 1 to 4 lines without a stack trace that hold each of `said`. */
export function expectRefusal({ code, stdout, stderr }: Outcome, ...said: readonly (string | RegExp)[]): void {
  expect(stderr).toMatch(/^seqlab: [^\n]+\n([^\n]+\n){0,3}$/)
  expect(stderr).not.toMatch(/^\s+at |Error:|node:internal|\.js:\d/m)
  for (const part of said) {
    if (typeof part === 'string') expect(stderr).toContain(part)
    else expect(stderr).toMatch(part)
  }
  expect(stdout).toBe('')
  expect(code).toBe(2)
}

export type Case = readonly [name: string, args: readonly string[], said: readonly (string | RegExp)[]]

/** A training command that would work, were it not for `args`. */
export const train = (...args: string[]) => [
  ...words('train --model gla --data text.txt --steps 4 --out run'),
  ...tiny,
  ...args,
]

/** Every case is refused, in a folder that `prepare` made, and leaves nothing in the folder of the run. */
export function refused(
  title: string,
  cases: readonly Case[],
  prepare: (cwd: string) => Promise<unknown> = async () => {},
): void {
  describe(title, () => {
    let outcomes: Refusal[]
    beforeAll(async () => {
      const cwd = await workplace({ whenOver: afterAll })
      await prepare(cwd)
      outcomes = await seqlabMany(
        cases.map(([, args]) => args),
        cwd,
      )
    }, 60_000)
    it.each(cases.map(([name], index) => [name, index] as const))('%s', (_, index) => {
      expectRefusal(outcomes[index], ...cases[index][2])
      expect(outcomes[index].left).toEqual([])
    })
  })
}
