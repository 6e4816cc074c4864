import { describeLeftAtEnd } from '../domain/describe-injection.ts';
import { findEndedBy } from '../domain/ended-early.ts';
import { phaseNotes } from '../domain/phase-notes.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import { advance } from './advance.ts';
import { everyTick, type ConductContext, type Tick } from './conduct-context.ts';
import { findEvidence, isPlain } from './fault-evidence.ts';
import { endFault, findTrip, readCluster, removalLimitMs } from './fault-watch.ts';
import { ticksPerCancel } from './ticks-per-cancel.ts';

/**
 * Ends a fault that pods show although no execution of its start is known, as far as a request by the experiment's name ends it, and then the run. Returns
 * the ended run; undefined where nothing shows that the fault was injected. `intro`: what is known of the start, in words that lead to the pod that shows it.
 */
export async function endUnlisted(
  run: Run,
  intro: string,
  context: ConductContext,
): Promise<Run | undefined> {
  const evidence = findEvidence(run, context);
  // A pod that only failed may be somebody else's doing.
  if (!evidence || !isPlain(evidence)) return undefined;
  // A run may have failed before this process measured anything.
  if (context.monitor.beginningOf('preparing') === undefined)
    context.monitor.begin('preparing', run.startRequestedAt);
  // It is ended from here on in any case: no guard does so any more.
  context.monitor.endGuards(context.deps.clock.now());
  const seen: RunEvent[] = run.faultSeen ? [] : [{ type: 'fault-seen', evidence }];
  const { pod, detail } = evidence;
  const message = `${intro}: ${pod} ${detail}.`;
  const last = await awaitRemoval(await advance(run, seen, context), message, context);
  return advance(last, toEnd(last, message, context), context);
}

/** Asks for the end of the fault, at least once, until no pod carries it, at most for as long as it may last. `because`: why, where nobody stopped it. */
function awaitRemoval(run: Run, because: string, context: ConductContext): Promise<Run> {
  const { monitor, deps } = context;
  const until = deps.clock.monotonicMs() + run.proposal.fault.durationMs + removalLimitMs;
  let isAnswered = false;
  const look = async ({ run: current, count }: Tick) => {
    readCluster(current, context);
    const isGone = count > 0 && monitor.injection.findCarrying(current).length === 0;
    if (isGone || deps.clock.monotonicMs() >= until) return { done: current };
    if (count % ticksPerCancel === 0 || !isAnswered) {
      const trip = findTrip(current, context);
      const outcome = await endFault(current, trip, context, { isFirst: true, because });
      isAnswered = outcome?.kind === 'accepted' || outcome?.kind === 'withheld';
    }
    return { note: phaseNotes.ending };
  };
  return everyTick<Run>(run, context, look, { mayBeAltered: true });
}

function toEnd(run: Run, message: string, { monitor }: ConductContext): RunEvent[] {
  const carrying = monitor.injection.findCarrying(run);
  const lastSeenAt = Math.max(monitor.pods.view().confirmedAt, run.faultSeen?.at ?? 0);
  const left = {
    ...(carrying.length > 0 ? { carrying } : {}),
    ...(carrying.length > 0 && monitor.pods.isUnseen() ? { carriedUntil: lastSeenAt } : {}),
  };
  const why = [message, describeLeftAtEnd(left)].filter((part) => part !== undefined).join(' ');
  const isStopped = findEndedBy(run) === 'person';
  return [
    {
      type: 'failed',
      message,
      suggestion:
        'Stop the experiment in the Azure portal if it still runs, and check that no fault is left: kubectl get podchaos --all-namespaces.',
      ...left,
    },
    {
      type: 'ended',
      ending: run.trip ? 'aborted' : isStopped ? 'stopped' : 'failed',
      verdict: 'inconclusive',
      why,
    },
  ];
}
