import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { findClosed, isZone, type Calendar } from '../../src/domain/calendar.ts';

const berlin: Calendar = {
  zone: 'Europe/Berlin',
  hours: { days: [1, 2, 3, 4, 5], from: 9 * 60, until: 17 * 60 },
  closures: [{ from: '2026-12-18', to: '2027-01-04', reason: 'Change freeze' }],
};
const at = (time: string) => Date.parse(`${time}Z`);
/** When a calendar opens that is closed now; undefined when it is open. */
const opens = (calendar: Calendar, time: string) => {
  const closed = findClosed(calendar, at(time));
  if (!closed) return undefined;
  return closed.opensAt === undefined
    ? 'never'
    : new Date(closed.opensAt).toISOString().slice(0, 16);
};

describe('a calendar', () => {
  test.each([
    ['a working day', '2026-11-23T10:00', undefined],
    ['before it begins, in winter', '2026-11-23T07:59', '2026-11-23T08:00'],
    ['as it begins, in winter', '2026-11-23T08:00', undefined],
    ['as it begins, in summer', '2026-07-01T07:00', undefined],
    ['an hour before, in summer', '2026-07-01T06:59', '2026-07-01T07:00'],
    ['as it ends', '2026-11-23T16:00', '2026-11-24T08:00'],
    ['Friday evening', '2026-11-27T18:00', '2026-11-30T08:00'],
    ['the Friday before the clocks go forward', '2026-03-27T18:00', '2026-03-30T07:00'],
    ['the Friday before the clocks go back', '2026-10-23T18:00', '2026-10-26T08:00'],
    ['a change freeze', '2026-12-18T10:00', '2027-01-05T08:00'],
    ['the last day of a change freeze', '2027-01-04T10:00', '2027-01-05T08:00'],
  ])('on %s opens when it should', (_what, time, expected) => {
    expect(opens(berlin, time)).toBe(expected);
  });

  test('says which rule closes it', () => {
    expect(findClosed(berlin, at('2026-11-22T10:00'))?.rule).toBe(
      'runs are for Mon, Tue, Wed, Thu, Fri 09:00 to 17:00, Europe/Berlin',
    );
    expect(findClosed(berlin, at('2026-12-20T10:00'))?.rule).toBe(
      'Change freeze (2026-12-18 to 2027-01-04)',
    );
  });

  test.each([
    ['Asia/Kolkata', '2026-11-23T03:29', '2026-11-23T03:30'],
    ['Australia/Lord_Howe', '2026-11-22T21:59', '2026-11-22T22:00'],
    ['America/St_Johns', '2026-11-23T12:29', '2026-11-23T12:30'],
  ])('in %s begins at nine there', (zone, time, expected) => {
    expect(opens({ ...berlin, zone }, time)).toBe(expected);
  });

  describe('with a window over midnight', () => {
    const nights: Calendar = {
      zone: 'Europe/Berlin',
      // Monday and Friday nights, 22:00 to 06:00 in the morning.
      hours: { days: [1, 5], from: 22 * 60, until: 6 * 60 },
      closures: [{ from: '2026-12-21', to: '2026-12-25', reason: 'Holidays' }],
    };

    test.each([
      ['before the night begins', '2026-11-23T20:59', '2026-11-23T21:00'],
      ['as the night begins', '2026-11-23T21:00', undefined],
      ['after midnight of that night', '2026-11-24T04:45', undefined],
      ['as the night ends', '2026-11-24T05:00', '2026-11-27T21:00'],
      ['on Monday morning, which belongs to Sunday', '2026-11-23T03:00', '2026-11-23T21:00'],
      ['on Saturday morning, which belongs to Friday', '2026-11-28T03:00', undefined],
      ['on a closed evening', '2026-12-21T21:30', '2026-12-28T21:00'],
      [
        'after the last closed day, in the rest of its night',
        '2026-12-26T02:00',
        '2026-12-28T21:00',
      ],
      ['in the night before the first closed day', '2026-12-18T22:00', undefined],
    ])('%s', (_what, time, expected) => {
      expect(opens(nights, time)).toBe(expected);
    });

    test.each([
      ['clocks go forward', ['2026-03-28T21:00', '2026-03-29T03:59'], '2026-03-29T04:00'],
      ['clocks go back', ['2026-10-24T20:00', '2026-10-25T04:59'], '2026-10-25T05:00'],
    ])('is open from 22:00 to 06:00 on the wall when the %s', (_what, inside, end) => {
      const saturdays = { ...nights, hours: { days: [6], from: 22 * 60, until: 6 * 60 } };
      for (const time of inside) expect(opens(saturdays, time)).toBeUndefined();
      expect(opens(saturdays, end)).toBeDefined();
    });

    test('says which hours it has', () => {
      expect(findClosed(nights, at('2026-11-24T12:00'))?.rule).toBe(
        'runs are for Mon, Fri 22:00 to 06:00 the next day, Europe/Berlin',
      );
      expect(findClosed(nights, at('2026-12-26T02:00'))?.rule).toBe(
        'Holidays (2026-12-21 to 2026-12-25)',
      );
    });

    test('is open for as long as it lasts, on each night of its days', () => {
      const quarters = Array.from({ length: 7 * 96 }, (_, quarter) => quarter * 15 * 60_000);
      const open = quarters.filter((ms) => !findClosed(nights, at('2026-11-23T00:00') + ms));
      expect(open).toHaveLength(2 * 8 * 4);
    });
  });

  test('that never opens says so', () => {
    const closures = [{ from: '2026-01-01', to: '2030-01-01', reason: 'Never' }];
    expect(findClosed({ ...berlin, closures }, at('2026-11-23T10:00'))).toEqual({
      rule: 'Never (2026-01-01 to 2030-01-01)',
      opensAt: undefined,
    });
  });

  test('opens at the first quarter at which it is open', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'UTC'];
    const day = 24 * 60;
    const calendar = fc.record({
      zone: fc.constantFrom(...zones),
      hours: fc
        .record({
          days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
          from: fc.integer({ min: 0, max: 40 }).map((quarters) => quarters * 15),
          until: fc.integer({ min: 1, max: day / 15 }).map((quarters) => quarters * 15),
        })
        .filter(({ from, until }) => from !== until),
      closures: fc.constant([]),
    });
    const moment = fc.integer({ min: at('2026-01-01T00:00'), max: at('2027-01-01T00:00') });
    fc.assert(
      fc.property(calendar, moment, (given, now) => {
        const closed = findClosed(given, now);
        if (!closed) return;
        const { opensAt = 0 } = closed;
        expect(opensAt).toBeGreaterThan(now);
        expect(findClosed(given, opensAt)).toBeUndefined();
        const before = opensAt - 15 * 60_000;
        if (before > now) expect(findClosed(given, before)).toBeDefined();
      }),
      { numRuns: 100 },
    );
  });

  test('knows time zones', () => {
    expect([isZone('Europe/Berlin'), isZone('Mars/Olympus')]).toEqual([true, false]);
  });
});
