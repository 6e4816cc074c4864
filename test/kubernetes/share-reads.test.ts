import { beforeEach, describe, expect, test } from '@jest/globals';
import { createReadSharing } from '../../src/kubernetes/share-reads.ts';

type Begun = { readonly resolve: (value: string) => void; readonly reject: (error: Error) => void };

let begun: Begun[];
let share: ReturnType<typeof createReadSharing<string>>;
beforeEach(() => {
  begun = [];
  share = createReadSharing<string>();
});

const read = () => new Promise<string>((resolve, reject) => void begun.push({ resolve, reject }));
const ask = (key = 'diabetes') => share(key, read);
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a read that several ask for', () => {
  test('is made once for all who ask while another is under way, after they asked', async () => {
    const first = ask();
    await settle();
    const others = Array.from({ length: 50 }, () => ask());
    await settle();
    expect(begun).toHaveLength(1);
    begun[0]?.resolve('before they asked');
    expect(await first).toBe('before they asked');
    await settle();
    expect(begun).toHaveLength(2);
    begun[1]?.resolve('after they asked');
    expect(new Set(await Promise.all(others))).toEqual(new Set(['after they asked']));
  });

  test('of something else is not shared', async () => {
    const both = [ask('a'), ask('b')];
    await settle();
    begun[0]?.resolve('a');
    begun[1]?.resolve('b');
    expect(await Promise.all(both)).toEqual(['a', 'b']);
  });

  test('that fails fails for those who share it, and not for those who come later', async () => {
    const failed = [ask(), ask()].map((asked) => asked.catch(() => 'failed'));
    await settle();
    begun[0]?.reject(new Error('no cluster'));
    expect(await Promise.all(failed)).toEqual(['failed', 'failed']);
    const later = ask();
    await settle();
    begun[1]?.resolve('later');
    expect(await later).toBe('later');
  });

  test('does not wait for a read that hangs', async () => {
    void ask();
    await settle();
    const next = ask();
    while (begun.length < 2) await settle();
    begun[1]?.resolve('next');
    expect(await next).toBe('next');
  });
});
