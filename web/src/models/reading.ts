/** A text as a run reads it: what was computed of it, ready to be asked for piece by piece. */
import {
  attentionMaps,
  byToken,
  createExplainer,
  type Explainer,
  isMap,
  likeliest,
  logProbability,
  type NamedTensor,
  readSteps,
  readWhole,
  type StepTrace,
  stateCourse,
  stateSimilarity,
} from 'seqlab/inference'
import { UserError } from 'seqlab/platform'
import type { Moment, TextToken, TextView } from './protocol.js'
import type { LoadedSubject } from './subject.js'

/** Tokens of a text that are looked at: pictures of more are too small to see. */
export const longestText = 256
const choices = 5

export type Reading = Awaited<ReturnType<typeof openReading>>

export async function openReading(subject: LoadedSubject, text: string) {
  const encoded = subject.encode(text)
  const ids = encoded.subarray(0, Math.min(longestText, subject.model.longest))
  const count = ids.length
  const { logits, named } = await readWhole(subject, ids)
  const { steps, stateless } = await stepsOf(subject, ids)
  const maps = new Map(named.filter(isMap).map((tensor) => [tensor.name, tensor]))
  const overTokens = tensorsByToken(named, steps, count)
  let explainer: Explainer | undefined

  const view: TextView = {
    tokens: tokensOf(subject, ids, logits.data as Float32Array),
    cut: encoded.length - count,
    maps: [...maps].map(([name, tensor]) => ({ name, heads: attentionMaps(tensor, count).heads })),
    named: [...overTokens].map(([name, { shape }]) => ({ name, shape })),
    leaves: steps.states.map(({ layer, leaf, shape, change }) => ({ layer, leaf, shape, change })),
    stateless,
  }
  return {
    view,
    map: (name: string) => attentionMaps(maps.get(name)!, count).data,
    tensor: (name: string) => overTokens.get(name)!.data,
    moment(leaf: number, position: number): Moment {
      const { after } = steps.states[leaf]
      return { now: after(position + 1), before: after(position) }
    },
    course: (leaf: number) => stateCourse(steps.states[leaf], count),
    similar: (layer: number, position: number) => stateSimilarity(steps.states, layer, position, count),
    async explain(position: number, target: number) {
      explainer ??= await createExplainer(subject, ids)
      return (await explainer.explain(position, target)).contributions
    },
    dispose: async () => explainer?.dispose(),
  }
}

/** States by token, or why there are none. */
async function stepsOf(subject: LoadedSubject, ids: Int32Array): Promise<{ steps: StepTrace; stateless?: string }> {
  try {
    return { steps: await readSteps(subject, ids) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { steps: { states: [], named: [] }, stateless: error.message }
  }
}

/** What has a name and differs from token to token: from the text read at once, else from the text read by token. */
function tensorsByToken(named: readonly NamedTensor[], steps: StepTrace, count: number) {
  const known = new Set(named.filter(({ tokenAxes }) => tokenAxes.length > 0).map(({ name }) => name))
  const whole = named.filter(({ tokenAxes }) => tokenAxes.length === 1)
  const single = steps.named.filter(({ name, data }) => !known.has(name) && varies(data, count))
  return new Map([
    ...whole.map((tensor) => [tensor.name, byToken(tensor, count)] as const),
    ...single.map(({ name, shape, data }) => [name, { shape: shape.filter((extent) => extent > 1), data }] as const),
  ])
}

/** Whether any token has other numbers than the first. */
function varies(data: Float32Array, count: number): boolean {
  const width = data.length / count
  return data.some((value, index) => value !== data[index % width])
}

function tokensOf(subject: LoadedSubject, ids: Int32Array, logits: Float32Array): TextToken[] {
  const width = logits.length / ids.length
  const rows = Array.from(ids, (_, t) => logits.subarray(t * width, (t + 1) * width))
  return subject.pieces([...ids]).map((text, t) => ({
    id: ids[t],
    text,
    ...(t > 0 && { loss: -logProbability(rows[t - 1], ids[t]) }),
    next: likeliest(rows[t], choices).map((choice) => ({ ...choice, text: subject.piece(choice.id) })),
  }))
}
