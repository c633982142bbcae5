/** The registry: every mechanism, one line each. */
import { softmaxAttention } from './attention/softmax.js'
import { transformerXl } from './attention/transformer-xl.js'
import { mlp } from './channel/mlp.js'
import { polycom } from './channel/polycom.js'
import { swiglu } from './channel/swiglu.js'
import { deltaNet } from './linear-attention/delta-net.js'
import { gla } from './linear-attention/gla.js'
import type { ChannelMixer, Mixer } from './mixer.js'
import { lstm } from './recurrent/lstm.js'
import { mamba } from './state-space/mamba.js'
import { mamba2 } from './state-space/mamba2.js'

export const mixers: readonly Mixer[] = [softmaxAttention, transformerXl, gla, deltaNet, mamba, mamba2, lstm]
export const channelMixers: readonly ChannelMixer[] = [mlp, swiglu, polycom]

export * from './mixer.js'
export { deltaNet, gla, lstm, mamba2, mlp, polycom, softmaxAttention, swiglu, transformerXl }
