/** seqlab models */
import type { Command } from 'commander'
import { channelMixers, mixers } from '../../mechanisms/index.js'
import { createModel, presets } from '../../models/index.js'
import { createOutput } from '../output.js'

export function defineModels(program: Command): void {
  program
    .command('models')
    .description('list presets and mechanisms')
    .option('--json', 'print JSON lines only')
    .action((options) => {
      const output = createOutput(options.json)
      const listed = Object.entries(presets).map(([name, config]) => ({
        preset: name,
        mixers: config.mixers.map(({ id }) => id),
        params: createModel(config).parameterCount,
      }))
      const mechanisms = [...mixers, ...channelMixers].map((mixer) => ({
        id: mixer.id,
        role: 'family' in mixer ? mixer.family : 'channel',
        summary: mixer.summary,
        ...mixer.citation,
      }))
      output.line('Presets (parameters with the defaults: 4 layers, width 128, 4 heads, byte tokens)')
      for (const { preset, mixers: ids, params } of listed)
        output.line(`  ${preset.padEnd(16)} ${String(params).padStart(9)}  ${ids.join(' + ')}`)
      output.line('Mechanisms')
      for (const { id, role, summary, title, year } of mechanisms)
        output.line(`  ${id.padEnd(16)} ${role.padEnd(18)} ${summary}\n  ${' '.repeat(35)} ${title}, ${year}`)
      if (output.json) output.result({ presets: listed, mechanisms })
    })
}
