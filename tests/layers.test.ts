import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../scripts/documentation.js'

const source = join(root, 'src')
/** As docs/architecture.md lists them; `cli` is a face. */
const layers = [...readFileSync(join(root, 'docs/architecture.md'), 'utf8').matchAll(/^\| `(\w+)\/` \|/gm)].map(
  ([, name]) => name,
)
/** The bodies of worker threads: the only imports against the order. */
const exceptions = ['node', 'browser'].map((name) => `platform/${name}-worker.ts imports engine`)

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && path.includes(sep),
)

function imports(path: string): string[] {
  const text = readFileSync(join(source, path), 'utf8')
  return [...text.matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, target]) => target)
}

describe('the layers of docs/architecture.md', () => {
  it('are the folders of src', () => {
    expect([...layers].sort()).toEqual([...new Set(files.map((path) => path.split(sep)[0]))].sort())
  })

  it('import only from layers before them', () => {
    const layerOf = (path: string) => path.split(sep)[0]
    const wrong = files.flatMap((path) =>
      imports(path)
        .filter((target) => target.startsWith('.'))
        .map((target) => layerOf(relative(source, resolve(source, path, '..', target))))
        .filter((target) => layers.indexOf(target) > layers.indexOf(layerOf(path)))
        .map((target) => `${path.replaceAll(sep, '/')} imports ${target}`),
    )
    expect(wrong.filter((line) => !exceptions.includes(line))).toEqual([])
  })

  it('reach Node only in platform/node*.ts and in the command line', () => {
    const allowed = /^(platform\/node[\w-]*\.ts|cli\/)/
    const strays = files.filter(
      (path) => !allowed.test(path.replaceAll(sep, '/')) && imports(path).some((target) => target.startsWith('node:')),
    )
    expect(strays).toEqual([])
  })
})
