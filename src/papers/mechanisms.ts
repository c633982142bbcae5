/** From the files that hold a paper's idea to what of the registries they define. */
import { type ChannelMixer, channelMixers, type Mixer, mixers } from '../mechanisms/index.js'
import { type Network, networks } from '../models/index.js'

/** A file is called like what it defines, but for hyphens: `mechanisms/linear-attention/delta-net.ts` holds deltanet. */
export function mechanismsIn(files: readonly string[]): (Mixer | ChannelMixer | Network)[] {
  const plain = (text: string) => text.replaceAll('-', '')
  const names = files
    .filter((file) => file.startsWith('mechanisms/') || file.startsWith('models/networks/'))
    .map((file) => plain(file.slice(file.lastIndexOf('/') + 1, -'.ts'.length)))
  return [...mixers, ...channelMixers, ...networks].filter(({ id }) => names.includes(plain(id)))
}
