#!/usr/bin/env node
import { tellStrayFailures } from '../dist/cli/exit.js'
import { main } from '../dist/cli/main.js'

tellStrayFailures()
process.exitCode = await main(process.argv.slice(2))
