/** Writes with a model whose files were chosen, or lie at an address: what a page of one's own would do. */
import { browserPlatform } from 'seqlab/browser'
import { setPlatform } from 'seqlab/platform'
import { type FileSource, load } from 'seqlab/serving'

setPlatform(browserPlatform)

async function write(source: FileSource): Promise<string> {
  const model = await load(source)
  let text = ''
  for await (const piece of model.generate('The software', { tokens: 12, temperature: 0 })) text += piece
  await model.close()
  return text
}

const chosen = () => document.querySelector('input')?.files ?? []
Object.assign(globalThis, {
  writeChosen: () => write(Object.fromEntries([...chosen()].map((file) => [file.name, file]))),
  writeAt: (address: string) => write(new URL(address)),
})
