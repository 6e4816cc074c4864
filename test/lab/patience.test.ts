import { describe, expect, test } from '@jest/globals';
import { waitWhileProgressing } from '../../lab/patience.ts';

const start = (change: Partial<Parameters<typeof waitWhileProgressing>[0]>) =>
  waitWhileProgressing({
    name: 'the bot',
    isThere: () => false,
    progress: () => 'none',
    state: () => 'Its log is still empty.',
    say: () => undefined,
    signal: new AbortController().signal,
    stalledMs: 300,
    ...change,
  });

describe('waiting for something that starts', () => {
  test('goes on past the limit while there is progress', async () => {
    let looks = 0;
    await start({ progress: () => String(looks), isThere: () => (looks += 1) > 8 });
    expect(looks).toBe(9);
  });

  test('gives up without progress, and says what it waited for and what stood in the way', async () => {
    await expect(start({})).rejects.toThrow(
      /the bot did not start in \d+ s; no progress for \d+ s\. Its log is still empty\./,
    );
  });

  test('gives up after the longest time, with progress or without', async () => {
    let looks = 0;
    const progress = () => String((looks += 1));
    await expect(start({ progress, longestMs: 300 })).rejects.toThrow('the bot did not start');
  });

  test('ends with the signal', async () => {
    const ending = new AbortController();
    const waiting = start({ signal: ending.signal, stalledMs: 60_000 });
    ending.abort();
    await expect(waiting).rejects.toThrow('Closed while waiting for the bot.');
  });
});
