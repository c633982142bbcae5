/// <reference types="vite/client" />
/**
 * Every operator against the float64 reference at one and two threads, and its derivatives to second order against
 * central differences. Cases stand in `*.cases.ts`; data are seeded by a case's name, tolerances stand in harness.ts.
 */
import { type Tables, testTables } from './tables.js'

testTables(import.meta.glob<Tables[string]>('./*.cases.ts', { eager: true }))
