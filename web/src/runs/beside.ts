/** What the workbench knows of a run beyond its own files. It lies beside them under a hidden name, which the command line passes over. */
import { platform } from 'seqlab/platform'
import { runPath } from './places.js'
import type { Plan } from './plan.js'

export interface Beside {
  readonly plan: Plan
  readonly parameters?: number
  readonly flopsPerStep?: number
}

export const besideFile = '.workbench.json'
const pathOf = (name: string) => platform().files.join(runPath(name), besideFile)

export async function readBeside(name: string): Promise<Beside | undefined> {
  const { files } = platform()
  if (!(await files.exists(pathOf(name)))) return undefined
  return JSON.parse(new TextDecoder().decode(await files.read(pathOf(name))))
}

export const writeBeside = (name: string, { plan, parameters, flopsPerStep }: Beside): Promise<void> =>
  platform().files.writeAtomic(pathOf(name), JSON.stringify({ plan, parameters, flopsPerStep }))
