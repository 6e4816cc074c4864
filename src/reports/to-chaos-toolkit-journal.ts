import { findFailure } from '../domain/ended-early.ts';
import { explainEnd } from '../domain/explain-end.ts';
import { printTolerance } from '../domain/hypothesis.ts';
import type { Ending } from '../domain/run-event.ts';
import type { Judged, Run } from '../domain/run.ts';

/**
 * A run as the journal of a Chaos Toolkit experiment, for tools that read those. The shape is that of `chaoslib.types.Journal`: experiment, status,
 * deviated, steady_states before and after, run, rollbacks, times in ISO 8601 and durations in seconds.
 */
export function toChaosToolkitJournal(run: Run): object {
  const { proposal, id, digest, end, approvals } = run;
  const endedAt = end?.at ?? run.phaseSince;
  return {
    'chaoslib-version': '1.44.0',
    platform: 'chaos-marshal',
    node: id,
    experiment: {
      version: '1.0.0',
      title: proposal.title,
      description: proposal.hypothesis.title,
      tags: [proposal.experiment, proposal.service.name, proposal.cluster.name],
      configuration: {},
      'steady-state-hypothesis': {
        title: proposal.hypothesis.title,
        probes: proposal.hypothesis.tolerances.map((tolerance) => ({
          type: 'probe',
          name: tolerance.signal,
          tolerance: printTolerance(tolerance),
          provider: { type: 'process', path: 'chaos-marshal' },
        })),
      },
      method: [
        {
          type: 'action',
          name: proposal.fault.action,
          provider: { type: 'process', path: 'azure-chaos-studio', arguments: proposal.fault },
        },
      ],
      rollbacks: [],
      extensions: [
        {
          name: 'chaos-marshal',
          run: id,
          digest,
          proposer: proposal.proposer.name,
          approvals: approvals.map(({ by, at }) => ({ by: by.name, at: toTime(at) })),
          verdict: end?.verdict ?? null,
          why: explainEnd(run) ?? null,
        },
      ],
    },
    start: toTime(proposal.proposedAt),
    end: toTime(endedAt),
    duration: (endedAt - proposal.proposedAt) / 1_000,
    status: toStatus(run),
    deviated: end?.verdict === 'deviated',
    steady_states: {
      before: toSteadyState(run.baseline),
      after: toSteadyState(run.recovered),
      during: run.observed ? [toSteadyState(run.observed)] : [],
    },
    run: toActivities(run),
    rollbacks: [],
  };
}

const abortedEndings: readonly Ending[] = ['aborted', 'not-steady', 'baseline-undecided'];

function toStatus(run: Run): string {
  const { end } = run;
  if (findFailure(run) || end?.ending === 'failed') return 'failed';
  if (end && abortedEndings.includes(end.ending)) return 'aborted';
  return end?.ending === 'completed' ? 'completed' : 'interrupted';
}

function toSteadyState(judged: Judged | undefined): object | null {
  if (!judged) return null;
  const { tolerances } = judged.judgement;
  return {
    steady_state_met: tolerances.every(({ finding }) => finding === 'held'),
    probes: tolerances.map(({ tolerance, finding, observed }) => ({
      activity: { type: 'probe', name: tolerance.signal, tolerance: printTolerance(tolerance) },
      output: observed,
      status: 'succeeded',
      tolerance_met: finding === 'held',
    })),
  };
}

/** The fault, when it was asked for. */
function toActivities({ proposal, startRequestedAt, faultEndedAt, phaseSince, execution }: Run) {
  if (startRequestedAt === undefined) return [];
  const endedAt = faultEndedAt ?? phaseSince;
  return [
    {
      activity: { type: 'action', name: proposal.fault.action },
      start: toTime(startRequestedAt),
      end: toTime(endedAt),
      duration: (endedAt - startRequestedAt) / 1_000,
      status: execution?.state === 'failed' ? 'failed' : 'succeeded',
      output: execution?.status ?? null,
    },
  ];
}

function toTime(at: number): string {
  return new Date(at).toISOString();
}
