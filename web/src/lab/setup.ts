/** What the form holds: words and texts as they were typed. It lives in the address, so that a link gives the same form. */
import { useEffect } from 'react'
import { addressOf, replaceAddress, useAddress } from '../common/address.js'
import { shakespeare } from '../runs/texts.js'

export interface Setup {
  /** Presets, mixers, and hybrids as mixers joined by +. */
  readonly models: readonly string[]
  /** text:NAME or task:NAME[:setting=value…] */
  readonly lesson: string
  /** Every other field by its setting's name; absent where it has its default. */
  readonly fields: Readonly<Record<string, string>>
}

/** Small enough that three models are done in about a minute, saved often enough that a reload costs seconds. */
export const defaults: Setup = {
  models: ['transformer', 'gla', 'mamba2'],
  lesson: `text:${shakespeare}`,
  fields: {
    tokenizer: 'char',
    dim: '64',
    layers: '2',
    heads: '4',
    steps: '300',
    batch: '12',
    context: '64',
    rate: '0.003',
    saveEvery: '50',
    executor: 'wasm',
  },
}

export const fieldOf = (setup: Setup, name: string): string => setup.fields[name] ?? defaults.fields[name] ?? ''

export function setupOf(query: URLSearchParams): Setup {
  const { models, lesson, ...fields } = Object.fromEntries(query)
  return {
    models: models === undefined ? defaults.models : models.split(' ').filter(Boolean),
    lesson: lesson ?? defaults.lesson,
    fields,
  }
}

/** What departs from the defaults, as short as it can be. */
export function queryOf({ models, lesson, fields }: Setup): Record<string, string> {
  const query: Record<string, string> = {}
  if (models.join() !== defaults.models.join()) query.models = models.join(' ')
  if (lesson !== defaults.lesson) query.lesson = lesson
  for (const [name, value] of Object.entries(fields)) if (value !== (defaults.fields[name] ?? '')) query[name] = value
  return query
}

/** The last form that was seen, for coming back from another view. */
let last: Setup | undefined

/** The form, and a way to change it. */
export function useSetup(): [Setup, (change: Partial<Setup>) => void] {
  const { query } = useAddress()
  const isBare = query.size === 0
  const setup = isBare && last ? last : setupOf(query)
  useEffect(() => {
    if (isBare && last) show(last)
  }, [isBare])
  return [setup, (change) => show({ ...setup, ...change })]
}

function show(setup: Setup): void {
  last = setup
  replaceAddress(addressOf('lab', '', queryOf(setup)))
}
