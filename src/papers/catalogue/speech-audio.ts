/** The papers of the family speech-audio. */
import type { Paper } from './paper.js'

export const speechAudio: readonly Paper[] = [
  {
    id: 'transformer-tts',
    title: 'Neural Speech Synthesis with Transformer Network',
    arxiv: '1809.08895',
    year: 2018,
    system: 'Transformer TTS',
    family: 'speech-audio',
    kind: 'mechanism',
    fit: 'adapter',
    what: 'Tacotron2 with RNNs and its attention replaced by Transformer encoder-decoder on phonemes with scaled positional encoding; autoregressive mel frames and stop token; WaveNet vocoder.',
    headline: 'Trains 4.25x faster than Tacotron2; outperforms Tacotron2 by 0.048; MOS 4.39 vs human 4.44',
    worksWhen:
      'Synthetic phoneme-to-tone spectrograms: cross-attention >0.8 mass near diagonal, frame error below LSTM seq2seq, more training steps per second; no human MOS claimed.',
  },
  {
    id: 'mossformer2',
    title:
      'MossFormer2: Combining Transformer and RNN-Free Recurrent Network for Enhanced Time-Domain Monaural Speech Separation',
    arxiv: '2312.11825',
    year: 2023,
    system: 'MossFormer2',
    family: 'speech-audio',
    kind: 'mechanism',
    fit: 'adapter',
    what: 'Time-domain mask separator: gated joint local/linear attention blocks interleaved with recurrence-free dilated FSMN memory blocks using gated convolution units and dense connections.',
    headline: 'Surpasses state of the art on WSJ0-2/3mix, Libri2Mix, WHAM!/WHAMR! (no figures)',
    worksWhen:
      'Mixtures of two synthetic harmonic voices at 8 kHz: SI-SDR improvement >10 dB; removing the FSMN module lowers it at equal parameters.',
  },
]
