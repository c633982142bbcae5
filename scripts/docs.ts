/** npm run docs: refreshes what the documentation takes from the code and from the main job. */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderFigure } from '#seqlab/evaluation/index.js'
import { documents, refreshed, root } from './documentation.js'

for (const path of Object.keys(documents)) {
  await writeFile(join(root, path), await refreshed(path))
  console.log(path)
}

const report = join(root, 'runs/main/report.json')
if (existsSync(report)) {
  const figure = await renderFigure(JSON.parse(await readFile(report, 'utf8')), 'loss-steps')
  await writeFile(join(root, 'docs/loss.svg'), figure)
  console.log('docs/loss.svg')
} else console.log('docs/loss.svg is left as it is: npm start makes the report that it is drawn from')
