import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../scripts/documentation.js'

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly hasInstallScript?: true
}

const json = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'))

describe('docs/dependencies.md', () => {
  it('has every dependency of package.json in a row, and no other', () => {
    const { dependencies, devDependencies } = json('package.json')
    const rows = readFileSync(join(root, 'docs/dependencies.md'), 'utf8').matchAll(/^\| (`.*?) \|/gm)
    const named = [...rows].flatMap(([, cell]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name))
    expect(named.sort()).toEqual([...Object.keys(dependencies), ...Object.keys(devDependencies)].sort())
  })
})

describe('package-lock.json', () => {
  const packages: Record<string, Locked> = json('package-lock.json').packages

  it('locks all optional dependencies, without which npm ci of npm 11 refuses it', () => {
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    expect(
      wanted.filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`))),
    ).toEqual([])
  })

  it('does not let npm 10 run the install script of onnxruntime-node, which downloads CUDA (delete the line hasInstallScript)', () => {
    expect(packages['node_modules/onnxruntime-node'].hasInstallScript).toBeUndefined()
  })
})
