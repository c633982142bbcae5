/** The costs of a family of mixers, each length of each in a process of its own. */
import { fileURLToPath } from 'node:url'
import { onnxExecutor } from '../../engine/index.js'
import { costHeader, costLengths, costRow, measureCosts } from '../../evaluation/bench/index.js'
import { type Mixer, mixers } from '../../mechanisms/index.js'
import { UserError } from '../../platform/errors.js'
import type { Output } from '../output.js'
import { startProcess } from './side-process.js'

export const ownSide = fileURLToPath(new URL('own-side.js', import.meta.url))

export interface FamilyChoice {
  readonly family: string
  /** Some of the family. */
  readonly mixers?: readonly string[]
  readonly lengths?: readonly number[]
}

/** Prints a line for each; says whether all were as they should be. */
export async function benchFamily(choice: FamilyChoice, output: Output): Promise<boolean> {
  const { lengths = costLengths } = choice
  const chosen = chosenMixers(choice)
  if (lengths.length < 3) throw new UserError(`--lengths: an exponent needs three lengths, got ${lengths.join(', ')}`)
  const executor = await onnxExecutor({ threads: 1, worker: false })
  let allOk = true
  output.line(costHeader(lengths))
  const start = (mixer: string, length: number) =>
    startProcess(process.execPath, [ownSide, `cost:${mixer}`, `${length}`])
  for await (const line of measureCosts(chosen, { start, executor, lengths })) {
    allOk &&= line.ok
    output.event(line)
    output.line(costRow(line))
  }
  await executor.close()
  return allOk
}

function chosenMixers({ family, mixers: ids }: FamilyChoice): readonly Mixer[] {
  const members = mixers.filter((mixer) => mixer.family === family)
  if (members.length === 0) {
    const families = [...new Set(mixers.map((mixer) => mixer.family))].sort()
    throw new UserError(`--family: no family is called "${family}" – use one of ${families.join(', ')}`)
  }
  return (
    ids?.map((id) => {
      const found = members.find((mixer) => mixer.id === id)
      if (found) return found
      const names = members.map((mixer) => mixer.id).join(', ')
      throw new UserError(`--mixers: no mixer of ${family} is called "${id}" – use some of ${names}`)
    }) ?? members
  )
}
