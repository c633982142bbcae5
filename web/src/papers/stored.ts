/** What demonstrations found, as it comes with the site. The verdicts come with the list; the rest of each when it is read. */
import type { DemonstrationResult, Verdict } from 'seqlab/papers'

const idOf = (path: string) => path.slice(path.lastIndexOf('/') + 1, -'.json'.length)
const byId = <T>(modules: Record<string, T>) =>
  new Map(Object.entries(modules).map(([path, value]) => [idOf(path), value]))

export const verdicts = byId(
  import.meta.glob<Verdict>('../../../src/papers/results/*.json', { eager: true, import: 'verdict' }),
)

// As text: the same module read twice, once for its verdict alone, would come whole with the list.
const texts = byId(import.meta.glob<string>('../../../src/papers/results/*.json', { query: '?raw', import: 'default' }))

export async function storedResult(id: string): Promise<DemonstrationResult | undefined> {
  const text = await texts.get(id)?.()
  return text === undefined ? undefined : JSON.parse(text)
}
