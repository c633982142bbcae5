/** The conformance suite: the criteria that every mechanism must meet, without a line of test code in the mechanism. */
import { type Executor, onnxExecutor } from '../../engine/index.js'
import type { ChannelMixer, Frame, Mixer } from '../../mechanisms/index.js'
import type { Network } from '../../models/index.js'
import { channelSubject } from './channel-subject.js'
import { rowsIndependent } from './criteria/batch.js'
import { pastIgnoresFuture } from './criteria/causality.js'
import { declaredIsTrue } from './criteria/declared.js'
import { documentsSeparate } from './criteria/documents.js'
import { extremesHold } from './criteria/extremes.js'
import { formsAgree } from './criteria/forms.js'
import { gradientsRight } from './criteria/gradients.js'
import { prefixSeesItself } from './criteria/prefix.js'
import { splitsAgree } from './criteria/splits.js'
import { type Check, type Finding, limits, summarize, unbounded } from './finding.js'
import { mixerSubject } from './mixer-subject.js'
import { modelSubject } from './model-subject.js'
import { networkFindings } from './network.js'
import { referenceExecutor } from './reference.js'
import type { Subject } from './subject.js'
import { type Criterion, createTrial, place } from './trial.js'
import { variantsOf } from './variants.js'

/** Of a mechanism in every configuration, and of a model around it. */
const always: readonly Criterion[] = [
  formsAgree,
  splitsAgree,
  pastIgnoresFuture,
  prefixSeesItself,
  rowsIndependent,
  documentsSeparate,
  gradientsRight,
]
/** Of a mechanism by itself. */
const alone: readonly Criterion[] = [declaredIsTrue, ...always]
export interface Report {
  readonly mechanism: string
  /** A criterion each, with the worst that was found. */
  readonly checks: readonly Check[]
}

type Settings = 'all' | 'few'

interface CheckOptions {
  readonly executor?: Executor
  /** `all`: each option by itself and no biases too. `few`: the plain configuration and all options together. */
  readonly settings?: Settings
}

/** Checks every criterion of the contract for a mixer, channel mixer or network in its small configurations. */
export async function checkMechanism(
  mechanism: Mixer | ChannelMixer | Network,
  { executor, settings = 'all' }: CheckOptions = {},
): Promise<Report> {
  const run = executor ?? (await onnxExecutor({ threads: 1, worker: false, cacheSize: 256 }))
  try {
    return { mechanism: mechanism.id, checks: summarize(await findingsOf(mechanism, run, settings)) }
  } finally {
    if (!executor) await run.close()
  }
}

function findingsOf(
  mechanism: Mixer | ChannelMixer | Network,
  executor: Executor,
  settings: Settings,
): Promise<Finding[]> {
  if ('inputs' in mechanism) return networkFindings(mechanism, executor)
  return 'forward' in mechanism
    ? channelFindings(mechanism, executor, settings)
    : mixerFindings(mechanism, executor, settings)
}

async function mixerFindings(mixer: Mixer, executor: Executor, settings: Settings): Promise<Finding[]> {
  const subjects = variantsOf(mixer.config, (own, frame, label) => mixerSubject(mixer, own, frame, label))
  const model = await examine(modelSubject(subjects[0]), { criteria: always, thorough: false }, executor)
  return [...model, ...(await variantFindings(subjects, executor, settings))]
}

function channelFindings(mixer: ChannelMixer, executor: Executor, settings: Settings): Promise<Finding[]> {
  const make = (own: Readonly<Record<string, unknown>>, frame: Frame, label: string) =>
    channelSubject(mixer, own, frame, label)
  return variantFindings(variantsOf(mixer.config, make), executor, settings)
}

/** The plain configuration and, of all, the last two, all options together and no biases, are looked at more closely. */
async function variantFindings(
  subjects: readonly Subject[],
  executor: Executor,
  settings: Settings,
): Promise<Finding[]> {
  const [plain, together, unbiased] = [subjects[0], ...subjects.slice(-2)]
  const closely = settings === 'few' ? [plain] : [plain, together, unbiased]
  const found: Finding[][] = []
  for (const subject of settings === 'few' ? [...new Set([plain, together])] : subjects) {
    const thorough = closely.includes(subject)
    const criteria = thorough ? [...alone, extremesHold] : alone
    found.push(await examine(subject, { criteria, thorough }, executor))
  }
  return found.flat()
}

interface Examination {
  readonly criteria: readonly Criterion[]
  readonly thorough: boolean
}

async function examine(subject: Subject, { criteria, thorough }: Examination, executor: Executor): Promise<Finding[]> {
  const trial = createTrial(subject, referenceExecutor(), executor, thorough)
  const findings: Finding[] = []
  for (const criterion of criteria) {
    try {
      for await (const finding of criterion(trial)) findings.push(finding)
    } catch (error) {
      const where = place(subject, `${criterion.name}: ${error instanceof Error ? error.message : error}`)
      findings.push({ check: 'runs without an error', where, error: unbounded, limit: limits.exact })
    }
  }
  await trial.fast.dispose()
  return findings
}
