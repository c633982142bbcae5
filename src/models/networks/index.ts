/** The registry of networks, one line each. */
import type { Network } from '../network.js'

export const networks: readonly Network[] = []
