import type { RecordedName } from './recorded-runs.ts';

/** How each recorded run may end, and with which verdict. */
export const endings: Readonly<Record<RecordedName, readonly string[]>> = {
  held: ['completed, held'],
  deviated: ['completed, deviated'],
  aborted: ['aborted, deviated'],
  stopped: ['stopped, inconclusive'],
  // It depends on the machine how long the bot is away.
  interrupted: ['completed, held', 'completed, inconclusive'],
  void: ['failed, void'],
  rehearsed: ['completed, no verdict'],
  rejected: ['rejected, no verdict'],
};
