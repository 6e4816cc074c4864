import type { Activity } from 'botbuilder';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import {
  renderErrorCard,
  renderFrozenCard,
  renderUnfrozenCard,
  renderExperimentsCard,
  renderHealthCard,
  renderHistoryCard,
  runsOnPage,
  renderNoteCard,
  renderOverviewCard,
  renderProposedCard,
  renderStatusCard,
} from '../cards/list-cards.ts';
import { renderHelpCard } from '../cards/help-card.ts';
import { renderAuditCard } from '../cards/audit-card.ts';
import { renderDryRunCard } from '../cards/dry-run-card.ts';
import { renderPreparedCard } from '../cards/prepared-card.ts';
import { renderStopCard, unkeptStop } from '../cards/stop-card.ts';
import { renderRunCard } from '../cards/run-card.ts';
import { toChaosError } from '../domain/chaos-error.ts';
import type { Command, CommandProblem } from '../domain/command.ts';
import type { RunId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Run } from '../domain/run.ts';
import { joinStops, type BlindStop, type StopOutcome } from '../domain/stop-outcome.ts';
import type { UseCases } from '../runs/use-cases.ts';
import { isTargeted, toConversationId, toOrigin, toPerson } from './activity.ts';
import { outsiderMessage, type OutsiderCheck } from './create-outsider-check.ts';
import { narrowStop } from './narrow-stop.ts';
import { isPersonal } from './find-unreached.ts';

export type CommandDeps = {
  readonly useCases: UseCases;
  readonly outsiders: OutsiderCheck;
  readonly clock: { now(): number };
  readonly renderSummary: (run: Run) => Promise<AdaptiveCard>;
  /** Says in the conversation what came too late for the answer. */
  readonly tell: (card: AdaptiveCard) => void;
};

/** Carries out the command of a message and returns the answer; undefined when the run's own card is the answer. */
export async function handleCommand(
  activity: Activity,
  command: Command | CommandProblem,
  deps: CommandDeps,
): Promise<AdaptiveCard | undefined> {
  const person = toPerson(activity);
  if (!person) return renderErrorCard(unknownPerson);
  const asked = { activity, person, ...deps };
  if ('kind' in command && command.kind === 'stop') return stop(command, asked);
  const isFreeze = 'kind' in command && command.kind === 'freeze';
  // A freeze stops runs, so it waits for Teams no longer than a stop does.
  const isOutsider = await (isFreeze
    ? deps.outsiders.isOutsiderAtOnce(activity)
    : deps.outsiders.isOutsider(activity));
  if (isOutsider) return renderErrorCard(outsiderMessage);
  return 'message' in command ? renderErrorCard(command) : answer(command, asked);
}

const unknownPerson = {
  message: 'I cannot tell who you are: this account has no Entra object id here.',
  suggestion: 'Guests and external people cannot use this bot. Ask a member of the organisation.',
};

type Asked = CommandDeps & { readonly activity: Activity; readonly person: Person };

async function answer(command: Command, asked: Asked): Promise<AdaptiveCard | undefined> {
  const { useCases, activity } = asked;
  const conversationId = toConversationId(activity);
  switch (command.kind) {
    case 'run': {
      const { person } = asked;
      if (command.dry) {
        const { proposal, experiment } = await useCases.dryRun({ ...command, proposer: person });
        return renderDryRunCard(proposal, experiment);
      }
      const run = await useCases.propose({
        ...command,
        proposer: person,
        origin: toOrigin(activity),
      });
      const unreached = isPersonal(run.origin) ? 'personal-chat' : undefined;
      return isTargeted(activity) ? renderProposedCard(run, unreached) : undefined;
    }
    case 'choose':
      return renderExperimentsCard(useCases.experiments());
    case 'stop':
      return stop(command, asked);
    case 'freeze':
      return freeze(command, asked);
    case 'unfreeze':
      return renderUnfrozenCard(
        await useCases.unfreeze({ by: asked.person, origin: toOrigin(activity) }),
        asked.person,
      );
    case 'status':
      return status(command, asked);
    case 'summarize':
      return summarize(command, asked);
    case 'audit':
      return renderAuditCard(await useCases.audit({ ...command, by: asked.person }), command);
    case 'experiments':
      return renderExperimentsCard(useCases.experiments(), command);
    case 'prepare':
      return renderPreparedCard(await useCases.prepare({ ...command, by: asked.person }));
    case 'history': {
      const page = { page: command.page ?? 1, size: runsOnPage };
      const shown = await useCases.history({ by: asked.person, conversationId, ...page });
      return renderHistoryCard(shown, command);
    }
    case 'health':
      return renderHealthCard(await useCases.health(), command);
    case 'help':
      return renderHelpCard();
  }
}

async function stop(
  command: Extract<Command, { kind: 'stop' }>,
  { useCases, activity, person, outsiders, tell }: Asked,
) {
  const isWide = command.all || command.runIds !== undefined;
  // People of other organisations stop the runs of this conversation, even when they ask for more.
  const isNarrowed = isWide && (await outsiders.isOutsiderAtOnce(activity));
  const conversationId = toConversationId(activity);
  const here = isNarrowed
    ? await narrowStop(command.runIds ?? [], { useCases, conversationId })
    : [];
  const { runIds: _named, ...unnamed } = command;
  const own = { ...unnamed, all: false, ...(here.length > 0 ? { runIds: here } : {}) };
  const via = { kind: 'command', ...(activity.id ? { activityId: activity.id } : {}) } as const;
  const outcome = await stopAsked(isNarrowed ? own : command, (asked) =>
    useCases.stop({ ...asked, by: person, via, conversationId }),
  );
  tellLater(outcome, tell);
  return outcome.kind === 'cancelled-blindly'
    ? renderBlindStop(outcome)
    : renderStopCard(outcome, command.unread);
}

function renderBlindStop(outcome: BlindStop): AdaptiveCard {
  const { problem, stopped, refused } = outcome;
  const message = explainBlindStop(outcome);
  return problem && stopped.length + refused.length === 0
    ? renderErrorCard({ message, suggestion: problem.suggestion })
    : renderNoteCard('■ Stopping', `${message} ${problem?.suggestion ?? ''} ${blindAdvice}`);
}

/** Says what Azure answered after the answer to a stop. */
function tellLater(outcome: StopOutcome, tell: CommandDeps['tell']): void {
  if (outcome.kind !== 'cancelled-blindly') return;
  void outcome.later?.then(({ experiments = [], leftAlone, problem }) =>
    tell(
      problem
        ? renderErrorCard(problem)
        : renderNoteCard(
            '■ Stopping',
            `Azure has answered. ${printElsewhere(experiments)} ${printLeftAlone(leftAlone)}`.trim(),
          ),
    ),
  );
}

function printElsewhere(experiments: readonly string[]): string {
  return experiments.length === 0
    ? 'Nothing else was running in Azure under my name.'
    : `Stopped: ${experiments.join(', ')}.`;
}

/** Says that experiments of others were not touched. */
function printLeftAlone(leftAlone = 0): string {
  if (leftAlone === 0) return '';
  const what = leftAlone === 1 ? '1 experiment' : `${leftAlone} experiments`;
  return `Left alone: ${what} of other Chaos Marshal installations in the resource group.`;
}

async function freeze(
  { reason }: Extract<Command, { kind: 'freeze' }>,
  { useCases, activity, person, tell }: Asked,
) {
  const via = { kind: 'command', ...(activity.id ? { activityId: activity.id } : {}) } as const;
  const outcome = await useCases.freeze({ by: person, via, ...(reason ? { reason } : {}) });
  const { stopped } = outcome;
  tellLater(stopped, tell);
  const blind = stopped.kind === 'cancelled-blindly' ? explainBlindStop(stopped) : undefined;
  if (outcome.kind === 'not-recorded')
    return renderErrorCard({
      message: `The database does not answer, so the freeze is not recorded yet. I record it when the database is back, and start nothing until then. ${outcome.isKept ? '' : unkeptFreeze} ${blind ?? ''}`,
      suggestion:
        'Look into Azure Chaos Studio to be sure, and bring the database back. Other replicas of the bot do not know of the freeze until then: `status` shows whether everything is frozen.',
    });
  if (blind)
    return renderErrorCard({
      message: `Everything is frozen. ${blind}`,
      suggestion: blindAdvice,
    });
  return stopped.kind === 'stopping'
    ? renderFrozenCard(stopped.runs, stopped)
    : renderFrozenCard([]);
}

type StopCommand = Extract<Command, { kind: 'stop' }>;

/** Stops what was named. Everything here stops as well where a word is no id, or the id of no run or of one that has ended. */
async function stopAsked(
  { all, runIds, unread }: StopCommand,
  stopRuns: (asked: Pick<StopCommand, 'all' | 'runIds'>) => Promise<StopOutcome>,
): Promise<StopOutcome> {
  if (runIds === undefined) return stopRuns({ all });
  const named = stopRuns({ all, runIds }).catch((thrown: unknown) => {
    if (toChaosError(thrown).code === 'run-not-found') return toUnknown(runIds);
    throw thrown;
  });
  if (unread !== undefined) return joinStops(...(await Promise.all([stopRuns({ all }), named])));
  const byName = await named;
  return isInDoubt(byName) ? joinStops(await stopRuns({ all }), byName) : byName;
}

function toUnknown(unknown: readonly RunId[]): StopOutcome {
  return { kind: 'nothing-to-stop', waiting: [], unknown, ended: [] };
}

function isInDoubt(byName: StopOutcome): boolean {
  if (byName.kind === 'cancelled-blindly') return false;
  return byName.kind === 'nothing-to-stop' || byName.unknown.length > 0;
}

/** Says what was done without a database. */
function explainBlindStop(outcome: BlindStop): string {
  const { stopped, refused, isKept, experiments, leftAlone, problem } = outcome;
  const ended = [...stopped, ...(experiments ?? [])].join(', ');
  const isCalm = ended === '' && refused.length === 0 && experiments !== undefined;
  const sentences = [
    'The database does not answer, so I stopped everything that I know of.',
    ended !== '' && `Stopped: ${ended}.`,
    isCalm && 'Nothing was running in Azure under my name.',
    printLeftAlone(leftAlone),
    refused.length > 0 && `Azure has not accepted the stop of ${refused.join(', ')} yet.`,
    problem && `Azure could not be made to stop everything else: ${problem.message}`,
    experiments === undefined && !problem && 'Azure has not said yet whether anything else runs.',
    isKept
      ? 'The journal gets this stop, with its real time, when the database is back.'
      : `This stop is not recorded yet. ${unkeptStop}`,
  ];
  return sentences
    .filter((sentence) => sentence !== false && sentence !== undefined && sentence !== '')
    .join(' ');
}

const unkeptFreeze =
  "The bot's disk (DATA_DIR) did not take it: after a restart of the bot nobody knows of it.";

const blindAdvice = 'Check the experiments in Azure Chaos Studio, and bring the database back.';

async function status(
  command: Extract<Command, { kind: 'status' }>,
  { useCases, activity, person, clock }: Asked,
) {
  const { runId } = command;
  const conversationId = toConversationId(activity);
  const views = await useCases.status({
    by: person,
    conversationId,
    ...(runId ? { runId } : {}),
  });
  const [view] = views;
  return runId && view
    ? renderRunCard(view.run, { ...view, now: clock.now() })
    : renderStatusCard(views, command);
}

async function summarize(
  command: Extract<Command, { kind: 'summarize' }>,
  { useCases, activity, person, renderSummary }: Asked,
) {
  const conversationId = toConversationId(activity);
  const runs = await useCases.summarize({ ...command, by: person, conversationId });
  const [run] = runs;
  if (command.span) return renderOverviewCard(runs, command);
  return run
    ? renderSummary(run)
    : renderHistoryCard({ runs: [], page: 1, left: 0, isOpen: false });
}
