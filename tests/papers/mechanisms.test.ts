import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { channelMixers, mixers } from '#seqlab/mechanisms/index.js'
import { networks } from '#seqlab/models/index.js'
import { mechanismsIn } from '#seqlab/papers/index.js'
import { root } from '../../scripts/documentation.js'

const source = join(root, 'src')
const files = ['mechanisms', 'models/networks']
  .flatMap((folder) =>
    readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => file.endsWith('.ts'))

describe('mechanismsIn', () => {
  it.each([...mixers, ...channelMixers, ...networks])('finds $id by the one file that defines it', ({ id }) => {
    const holding = files.filter((file) => mechanismsIn([file]).some((found) => found.id === id))
    expect(holding).toHaveLength(1)
    expect(readFileSync(join(source, holding[0]), 'utf8')).toContain(`id: '${id}'`)
  })

  it('finds nothing in what mechanisms share', () => {
    expect(mechanismsIn(['nn/decay.ts', 'models/presets.ts'])).toEqual([])
  })
})
