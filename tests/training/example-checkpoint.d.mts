import type { Checkpoint } from '#seqlab/training/checkpoint.js'

export function exampleCheckpoint(step: number, size?: number): Checkpoint
