/** Errors name the operator, what came and what would be right, and end with the line of user code that asked. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { DType, Shape, Spec, Tensor } from '#seqlab/engine/tensor.js'
import { trace } from '#seqlab/engine/trace.js'

/**
 * A refused call: the operator the message starts with, what is wrong, the inputs, the call, and what the message must
 * mention. A function made of others may speak as one of them: `logSumExp|max`.
 */
export type ErrorCase = readonly [
  operator: string,
  about: string,
  inputs: readonly Spec[],
  call: (...tensors: Tensor[]) => unknown,
  mentions: readonly string[],
]

const of =
  (dtype: DType) =>
  (...shape: Shape): Spec => ({ shape, dtype })
export const f32 = of('f32')
export const i32 = of('i32')
export const bool = of('bool')

/** Said by a message that goes beyond "wrong": what is expected, or what to do. */
const remedy = / – \S|must|needs?\b|may\b|takes|within/

/** Tests a table of refused calls; `file` is the URL of the test file that holds it. */
export function testErrors(file: string, cases: readonly ErrorCase[]): void {
  const source = readFileSync(new URL(file), 'utf8').split('\n')
  const place = new RegExp(`\n {4}at .*${file.split('/').pop()?.replaceAll('.', '\\.')}:(\\d+):\\d+$`)
  describe.each(cases.map((each) => [`${each[0]}: ${each[1]}`, each] as const))(
    '%s',
    (_, [operator, about, inputs, call, mentions]) => {
      const message = () =>
        failure(() =>
          trace((tensors: readonly Tensor[]) => {
            call(...tensors)
            return []
          }, inputs),
        ).message

      it('is refused with the operator, what came and what would be right', () => {
        const [problem] = message().split('\n')
        expect(problem).toMatch(new RegExp(`^(${operator}): `))
        for (const mention of mentions) expect(problem).toContain(mention)
        expect(problem).toMatch(remedy)
      })

      it('is traced to the line that asked for it', () => {
        const line = Number(place.exec(message())?.[1])
        expect(line, message()).not.toBeNaN()
        // The row of the table that the line lies in is the nearest one that starts above it.
        const row = source.slice(0, line).findLastIndex((text) => /^ {2}\[/.test(text))
        expect(source.slice(row, line + 1).join('\n')).toContain(`'${about}'`)
      })
    },
  )
}

export function failure(body: () => unknown): Error {
  try {
    body()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was refused')
}
