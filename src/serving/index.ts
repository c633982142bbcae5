/** Serving: many texts read and written side by side, sessions that go on, chats. */
export * from './chat.js'
export * from './choice.js'
export * from './engine.js'
export * from './lane.js'
export * from './prefixes.js'
export * from './queue.js'
export * from './served-model.js'
export * from './sessions.js'
