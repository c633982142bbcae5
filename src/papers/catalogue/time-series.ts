/** The papers of the family time-series. */
import type { Paper } from './paper.js'

export const timeSeries: readonly Paper[] = [
  {
    id: 'informer',
    title: 'Informer: Beyond Efficient Transformer for Long Sequence Time-Series Forecasting',
    arxiv: '2012.07436',
    year: 2020,
    system: 'Informer',
    family: 'time-series',
    kind: 'mechanism',
    fit: 'adapter',
    what: 'ProbSparse: top-u queries by max-minus-mean score on sampled keys get attention, others mean(V); conv+max-pool halves layers; decoder emits whole horizon in one pass.',
    headline: 'O(L log L) time and memory',
    worksWhen:
      'u=L equals full attention exactly; synthetic multi-period series: one-shot 96-step forecast beats equal-size LSTM and runs faster than step-by-step decoding.',
  },
  {
    id: 'autotimes',
    title: 'AutoTimes: Autoregressive Time Series Forecasters via Large Language Models',
    arxiv: '2402.02370',
    year: 2024,
    system: 'AutoTimes',
    family: 'time-series',
    kind: 'method',
    fit: 'adapter',
    what: 'Frozen decoder LM; small projections embed non-overlapping series segments plus timestamp embeddings; next-segment loss; autoregress any horizon; prepend example series as prompts.',
    headline: '0.1% trainable parameters; over 5x training/inference speedup versus LLM forecasters',
    worksWhen:
      'Frozen tiny LM with <1% trained weights, synthetic seasonal series: one model forecasts horizons 24-192, beating seasonal-naive; random-backbone control reported beside it.',
  },
  {
    id: 'time-llm',
    title: 'Time-LLM: Time Series Forecasting by Reprogramming Large Language Models',
    arxiv: '2310.01728',
    year: 2023,
    system: 'Time-LLM',
    family: 'time-series',
    kind: 'method',
    fit: 'adapter',
    what: 'Patch the series; cross-attend patches to learned text prototypes mixed from vocabulary embeddings; prepend textual task/statistics prompt; frozen LM; linear forecast head.',
    worksWhen:
      'Frozen tiny LM, synthetic seasonal series, 10% data: compare MSE with linear patch embedding and random frozen backbone; success only if reprogramming beats both.',
  },
  {
    id: 'ar-net',
    title: 'AR-Net: A simple Auto-Regressive Neural Network for time-series',
    arxiv: '1911.12436',
    year: 2019,
    system: 'AR-Net',
    family: 'time-series',
    kind: 'mechanism',
    fit: 'adapter',
    what: 'Linear feed-forward AR on p lags trained by SGD; sparsity regulariser drives unneeded lag weights to zero; weights read directly as AR coefficients.',
    headline: 'Fit cost linear in AR order versus quadratic for Classic-AR; identical coefficients',
    worksWhen:
      'Synthetic AR(3) hidden in 100 lags: coefficients within 0.02 of least squares; sparse variant selects true lags (F1 >0.95); fit time linear in order.',
  },
]
