import type { ScoringService } from './catalogue.ts';
import { findOverspent } from './disruption-budget.ts';
import { printDuration } from './duration.ts';
import type { PodFault } from './fault.ts';
import { joinPatterns, matchesNamespace, printPattern } from './namespace-pattern.ts';
import type { BlastRadius } from './proposal.ts';

/** What no run may go past, whoever approves it. What is absent is not limited. */
export type Limits = {
  readonly longestMs?: number;
  readonly mostPods?: number;
  /** Of the ready pods, 0 to 1. */
  readonly mostShare?: number;
  /** So many ready pods are left alone; 0 allows an outage. */
  readonly leaveReady?: number;
  /** Only these; `*` in a name stands for any characters. */
  readonly namespaces?: readonly string[];
  /** Never these; `*` in a name stands for any characters. */
  readonly protectedNamespaces: readonly string[];
};

/** Where a cluster keeps what it needs to live. */
export const alwaysProtected = ['kube-system', 'kube-public', 'kube-node-lease'] as const;

/** Limits that both apply. */
export function joinLimits(one: Limits, other: Limits): Limits {
  const least = (left?: number, right?: number) =>
    left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
  const most = Math.max(one.leaveReady ?? 0, other.leaveReady ?? 0);
  const both = {
    longestMs: least(one.longestMs, other.longestMs),
    mostPods: least(one.mostPods, other.mostPods),
    mostShare: least(one.mostShare, other.mostShare),
    leaveReady: most === 0 ? undefined : most,
    namespaces:
      one.namespaces && other.namespaces
        ? joinPatterns(one.namespaces, other.namespaces)
        : (one.namespaces ?? other.namespaces),
  };
  const set = Object.fromEntries(
    Object.entries(both).filter(([, value]) => value !== undefined),
  ) as Omit<Limits, 'protectedNamespaces'>;
  const protectedNamespaces = [
    ...new Set([...one.protectedNamespaces, ...other.protectedNamespaces]),
  ];
  return { ...set, protectedNamespaces };
}

type Planned = {
  readonly fault: PodFault;
  readonly service: ScoringService;
  readonly blastRadius: BlastRadius;
};

/** The rule that a plan breaks, the cluster's own disruption budgets among them, and how it would keep it; undefined when it keeps all. */
export function findBreach(
  limits: Limits,
  { fault, service, blastRadius }: Planned,
): { readonly rule: string; readonly suggestion: string } | undefined {
  const { namespace } = service;
  const { hit, ready } = blastRadius;
  const { longestMs, mostPods, mostShare, leaveReady, namespaces, protectedNamespaces } = limits;
  if (protectedNamespaces.some((pattern) => matchesNamespace(pattern, namespace)))
    return breach(`the namespace ${namespace} is protected`, 'Choose a service elsewhere.');
  if (namespaces && !namespaces.some((pattern) => matchesNamespace(pattern, namespace)))
    return breach(
      `the namespace ${namespace} is not among ${namespaces.map(printPattern).join(', ') || 'any that are allowed'}`,
      'Choose a service in one of them.',
    );
  if (longestMs !== undefined && fault.durationMs > longestMs)
    return breach(
      `a fault may last ${printDuration(longestMs)} at most, not ${printDuration(fault.durationMs)}`,
      `Ask for duration=${printDuration(longestMs).replaceAll(' ', '')} or less.`,
    );
  if (mostPods !== undefined && hit.most > mostPods)
    return breach(`${mostPods} pods may be hit at most, not ${hit.most}`, fewer);
  if (mostShare !== undefined && hit.most > ready * mostShare)
    return breach(
      `${Number((mostShare * 100).toFixed(1))} % of the ready pods may be hit at most, and ${hit.most} of ${ready} would be`,
      fewer,
    );
  // Where pods are not ready, more may be hit than are ready.
  const left = Math.max(0, ready - hit.most);
  if (leaveReady !== undefined && left < leaveReady)
    return breach(
      `${leaveReady} ready ${leaveReady === 1 ? 'pod' : 'pods'} must remain, and ${left} would`,
      `${fewer} \`leaveReady: 0\` under \`limits\` of chaos.yaml allows an outage.`,
    );
  return findOverspent(blastRadius);
}

const fewer = 'Ask for fewer pods, as with mode=one, or wait until more of them are ready.';

function breach(rule: string, suggestion: string) {
  return { rule, suggestion };
}
