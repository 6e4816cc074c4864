import type { ComposedBot } from '../support/composed/composed-bot.ts';
import type { RawReply } from './send-raw.ts';

/** What attacks need to know of the bot: a proposal that waits for approval, and the keys that operators hold. */
export type Target = {
  readonly bot: ComposedBot;
  readonly host: string;
  readonly port: number;
  readonly runId: string;
  readonly digest: string;
  readonly freezeToken: string;
  /** The path and query of a valid link to the report of `runId`, with this after its id. */
  reportPath(suffix?: string): string;
  /** The same, signed with a key that is not the bot's. */
  forgedReportPath(): string;
};

export type Attack = {
  readonly kind: string;
  readonly name: string;
  /** The statuses that refuse it. `closed`: the connection ends without an answer. */
  readonly refusedWith: readonly (number | 'closed')[];
  /** What the answer must look like as well. */
  readonly answer?: RegExp;
  /** What the bot may say in the conversation; nothing when left out. */
  readonly says?: RegExp;
  send(target: Target): Promise<RawReply>;
};

export type Outcome = {
  readonly attack: Attack;
  readonly refused: boolean;
  /** One line for people. */
  readonly line: string;
};
