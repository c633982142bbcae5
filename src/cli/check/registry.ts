/** Everything that `check` knows by name. */
import { channelMixers, mixers } from '../../mechanisms/index.js'
import { networks } from '../../models/index.js'

export const registry = [...mixers, ...channelMixers, ...networks]
