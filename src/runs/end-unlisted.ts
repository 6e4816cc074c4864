import { describeLeftAtEnd } from '../domain/describe-injection.ts';
import { findEndedBy } from '../domain/ended-early.ts';
import type { FaultEvidence } from '../domain/injection.ts';
import { phaseNotes } from '../domain/phase-notes.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import { advance, everyTick, tickMs, type ConductContext } from './conduct-context.ts';
import { endFault, findEvidence, findTrip, isPlain, readCluster } from './fault-watch.ts';

/** Longer than Chaos Mesh takes to give pods their images back. */
const removalLimitMs = 30_000;

/**
 * Ends a fault that pods show although Azure lists no execution of its start, as far as a request by the experiment's name ends it, and then the run. Returns
 * the ended run; undefined where nothing shows that the fault was injected.
 */
export async function endUnlisted(run: Run, context: ConductContext): Promise<Run | undefined> {
  const evidence = findEvidence(run, context);
  // A pod that only failed may be somebody else's doing.
  if (!evidence || !isPlain(evidence)) return undefined;
  const seen: RunEvent[] = run.faultSeen ? [] : [{ type: 'fault-seen', evidence }];
  const last = await awaitRemoval(await advance(run, seen, context), context);
  return advance(last, toEnd(last, evidence, context), context);
}

/** Asks for the end of the fault until no pod carries it, at most for as long as it may last. */
function awaitRemoval(run: Run, context: ConductContext): Promise<Run> {
  const { injection } = context.monitor;
  const limitMs = run.proposal.fault.durationMs + removalLimitMs;
  return everyTick<Run>(run, context, async ({ run: current, count }) => {
    readCluster(current, context);
    if (injection.findCarrying(current).length === 0 || count * tickMs >= limitMs)
      return { done: current };
    await endFault(current, findTrip(current, context), context, { isFirst: true });
    return { note: phaseNotes.ending };
  });
}

function toEnd(run: Run, { pod, detail }: FaultEvidence, { monitor }: ConductContext): RunEvent[] {
  const carrying = monitor.injection.findCarrying(run);
  const message = `Azure lists no execution of this start, but its fault was seen: ${pod} ${detail}.`;
  const why = [message, describeLeftAtEnd(carrying)].filter((part) => part !== undefined).join(' ');
  const isStopped = findEndedBy(run) === 'person';
  return [
    {
      type: 'failed',
      message,
      suggestion:
        'Stop the experiment in the Azure portal if it still runs, and check that no fault is left: kubectl get podchaos --all-namespaces.',
      ...(carrying.length > 0 ? { carrying } : {}),
    },
    {
      type: 'ended',
      ending: run.trip ? 'aborted' : isStopped ? 'stopped' : 'failed',
      verdict: 'inconclusive',
      why,
    },
  ];
}
