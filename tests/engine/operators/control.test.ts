/// <reference types="vite/client" />
/** Control flow and derivatives inside derivatives, through the same checks as the operators. */
import { type Tables, testTables } from './tables.js'

testTables(import.meta.glob<Tables[string]>('./control/*.cases.ts', { eager: true }))
