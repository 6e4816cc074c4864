import type { ScoringService } from './catalogue.ts';
import { ChaosError } from './chaos-error.ts';
import type { DisruptionBudget } from './disruption-budget.ts';
import { countHitPods, type PodFault } from './fault.ts';
import type { BlastRadius, BlastRadiusPod } from './proposal.ts';

/** The pods that a selector matches at one moment. */
export type MatchedPods = {
  readonly pods: readonly BlastRadiusPod[];
  /** True when no container of the pods has a readiness probe: a dead pod would stay Ready. */
  readonly withoutReadinessProbe: boolean;
  /** The PodDisruptionBudgets that cover any of them. */
  readonly budgets: readonly DisruptionBudget[];
};

/** What a fault would hit of these pods. Throws `no-pods-matched`. */
export function toBlastRadius(
  { pods, withoutReadinessProbe, budgets }: MatchedPods,
  { fault, service, readAt }: { fault: PodFault; service: ScoringService; readAt: number },
): BlastRadius {
  const ready = pods.filter((pod) => pod.ready).length;
  const hit = countHitPods(fault, pods.length);
  if (pods.length === 0) throw noPods(service);
  const found: readonly (readonly [boolean, string])[] = [
    [
      withoutReadinessProbe,
      'No readiness probe: a failed pod stays Ready and keeps getting predictions.',
    ],
    [hit.most >= ready, 'Every ready pod may be hit: expect an outage.'],
    [hit.least === 0, 'How many are hit is drawn at random: it may be no pod at all.'],
    [
      fault.mode === 'fixed' && (fault.value ?? 0) > pods.length,
      `${fault.value} pods were asked for, but only ${pods.length} match.`,
    ],
    [ready < pods.length, `${pods.length - ready} of ${pods.length} pods are not ready already.`],
  ];
  const told = found.filter(([applies]) => applies).map(([, text]) => text);
  const warnings = [...told, ...toRounding(fault, pods.length)];
  return { readAt, pods, ready, hit, budgets, warnings };
}

/**
 * What has become worse since the approval, in plain words: more pods would be hit, or fewer ready ones would be left. Undefined when nothing has. That pods
 * have other names now is the life of a deployment, not a difference.
 */
export function findGrowth(approved: BlastRadius, now: BlastRadius): string | undefined {
  if (now.hit.most > approved.hit.most)
    return `${now.hit.most} pods would be hit now, ${approved.hit.most} were approved`;
  const left = ({ ready, hit }: BlastRadius) => Math.max(0, ready - hit.most);
  return left(now) < left(approved)
    ? `${left(now)} ready pods would be left now, ${left(approved)} were approved`
    : undefined;
}

/** Says what a percentage has become where that is not what people expect: all of the pods, or a whole one. */
function toRounding({ mode, value = 0 }: PodFault, matched: number): string[] {
  if (mode !== 'fixed-percent' && mode !== 'random-max-percent') return [];
  if (value === 100) return ['100% of the pods is all of them.'];
  const exact = (matched * value) / 100;
  if (Math.ceil(exact) === matched)
    return [`${value}% of ${matched} ${matched === 1 ? 'pod' : 'pods'} rounds up to all of them.`];
  return exact < 1 ? [`${value}% of ${matched} pods is less than one pod and rounds up to 1.`] : [];
}

function noPods(service: ScoringService): ChaosError {
  const selector = Object.entries(service.selector).map(([key, value]) => `${key}=${value}`);
  return new ChaosError(
    'no-pods-matched',
    `No pod in ${service.namespace} matches ${selector.join(',')}.`,
    {
      suggestion: `Check \`selector\` and \`namespace\` of ${service.name} in chaos.yaml, and that the service is deployed.`,
    },
  );
}
