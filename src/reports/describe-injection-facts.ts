import {
  printCarrying,
  printMismatches,
  printNames,
  printSource,
} from '../domain/describe-injection.ts';
import type { HitPod } from '../domain/injection.ts';
import { printClock, printTime } from '../domain/print-time.ts';
import type { FaultFacts, InjectionFacts } from './report.ts';

/** One thing that is known of the injection, as it was approved and as it happened. */
export type InjectionRow = {
  readonly name: string;
  readonly asked?: string;
  readonly actual: string;
};

/** Says how the fault was seen, which pods it hit, and how it differed from what was approved. */
export function toInjectionRows({ injection, seen }: FaultFacts): readonly InjectionRow[] {
  if (!injection) return [];
  const { approvedPods, hit } = injection;
  const how = seen ? printSource(injection.source ?? undefined) : 'never seen';
  return [
    { name: 'Evidence', actual: how },
    {
      name: 'Pods hit',
      asked: printApproved(approvedPods),
      actual: printHits(hit) ?? (seen ? 'not known' : 'none seen'),
    },
    ...listDifferences(injection),
  ];
}

function listDifferences(injection: InjectionFacts): readonly InjectionRow[] {
  const { cutShort, carrying, leftUntil, mismatches, others } = injection;
  const rows: readonly (readonly [name: string, actual: string])[] = [
    ['Cut short', cutShort === null ? '' : cutShortWords[cutShort]],
    ['Not as approved', printMismatches(mismatches)],
    ['Other pods that changed', printNames(others)],
    ['Still carried by', printCarrying(carrying)],
    ['Left on pods', leftUntil === undefined ? '' : `until ${printTime(leftUntil)} at the latest`],
  ];
  return rows.flatMap(([name, actual]) => (actual === '' ? [] : [{ name, actual }]));
}

const cutShortWords: Readonly<Record<NonNullable<InjectionFacts['cutShort']>, string>> = {
  guard: 'by a guard',
  person: 'stopped by a person',
  failure: 'its execution failed',
  elsewhere: 'cancelled in Azure',
};

const printApproved = ({ least, most }: InjectionFacts['approvedPods']) =>
  least === most ? `${most}` : `${least} to ${most}`;

/** `10:00:39`, `between 10:00:14 and 10:01:13` where it was not seen when. */
function printBetween(notBefore: number, notAfter: number): string {
  const [first, last] = [printClock(notBefore), printClock(notAfter)];
  return first === last ? last : `between ${first} and ${last}`;
}

function printHits(hit: readonly HitPod[]): string | undefined {
  if (hit.length === 0) return undefined;
  const pods = hit.map(({ pod, from, until, goneNotBefore = until }) => {
    const end = until === null ? '' : ` to ${printBetween(goneNotBefore ?? until, until)}`;
    return `${pod} (${printClock(from)}${end})`;
  });
  return `${hit.length}: ${printNames(pods)}`;
}
