/** The registry of networks, one line each. */
import type { Network } from '../network.js'
import { deconvae } from './deconvae.js'
import { dmn } from './dmn.js'
import { encoderDecoder } from './encoder-decoder.js'
import { hred } from './hred.js'
import { lmuformer } from './lmuformer.js'
import { lstmAutoencoder } from './lstm-autoencoder.js'
import { pvRnn } from './pv-rnn.js'
import { readProcessWrite } from './read-process-write.js'
import { seq2seqLstm } from './seq2seq-lstm.js'

export const networks: readonly Network[] = [
  seq2seqLstm,
  dmn,
  hred,
  readProcessWrite,
  pvRnn,
  deconvae,
  lstmAutoencoder,
  lmuformer,
  encoderDecoder,
]

export { decodeToken, encodeSource } from './seq2seq-lstm.js'
export { deconvae, dmn, encoderDecoder, hred, lmuformer, lstmAutoencoder, pvRnn, readProcessWrite, seq2seqLstm }
