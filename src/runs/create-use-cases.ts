import type { ActiveRuns } from './active-runs.ts';
import { checkHealth, type HealthDeps } from './check-health.ts';
import { decideApproval } from './decide-approval.ts';
import type { Announcer } from './ports/announcer.ts';
import type { Entropy } from './ports/clock.ts';
import type { FreezeStore } from './ports/freeze-store.ts';
import type { IntentLog } from './ports/intent-log.ts';
import type { Log } from './ports/log.ts';
import type { Membership, Roster } from './ports/membership.ts';
import type { OutsideChecks } from './ports/outside-checks.ts';
import type { RunStore } from './ports/run-store.ts';
import { prepareExperimentIdentity } from './prepare-identity.ts';
import { createStopJudge } from './entitle.ts';
import { proposeRun } from './propose-run.ts';
import { freeze, unfreeze } from './freeze.ts';
import { draftProposal } from './draft-proposal.ts';
import {
  auditJournal,
  findRun,
  readHistory,
  readJournal,
  readStatus,
  readSummaries,
} from './read-runs.ts';
import { stopRun } from './stop/stop-run.ts';
import type { UseCases } from './use-cases.ts';

export type UseCaseDeps = HealthDeps & {
  readonly runs: RunStore;
  readonly announcer: Announcer;
  readonly membership: Membership;
  readonly roster: Roster;
  readonly checks: OutsideChecks;
  readonly freezes: FreezeStore;
  readonly intents: IntentLog;
  readonly active: ActiveRuns;
  readonly entropy: Entropy;
  readonly log: Log;
};

/** Binds the use cases to what they need of the outside. */
export function createUseCases(deps: UseCaseDeps): UseCases {
  return {
    propose: (request) => proposeRun(request, deps),
    preview: (request) => draftProposal(request, deps),
    dryRun: async (request) => {
      const proposal = await draftProposal(request, deps);
      return { proposal, experiment: deps.faults.describe(proposal) };
    },
    decide: (request) => decideApproval(request, deps),
    stop: (request) => stopRun(request, { ...deps, judge: createStopJudge(request.by, deps) }),
    freeze: (request) => freeze(request, deps),
    unfreeze: (request) => unfreeze(request, deps),
    find: (request) => findRun(request, deps),
    status: (request) => readStatus(request, deps),
    history: (request) => readHistory(request, deps),
    summarize: (request) => readSummaries(request, deps),
    audit: (request) => auditJournal(request, deps),
    journal: (runId) => readJournal(runId, deps),
    experiments: () => deps.catalogue.experiments,
    prepare: (request) => prepareExperimentIdentity(request, deps),
    services: () => deps.catalogue.services.map(({ name }) => name),
    health: () => checkHealth(deps),
  };
}
