import type { LookupAddress } from 'node:dns';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { NameResolver, type AskName } from '../../src/predictions/name-resolver.ts';

const closing: NameResolver[] = [];
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  for (const names of closing.splice(0)) names.close();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

function watch(ask: AskName, uri = 'http://scoring.test/score') {
  const failures: string[] = [];
  const names = new NameResolver(uri, { ask, onFailure: (code) => failures.push(code) });
  closing.push(names);
  return { names, failures };
}

/** What a connection that is made now is told: addresses, or the code of the error. */
function look(names: NameResolver): readonly string[] | string {
  let told: readonly string[] | string = 'it must not wait';
  names.lookup('scoring.test', { all: true }, (error, found) => {
    told = error?.code ?? (found as LookupAddress[]).map(({ address }) => address);
  });
  return told;
}

const at = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const fail = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));
const never = new Promise<never>(() => undefined);

describe('look-ups', () => {
  test('are one at a time, the next a second after the last', async () => {
    const asked: string[] = [];
    const { names } = watch(async (name) => {
      asked.push(name);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return at('127.0.0.1');
    });
    await pass(2_900);
    expect(asked).toEqual(['scoring.test']);
    await pass(8_000);
    expect(asked).toHaveLength(3);
    names.close();
    await pass(60_000);
    expect(asked).toHaveLength(3);
  });

  test('of an address are not made', async () => {
    const ask = jest.fn<AskName>();
    const { names } = watch(ask, 'http://[::1]:80/score');
    await names.ready(1_000);
    await pass(60_000);
    expect(ask).not.toHaveBeenCalled();
  });

  test('are made as Node makes them', async () => {
    jest.useRealTimers();
    const names = new NameResolver('http://localhost/');
    closing.push(names);
    await names.ready(1_000);
    expect(look(names)).toContain('127.0.0.1');
  });

  test.each([
    ['end', () => Promise.resolve(at('127.0.0.1')), 0],
    ['fail', () => fail('EAI_AGAIN'), 0],
    ['hang', () => never, 5_000],
  ])('that %s let a session begin', async (_what, ask, waitMs) => {
    const { names } = watch(ask);
    const readyAt = names.ready(5_000).then(() => performance.now());
    const askedAt = performance.now();
    await pass(10_000);
    expect((await readyAt) - askedAt).toBe(waitMs);
  });
});

describe('a connection', () => {
  test('goes where the name led a second ago at most', async () => {
    let found = at('10.0.0.1');
    const { names } = watch(() => Promise.resolve(found));
    expect(look(names)).toBe('EAI_AGAIN');
    await pass(0);
    expect(look(names)).toEqual(['10.0.0.1']);
    found = at('10.0.0.2');
    await pass(1_000);
    expect(look(names)).toEqual(['10.0.0.2']);
  });

  test.each([
    ['hang', () => never],
    ['get no answer', () => fail('EAI_AGAIN')],
  ])('goes there for 30s while look-ups %s, and nowhere afterwards', async (_what, hinder) => {
    let answer: () => Promise<LookupAddress[]> = () => Promise.resolve(at('10.0.0.1'));
    const { names } = watch(() => answer());
    await pass(0);
    answer = hinder;
    await pass(29_900);
    expect(look(names)).toEqual(['10.0.0.1']);
    await pass(200);
    expect(look(names)).toBe('EAI_AGAIN');
  });

  test('is refused once two look-ups in a row found no such name, until one finds it', async () => {
    let answer: () => Promise<LookupAddress[]> = () => Promise.resolve(at('10.0.0.1'));
    const { names, failures } = watch(() => answer());
    await pass(0);
    answer = () => fail('ENOTFOUND');
    await pass(1_000);
    expect(look(names)).toEqual(['10.0.0.1']);
    await pass(250);
    expect(look(names)).toBe('ENOTFOUND');
    await pass(1_000);
    expect(failures).toEqual(['ENOTFOUND']);
    answer = () => Promise.resolve(at('10.0.0.2'));
    await pass(250);
    expect(look(names)).toEqual(['10.0.0.2']);
  });

  test('is refused where there never was such a name', async () => {
    const { names } = watch(() => fail('ENOTFOUND'));
    await pass(0);
    expect(look(names)).toBe('ENOTFOUND');
  });

  test('begins with any of the addresses, in the family that the system prefers', async () => {
    const [first, second, other] = ['fd00::1', 'fd00::2', '10.0.0.1'];
    const { names } = watch(() => Promise.resolve(at(first, other, second)));
    await pass(0);
    const told = Array.from({ length: 100 }, () => look(names).toString());
    expect(new Set(told)).toEqual(
      new Set([`${first},${second},${other}`, `${second},${first},${other}`]),
    );
    const onAddress = jest.fn();
    names.lookup('scoring.test', {}, onAddress);
    expect(onAddress).toHaveBeenCalledWith(null, expect.stringMatching(/^fd00::[12]$/), 6);
  });
});
