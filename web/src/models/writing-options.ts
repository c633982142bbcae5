/** The options of writing: those of the library's generation, but for what stops it, which a button does here, and what comes before. */
import { generationConfig } from 'seqlab/inference'
import { z } from 'zod'

export const writingOptions = generationConfig.omit({ stop: true, begin: true, ends: true })
export type WritingOptions = z.input<typeof writingOptions>

export interface OptionField {
  readonly name: keyof WritingOptions
  readonly description: string
  readonly standard?: number
  readonly least?: number
  readonly most?: number
  readonly isWhole: boolean
}

/** A field for each option, from the schema itself. */
export function optionFields(): OptionField[] {
  const { properties = {} } = z.toJSONSchema(writingOptions, { io: 'input' })
  return Object.entries(properties).map(([name, property]) => {
    const { description = '', default: standard, type, minimum, maximum } = property as z.core.JSONSchema.Schema
    const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
    return {
      name: name as keyof WritingOptions,
      description,
      standard: standard as number | undefined,
      least: minimum,
      most,
      isWhole: type === 'integer',
    }
  })
}
