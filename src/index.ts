import { setPlatform } from './platform/index.js'
import { nodePlatform } from './platform/node.js'

setPlatform(nodePlatform)
