/** The conformance suite: the criteria that every mechanism must meet, without a line of test code in the mechanism. */
import { type Executor, onnxExecutor } from '../../engine/index.js'
import { type ChannelMixer, type Mixer, mixers } from '../../mechanisms/index.js'
import { formsAgree } from './criteria/forms.js'
import { splitsAgree } from './criteria/splits.js'
import { type Check, type Finding, summarize } from './finding.js'
import type { MixerSubject } from './mixer-subject.js'
import { modelSubject } from './model-subject.js'
import { referenceExecutor } from './reference.js'
import { type Criterion, createTrial } from './trial.js'
import { variantsOf } from './variants.js'

const common: readonly Criterion[] = [formsAgree, splitsAgree]

export async function findingsOf(mixer: Mixer, executor: Executor): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const subject of variantsOf(mixer)) {
    for (const each of [subject, ...(mixers.includes(mixer) && subject.label === '' ? [modelSubject(subject)] : [])]) {
      const trial = createTrial(each, referenceExecutor(), executor)
      for (const criterion of common) {
        const t = performance.now()
        for await (const f of criterion(trial)) findings.push(f)
        console.error(each.label, criterion.name, Math.round(performance.now() - t))
      }
    }
  }
  return findings
}

export async function checkMechanism(mixer: Mixer, { executor }: { executor?: Executor } = {}): Promise<{ mechanism: string; checks: Check[]; findings: Finding[] }> {
  const run = executor ?? (await onnxExecutor({ threads: 1, worker: false, cacheSize: 200 }))
  const findings = await findingsOf(mixer, run)
  if (!executor) await run.close()
  return { mechanism: mixer.id, checks: summarize(findings), findings }
}
