import 'seqlab'
import { onnxExecutor } from 'seqlab/engine'
import { benchCases } from './dist/evaluation/bench/index.js'
import { createInterface } from 'node:readline'
const c=benchCases.find(c=>c.name===process.argv[2])
const ex=await onnxExecutor({threads:+process.argv[3],worker:false})
const r=await c.workloads.ours.start(ex)
await r.step();await r.step()
console.log('ready')
for await (const _ of createInterface({input:process.stdin})){const t=performance.now(),u=process.cpuUsage();await r.step();const v=process.cpuUsage(u);console.log((performance.now()-t)+' '+(v.user+v.system)/1000)}
process.exit()