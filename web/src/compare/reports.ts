/** The reports that there are: some that come with the site, and those that were opened, which stay in this browser. */
import { parseReport, type Report } from 'seqlab/evaluation/report'
import { platform, UserError } from 'seqlab/platform'
import parity from '../../../studies/parity/report.json?url'
import plays from '../../examples/plays.json?url'
import { createStore } from '../common/store.js'
import { reportsFolder } from '../runs/places.js'

/** By the names that addresses give them. */
export const examples = {
  plays: {
    title: 'Three mechanisms on Tiny Shakespeare',
    url: plays,
    says: 'a comparison on one text: loss, speed and state',
  },
  parity: { title: 'Parity', url: parity, says: 'a study: seeds, intervals, and lengths beyond those of training' },
} as const
type Example = keyof typeof examples

/** Names of the reports that were opened; `undefined` until the storage was read. */
export const ownReports = createStore<readonly string[] | undefined>(undefined)

/** The place of what was trained here, which is no report yet. */
export const ofRuns = 'runs'
export const placeOf = (kind: 'example' | 'mine', name: string) => `${kind}/${name}`

const largest = 64 * 2 ** 20
const fileOf = (name: string) => platform().files.join(reportsFolder, name, 'report.json')

export async function refreshReports(): Promise<void> {
  const names = await platform().files.list(reportsFolder)
  ownReports.set(() => names)
}

/** Keeps a report, once it was read without a fault; its name. @throws UserError for what is no report */
export async function keepReport(file: File, path: string): Promise<string> {
  if (file.size > largest) {
    const [size, limit] = [file.size, largest].map((bytes) => `${Math.round(bytes / 2 ** 20)} MB`)
    throw new UserError(
      `${path} has ${size}; reports have at most ${limit} – choose the report.json that compare wrote.`,
    )
  }
  const bytes = new Uint8Array(await file.arrayBuffer())
  const { title } = parseReport(bytes, path)
  const name = await freeName(folderOf(path) ?? title)
  const { files } = platform()
  await files.makeDirectory(files.join(reportsFolder, name))
  await files.writeAtomic(fileOf(name), bytes)
  await refreshReports()
  return name
}

/** The folder that held it, or what the file was called where that says something. */
function folderOf(path: string): string | undefined {
  const parts = path.split('/')
  const file = parts.pop()!.replace(/\.json$/, '')
  return file === 'report' ? parts.pop() : file
}

async function freeName(wanted: string): Promise<string> {
  const base =
    wanted
      .replace(/[^\p{L}\d.-]+/gu, '-')
      .slice(0, 80)
      .replace(/^[-.]+|-+$/g, '') || 'report'
  const taken = new Set(await platform().files.list(reportsFolder))
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base}-${count}`
    if (!taken.has(name)) return name
  }
}

export async function forgetReport(name: string): Promise<void> {
  await platform().files.remove(platform().files.join(reportsFolder, name))
  read.delete(placeOf('mine', name))
  await refreshReports()
}

const read = new Map<string, Promise<Report>>()

/** The same promise each time it is asked for: a component that waits for one is drawn anew until it is there. */
export function reportAt(place: string): Promise<Report> {
  const known = read.get(place) ?? load(place)
  read.set(place, known)
  return known
}

async function load(place: string): Promise<Report> {
  const [kind, name] = place.split('/')
  if (kind === 'example' && name in examples) {
    const response = await fetch(examples[name as Example].url)
    if (!response.ok) throw new UserError(`The example could not be loaded (${response.status}) – try again.`)
    return parseReport(new Uint8Array(await response.arrayBuffer()), name)
  }
  if (kind !== 'mine' || !(await platform().files.exists(fileOf(name))))
    throw new UserError(`No report called ${name ?? place} is in this browser – open its file first.`)
  return parseReport(await platform().files.read(fileOf(name)), name)
}
