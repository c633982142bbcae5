/** Chats as one text: the model's own template, or a plain transcript for a model that has none. */
import { Template } from '@huggingface/jinja'
import { UserError } from '../platform/errors.js'
import type { ChatFormat } from './served-model.js'

export interface Message {
  readonly role: string
  readonly content: string
}

/** How a model without a template is asked: it has learned no roles, so plain text says who speaks. */
const transcript = `{% for message in messages %}{{ message.role }}: {{ message.content }}
{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}`

/** Stands for an answer that was given; no template changes or looks for it. */
const answer = 'AN-ANSWER-THAT-WAS-GIVEN'

export interface Chat {
  /** Texts that end an answer, beside the model's own tokens. */
  readonly stop: readonly string[]
  /** The text of a chat up to where the answer begins. @throws UserError where the template refuses the messages */
  begin(messages: readonly Message[]): string
  /** What follows an answer: its end, unless `ended` says that the end token is there, and the new messages. */
  continue(messages: readonly Message[], ended: string | undefined): string
}

/** @throws UserError for a template that cannot be parsed */
export function createChat({ template, specials }: ChatFormat): Chat {
  const parsed = parse(template ?? transcript)
  const render = (messages: readonly Message[]): string => {
    try {
      return parsed.render({ messages, add_generation_prompt: true, ...specials })
    } catch (error) {
      throw new UserError(`messages: the chat template refuses them: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  return {
    // In a transcript the line ends with the answer.
    stop: template === undefined ? ['\n'] : [],
    begin: render,
    continue(messages, ended) {
      const whole = render([
        { role: 'user', content: 'A question.' },
        { role: 'assistant', content: answer },
        ...messages,
      ])
      const at = whole.indexOf(answer)
      if (at < 0)
        throw new UserError('messages: the chat template leaves answers out, so that no session can go on with it')
      const rest = whole.slice(at + answer.length)
      return ended !== undefined && rest.startsWith(ended) ? rest.slice(ended.length) : rest
    },
  }
}

function parse(template: string): Template {
  try {
    return new Template(template)
  } catch (error) {
    throw new UserError(`chat template: ${(error as Error).message.split('\n')[0]} – give another with --chat-template`)
  }
}
