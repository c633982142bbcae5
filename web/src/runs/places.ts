/** Where this browser keeps things: names in the storage that belongs to this site. */
export const runsFolder = 'runs'
export const textsFolder = 'texts'
export const reportsFolder = 'reports'
export const runPath = (name: string) => `${runsFolder}/${name}`
export const textPath = (name: string) => `${textsFolder}/${name}`
