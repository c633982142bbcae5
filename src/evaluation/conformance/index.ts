/** The conformance suite: the criteria that every mechanism must meet, without a line of test code in the mechanism. */
import { type Executor, onnxExecutor } from '../../engine/index.js'
import type { ChannelMixer, Mixer } from '../../mechanisms/index.js'
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
/** Of a mechanism with few different configurations: values matter here, and there are many. */
const thorough: readonly Criterion[] = [...alone, extremesHold]

export interface Report {
  readonly mechanism: string
  /** A criterion each, with the worst that was found. */
  readonly checks: readonly Check[]
}

/** Checks every criterion of the contract for a mixer or channel mixer in all of its small configurations. */
export async function checkMechanism(
  mechanism: Mixer | ChannelMixer,
  { executor }: { executor?: Executor } = {},
): Promise<Report> {
  const run = executor ?? (await onnxExecutor({ threads: 1, worker: false, cacheSize: 256 }))
  try {
    const findings =
      'forward' in mechanism ? await channelFindings(mechanism, run) : await mixerFindings(mechanism, run)
    return { mechanism: mechanism.id, checks: summarize(findings) }
  } finally {
    if (!executor) await run.close()
  }
}

async function mixerFindings(mixer: Mixer, executor: Executor): Promise<Finding[]> {
  const subjects = variantsOf(mixer.config, (own, frame, label) => mixerSubject(mixer, own, frame, label))
  const found = [await examine(modelSubject(subjects[0]), always, executor)]
  for (const subject of subjects) found.push(await examine(subject, criteriaFor(subject, subjects), executor))
  return found.flat()
}

async function channelFindings(mixer: ChannelMixer, executor: Executor): Promise<Finding[]> {
  const subjects = variantsOf(mixer.config, (own, frame, label) => channelSubject(mixer, own, frame, label))
  const found: Finding[][] = []
  for (const subject of subjects) found.push(await examine(subject, criteriaFor(subject, subjects), executor))
  return found.flat()
}

/** The plain configuration and the last two, all options together and no biases, are looked at more closely. */
function criteriaFor(subject: Subject, subjects: readonly Subject[]): readonly Criterion[] {
  return [subjects[0], ...subjects.slice(-2)].includes(subject) ? thorough : alone
}

async function examine(subject: Subject, criteria: readonly Criterion[], executor: Executor): Promise<Finding[]> {
  const trial = createTrial(subject, referenceExecutor(), executor)
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
