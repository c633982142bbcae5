/** Known studies at a scale that two processor cores finish. */
import type { StudyPlanInput } from './plan.js'

const rates = [1e-3, 3e-3, 1e-2]

export const studyPresets: Readonly<Record<string, StudyPlanInput>> = {}
