import type { Chance } from './chance.ts';

/** What happens at some moment of a simulated day. `process` and `run` choose among those there are; times and spans are ms. */
export type Incident = { readonly at: number } & (
  | {
      readonly kind: 'propose';
      readonly quorum: number;
      readonly whenBusy: 'refuse' | 'queue';
      readonly cluster: number;
      readonly faultMs: number;
    }
  | {
      readonly kind: 'approve';
      readonly decision: 'approve' | 'reject';
      readonly run: number;
      readonly by: number;
      readonly isRight: boolean;
      readonly process: number;
    }
  | { readonly kind: 'stop'; readonly run: number; readonly process: number }
  | { readonly kind: 'freeze'; readonly isLifted: boolean; readonly process: number }
  | { readonly kind: 'kill'; readonly process: number; readonly awayMs: number }
  | {
      readonly kind: 'crash';
      readonly process: number;
      readonly atCall: number;
      readonly when: 'before' | 'after';
      readonly awayMs: number;
    }
  | { readonly kind: 'pause'; readonly process: number; readonly forMs: number }
  | {
      readonly kind: 'cut';
      readonly from: 'database' | 'azure';
      readonly process: number | 'all';
      readonly how: 'refused' | 'unreached' | 'unanswered';
      readonly share: number;
      readonly forMs: number;
    }
  | { readonly kind: 'outage'; readonly forMs: number }
  | { readonly kind: 'unseen'; readonly forMs: number }
);

export type Plan = {
  readonly processes: number;
  readonly lossUnderFault: number;
  /** In the order of their times. */
  readonly incidents: readonly Incident[];
};

/** After this nothing more goes wrong, and everything that did is repaired; ms. */
export const quietAfterMs = 180_000;

/** Makes a plan. The same chance gives the same plan. */
export function createPlan(chance: Chance): Plan {
  const processes = chance.between(1, 3);
  const proposals = chance.between(1, 3);
  const incidents: Incident[] = [];
  const any = () => chance.between(0, processes - 1);
  for (let run = 0; run < proposals; run += 1) {
    const at = chance.between(0, 40_000) + run * 10_000;
    const quorum = chance.is(0.7) ? 1 : chance.between(1, 3);
    const whenBusy = chance.oneOf(['refuse', 'queue'] as const);
    const cluster = chance.is(0.8) ? 0 : 1;
    incidents.push({
      at,
      kind: 'propose',
      quorum,
      whenBusy,
      cluster,
      faultMs: chance.oneOf([15_000, 30_000, 60_000, 90_000]),
    });
    for (let count = chance.between(quorum, quorum + 2); count > 0; count -= 1) {
      const decision = chance.is(0.95) ? ('approve' as const) : ('reject' as const);
      const isRight = chance.is(0.9);
      incidents.push({
        at: at + chance.between(500, 20_000),
        kind: 'approve',
        decision,
        run,
        by: chance.between(0, 3),
        isRight,
        process: any(),
      });
    }
    if (chance.is(0.4))
      incidents.push({
        at: at + chance.between(1_000, 100_000),
        kind: 'stop',
        run,
        process: any(),
      });
  }
  for (let count = chance.between(0, 5); count > 0; count -= 1)
    incidents.push(createMishap(chance, any));
  if (chance.is(0.15)) {
    const at = chance.between(5_000, 100_000);
    incidents.push({ at, kind: 'freeze', isLifted: false, process: any() });
    if (chance.is(0.6))
      incidents.push({
        at: at + chance.between(1_000, 30_000),
        kind: 'freeze',
        isLifted: true,
        process: any(),
      });
  }
  return {
    processes,
    lossUnderFault: chance.oneOf([0, 0, 0.02, 0.3, 0.8]),
    incidents: incidents.toSorted((one, other) => one.at - other.at),
  };
}

function createMishap(chance: Chance, any: () => number): Incident {
  const at = chance.between(1_000, quietAfterMs - 40_000);
  const awayMs = chance.oneOf([1_000, 8_000, 25_000]);
  const kind = chance.oneOf([
    'kill',
    'crash',
    'crash',
    'pause',
    'cut',
    'cut',
    'cut',
    'outage',
    'unseen',
  ] as const);
  switch (kind) {
    case 'kill':
      return { at, kind, process: any(), awayMs };
    case 'crash':
      return {
        at,
        kind,
        process: any(),
        atCall: chance.between(1, 60),
        when: chance.oneOf(['before', 'after'] as const),
        awayMs,
      };
    case 'pause':
      return { at, kind, process: any(), forMs: chance.oneOf([3_000, 12_000, 40_000]) };
    case 'cut':
      return {
        at,
        kind,
        from: chance.oneOf(['database', 'azure'] as const),
        process: chance.is(0.6) ? 'all' : any(),
        how: chance.oneOf(['refused', 'unreached', 'unanswered'] as const),
        share: chance.oneOf([0.3, 1]),
        forMs: chance.oneOf([2_000, 12_000, 35_000, 35_000]),
      };
    default:
      return { at, kind, forMs: chance.oneOf([1_000, 6_000, 20_000]) };
  }
}
