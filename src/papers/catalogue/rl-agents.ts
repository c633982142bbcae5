/** The papers of the family rl-agents. */
import type { Paper } from './paper.js'

export const rlAgents: readonly Paper[] = [
  {
    id: 'gtrxl',
    title: 'Stabilizing Transformers for Reinforcement Learning',
    arxiv: '1910.06764',
    year: 2019,
    system: 'GTrXL',
    family: 'rl-agents',
    kind: 'mechanism',
    fit: 'adapter',
    what: 'Transformer-XL with layer norm moved to submodule inputs and GRU-type gates, biased to pass-through at initialisation, replacing residual additions.',
    worksWhen:
      'Mean gate update below 0.2 at initialisation; T-maze memory task with policy gradient: GTrXL solves in more seeds than TrXL and no fewer than LSTM.',
  },
  {
    id: 'omnijarvis',
    title: 'OmniJARVIS: Unified Vision-Language-Action Tokenization Enables Open-World Instruction Following Agents',
    arxiv: '2407.00114',
    year: 2024,
    system: 'OmniJARVIS',
    family: 'rl-agents',
    kind: 'mechanism',
    fit: 'adapter',
    what: 'Self-supervised encoder quantises behaviour trajectories into tokens with an imitation decoder conditioned on them; autoregressive model emits text, thoughts and behaviour tokens together.',
    worksWhen:
      'In a gridworld with generated instructions: behaviour tokens reconstruct actions over 90%; one sequence model emitting them completes 80+% of held-out instructions, beating a direct-action model long-horizon.',
  },
  {
    id: 'lamo',
    title: 'Unleashing the Power of Pre-trained Language Models for Offline Reinforcement Learning',
    arxiv: '2310.20587',
    year: 2023,
    system: 'LaMo',
    family: 'rl-agents',
    kind: 'method',
    fit: 'adapter',
    what: 'Decision Transformer initialised from a pretrained LM, LoRA-tuned, with MLP (non-linear) embeddings for state/action/return and an auxiliary language-modelling loss.',
    worksWhen:
      'Small pretrained LM as init: on sparse-reward gridworld with 1-10% data, returns exceed from-scratch Decision Transformer over 5 seeds; ablations of LoRA, MLP, LM loss reported.',
  },
  {
    id: 'lid',
    title: 'Pre-Trained Language Models for Interactive Decision-Making',
    arxiv: '2202.01771',
    year: 2022,
    system: 'LID',
    family: 'rl-agents',
    kind: 'method',
    fit: 'adapter',
    what: 'LM-initialised transformer over embedded goal, observation, history predicts actions; behaviour cloning, then self-collected failures relabelled with achieved goals and retrained.',
    headline: '+43.6% task completion in VirtualHome; active data gathering +25.1% over best baseline',
    worksWhen:
      'Gridworld with compositional goals: policy initialised from a tiny LM >=10 points above random-init on unseen goal combinations; relabelled gathering beats unrelabelled without expert data.',
  },
]
