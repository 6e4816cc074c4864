import { call } from './lab-process.ts';
import { toCardTexts, type CardAction, findAction } from './card-texts.ts';

/** A message of the bot as the playground shows it now. */
export type BotMessage = {
  readonly id: string;
  readonly threadId: string;
  readonly texts: readonly string[];
  readonly card: unknown;
  readonly updates: number;
};

type StreamEvent = {
  readonly action: string;
  readonly actionConversationId?: string;
  readonly message?: {
    readonly messageId: string;
    readonly text?: string;
    readonly attachments?: readonly { readonly content: unknown }[];
  };
};

export type SayOptions = { readonly as?: string; readonly conversation?: string };

/** Drives the playground by its HTTP interface, as its page does. */
export class PlaygroundDriver {
  readonly #url: string;
  readonly #socket: WebSocket;
  readonly #messages = new Map<string, BotMessage>();
  readonly #seen: BotMessage[] = [];
  #waiting: (() => void)[] = [];

  private constructor(url: string, socket: WebSocket) {
    this.#url = url;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) =>
      this.#take(JSON.parse(String(data)) as StreamEvent),
    );
  }

  static async connect(url: string): Promise<PlaygroundDriver> {
    const socket = new WebSocket(
      `${url.replace('http', 'ws')}/_ws_conversation/v1/conversations/stream`,
    );
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error(`${url} takes no websocket`)));
    await promise;
    return new PlaygroundDriver(url, socket);
  }

  close(): void {
    this.#socket.close();
  }

  /** Writes a message as somebody; answers the thread (in a channel) or chat it is in. */
  async say(
    text: string,
    { as = 'alex', conversation = 'model-platform' }: SayOptions = {},
  ): Promise<string> {
    await call('PUT', `${this.#url}/_lab/people`, { id: as });
    const answer = (await call(
      'POST',
      `${this.#url}/_conversation/v1/conversations/${conversation}/messages`,
      { from: { id: 'alex' }, text, textFormat: 'plain' },
    )) as { postConversationId?: string };
    return answer.postConversationId ?? conversation;
  }

  /** Clicks the card's button with this verb as somebody who typed these inputs; answers what the clicker alone is told, '' when that is a card. */
  async click(message: BotMessage, verb: string, as: string, inputs: object = {}): Promise<string> {
    const action = findAction(message.card, verb);
    return this.invoke(message, { ...action, data: { ...action.data, ...inputs } }, as);
  }

  /** Sends an action, whether the card has it or not. */
  async invoke(message: BotMessage, action: CardAction, as: string): Promise<string> {
    const answer = (await call('POST', `${this.#url}/_conversation/v1/invoke`, {
      name: 'adaptiveCard/action',
      value: { action: { type: 'Action.Execute', ...action }, trigger: 'manual' },
      from: { id: as },
      conversation: { id: message.threadId },
      replyToId: message.id,
    })) as { value: unknown };
    return typeof answer.value === 'string' ? answer.value : '';
  }

  /** The first message of the thread, in any state it had since it was posted, that shows all these texts. */
  async until(
    threadId: string,
    wanted: readonly (string | RegExp)[],
    timeoutMs = 60_000,
  ): Promise<BotMessage> {
    const giveUpAt = Date.now() + timeoutMs;
    for (;;) {
      const found = this.#seen.find(
        (message) => message.threadId === threadId && wanted.every((text) => shows(message, text)),
      );
      if (found) return found;
      if (Date.now() > giveUpAt) throw new Error(this.#describe(threadId, wanted));
      await this.#nextEvent(Math.max(1, giveUpAt - Date.now()));
    }
  }

  /** Every message of the thread as it is now. */
  thread(threadId: string): readonly BotMessage[] {
    return [...this.#messages.values()].filter((message) => message.threadId === threadId);
  }

  /** Every state that messages have had, in any conversation. */
  everything(): readonly BotMessage[] {
    return this.#seen;
  }

  #take({ message, actionConversationId }: StreamEvent): void {
    if (!message || actionConversationId === undefined) return;
    const [attachment] = message.attachments ?? [];
    const before = this.#messages.get(message.messageId);
    const now: BotMessage = {
      id: message.messageId,
      threadId: actionConversationId,
      card: attachment?.content,
      texts: [...(message.text ? [message.text] : []), ...toCardTexts(attachment?.content)],
      updates: before ? before.updates + 1 : 0,
    };
    this.#messages.set(now.id, now);
    this.#seen.push(now);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #nextEvent(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
  }

  #describe(threadId: string, wanted: readonly (string | RegExp)[]): string {
    const shown = this.thread(threadId).map(({ texts }) => texts.join('\n  '));
    return `Waited in vain for ${wanted.join(' and ')}. Shown is:\n  ${shown.join('\n---\n  ')}`;
  }
}

function shows({ texts }: BotMessage, wanted: string | RegExp): boolean {
  return texts.some((text) =>
    typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text),
  );
}
