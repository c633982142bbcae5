/** What a thread of `check --all` does: checks the mechanism of the registry with an id. */
import { checkMechanism, type Report } from '../../evaluation/conformance/index.js'
import { setPlatform } from '../../platform/index.js'
import { nodePlatform } from '../../platform/node.js'
import { registry } from './registry.js'

setPlatform(nodePlatform)

export default function check(id: string): Promise<Report> {
  return checkMechanism(registry.find((mechanism) => mechanism.id === id)!)
}
