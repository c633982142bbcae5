import { conformancePart } from './registry.js'

conformancePart(1)
