/** Taking in a run that was made elsewhere: a .zip or the files of a folder. What is no run, or a broken one, leaves nothing behind. */
import { unzipSync } from 'fflate'
import { platform, UserError } from 'seqlab/platform'
import { latestCheckpoint, loadRun, modelOfRun, openRun, type Run } from 'seqlab/training'
import { besideFile, writeBeside } from './beside.js'
import { runPath, textPath } from './places.js'
import { planOf } from './plan.js'
import { freeName } from './stored.js'
import { listTexts, provideText } from './texts.js'

export interface Given {
  /** With folders, from the one that was chosen. */
  readonly path: string
  readonly file: File
}
/** What another workbench may have noted, unchecked. */
interface Told {
  readonly plan?: { readonly model?: { readonly name?: unknown } }
  readonly parameters?: unknown
  readonly flopsPerStep?: unknown
}
type Contents = ReadonlyMap<string, () => Promise<Uint8Array>>

/** What a run's folder may hold; anything else is left out. */
const ownFiles = /^(config|tokenizer|result)\.json$|^metrics\.jsonl$|^checkpoints\/step-\d+\/[\w.-]+$/
/** What browsers hand over in one piece. */
const largest = 2 ** 31 - 1

/** @returns the run's name here @throws UserError for what is no run */
export async function unpackRun(given: readonly Given[]): Promise<string> {
  const isFolder = given[0].path.includes('/')
  const source = given[0].path.split('/')[0]
  const contents: Contents = isFolder ? asGiven(given) : await unzipped(given[0].file)
  const configs = [...contents.keys()].filter((path) => /(^|\/)config\.json$/.test(path))
  if (configs.length === 0)
    throw new UserError(
      `${source} holds no run: it has no config.json – choose the --out folder of a training run, or a .zip of one`,
    )
  const root = configs.sort((a, b) => a.length - b.length)[0].slice(0, -'config.json'.length)
  const name = await freeName(
    (root.split('/').at(-2) ?? source.replace(/\.zip$/, '')).replace(/^\d{4}(-\d\d){2}-\d{4}-/, ''),
  )
  try {
    await write(contents, root, runPath(name))
    await check(name, source, await besideIn(contents, root))
    return name
  } catch (error) {
    await platform().files.remove(runPath(name))
    throw error
  }
}

async function unzipped(file: File): Promise<Contents> {
  if (file.size === 0) throw new UserError(`${file.name} is empty – choose the .zip of a run, or its folder`)
  if (file.size > largest)
    throw new UserError(`${file.name} has more than 2 GB – unzip it, and choose its folder instead`)
  try {
    const entries = Object.entries(unzipSync(new Uint8Array(await file.arrayBuffer())))
    return new Map(entries.filter(([path]) => !path.endsWith('/')).map(([path, bytes]) => [path, async () => bytes]))
  } catch (cause) {
    throw new UserError(`${file.name} is no .zip that can be read – choose the .zip of a run, or its folder`, { cause })
  }
}

const asGiven = (given: readonly Given[]): Contents =>
  new Map(given.map(({ path, file }) => [path, async () => new Uint8Array(await file.arrayBuffer())]))

async function write(contents: Contents, root: string, to: string): Promise<void> {
  const { files } = platform()
  for (const [path, read] of contents) {
    const inside = path.startsWith(root) ? path.slice(root.length) : ''
    if (!ownFiles.test(inside)) continue
    const target = files.join(to, inside)
    await files.makeDirectory(target.slice(0, target.lastIndexOf('/')))
    await files.writeAtomic(target, await read())
  }
}

/** Opens it as everyone will, and notes what the workbench needs to go on with it. */
async function check(name: string, source: string, told: Told): Promise<void> {
  const { configuration } = await opened(name).catch((error) => {
    if (!(error instanceof UserError)) throw error
    // The user knows the file that was chosen, not where it was going.
    throw new UserError(error.message.replaceAll(runPath(name), source).replace('name the --out', 'choose the --out'))
  })
  const plan = planOf(configuration, await textWith(configuration.dataSha256))
  const { parameters, flopsPerStep } = told
  const known = typeof told.plan?.model?.name === 'string' ? { ...plan.model, name: told.plan.model.name } : plan.model
  await writeBeside(name, {
    plan: { ...plan, model: known },
    ...(typeof parameters === 'number' && { parameters }),
    ...(typeof flopsPerStep === 'number' && { flopsPerStep }),
  })
}

async function opened(name: string): Promise<Run> {
  const run = await openRun(runPath(name))
  modelOfRun(run)
  return (await latestCheckpoint(runPath(name))) ? (await loadRun(runPath(name))).run : run
}

/** What another workbench noted; nothing where it cannot be read, as it is a convenience alone. */
async function besideIn(contents: Contents, root: string): Promise<Told> {
  try {
    return JSON.parse(new TextDecoder().decode(await contents.get(root + besideFile)!())) ?? {}
  } catch {
    return {}
  }
}

/** The text of this browser that a run learned, whatever it was called there. */
async function textWith(digest: unknown): Promise<string | undefined> {
  if (typeof digest !== 'string') return undefined
  const { files, sha256 } = platform()
  for (const name of await listTexts()) {
    await provideText(name)
    if ((await sha256(files.stream(textPath(name)))) === digest) return name
  }
  return undefined
}
