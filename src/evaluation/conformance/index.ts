/** The conformance suite: the criteria that every mechanism must meet, without a line of test code in the mechanism. */
import { type Executor, onnxExecutor } from '../../engine/index.js'
import { type Mixer, mixers } from '../../mechanisms/index.js'
import { rowsIndependent } from './criteria/batch.js'
import { pastIgnoresFuture } from './criteria/causality.js'
import { declaredIsTrue } from './criteria/declared.js'
import { documentsSeparate } from './criteria/documents.js'
import { extremesHold } from './criteria/extremes.js'
import { formsAgree } from './criteria/forms.js'
import { gradientsRight } from './criteria/gradients.js'
import { prefixSeesItself } from './criteria/prefix.js'
import { splitsAgree } from './criteria/splits.js'
import { type Check, type Finding, summarize } from './finding.js'
import type { MixerSubject } from './mixer-subject.js'
import { modelSubject } from './model-subject.js'
import { referenceExecutor } from './reference.js'
import { type Criterion, createTrial } from './trial.js'
import { variantsOf } from './variants.js'

/** Of a mixer by itself and of a model around it. */
const shared: readonly Criterion[] = [formsAgree, splitsAgree, pastIgnoresFuture, prefixSeesItself, rowsIndependent, documentsSeparate, gradientsRight]
/** Of a mixer by itself. */
const own: readonly Criterion<MixerSubject>[] = [declaredIsTrue, extremesHold]

export async function findingsOf(mixer: Mixer, executor: Executor): Promise<Finding[]> {
  const findings: Finding[] = []
  const collect = async (label: string, criterion: string, found: AsyncGenerator<Finding>) => {
    const t = performance.now()
    for await (const f of found) findings.push(f)
    console.error(label, criterion, Math.round(performance.now() - t))
  }
  for (const subject of variantsOf(mixer)) {
    const trial = createTrial(subject, referenceExecutor(), executor)
    for (const criterion of [...shared, ...own]) await collect(subject.label, criterion.name, criterion(trial))
    if (!mixers.includes(mixer) || subject.label !== '') continue
    const model = createTrial(modelSubject(subject), referenceExecutor(), executor)
    for (const criterion of shared) await collect('model', criterion.name, criterion(model))
  }
  return findings
}

export async function checkMechanism(mixer: Mixer, { executor }: { executor?: Executor } = {}): Promise<{ mechanism: string; checks: Check[]; findings: Finding[] }> {
  const run = executor ?? (await onnxExecutor({ threads: 1, worker: false, cacheSize: 200 }))
  const findings = await findingsOf(mixer, run)
  if (!executor) await run.close()
  return { mechanism: mixer.id, checks: summarize(findings), findings }
}
