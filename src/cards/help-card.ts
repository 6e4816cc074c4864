import { renderList } from './list-cards.ts';
import type { AdaptiveCard } from './adaptive-card.ts';
import { prose, type Item } from './text.ts';

/** Greets a conversation that the bot was added to, with what to do first. */
export function renderWelcomeCard(): AdaptiveCard {
  const first = {
    title: 'First',
    detail: prose`Send \`health\` to see whether I reach the cluster, Azure and the service, then \`run\` to choose an experiment. In a channel, mention me or begin with /chaos.`,
  };
  return renderHelp([first, ...helpItems], ['health']);
}

/** What people can say. */
export function renderHelpCard(): AdaptiveCard {
  return renderHelp(helpItems, ['status']);
}

const helpItems: readonly Item[] = [
  {
    title: 'run, run EXPERIMENT',
    detail: prose`Propose a run: \`run pod-failure duration=90s mode=one availability>=99%\`. Somebody else approves it.`,
  },
  {
    title: 'run EXPERIMENT dry, rehearse EXPERIMENT',
    detail:
      'Show what would happen and propose nothing; or go through every step, approvals included, and inject nothing.',
  },
  {
    title: 'stop, stop RUN, stop all',
    detail:
      'End a run and its fault at once. The people who proposed or approved it can, and everybody else unless chaos.yaml allows only some.',
  },
  {
    title: 'freeze, freeze REASON, unfreeze',
    detail: 'Stop every run everywhere and start none, until an approver unfreezes.',
  },
  { title: 'status', detail: 'Runs that wait for approval or are running.' },
  { title: 'summarize, summarize RUN, today, 7d', detail: 'Results of runs, with the evidence.' },
  {
    title: 'audit, audit RUN',
    detail: 'Check that the journal is unchanged, and show the entries of a run.',
  },
  {
    title: 'experiments, history, health',
    detail: prose`Experiments that can be proposed, earlier runs, and the state of every dependency. Long lists have pages: \`history page=2\`.`,
  },
  {
    title: 'experiments prepare EXPERIMENT',
    detail:
      'Create an experiment in Azure without its fault, and show the commands that give its identity its roles. Starts nothing.',
  },
];

function renderHelp(items: readonly Item[], commands: readonly string[]): AdaptiveCard {
  return renderList(
    'Chaos Marshal',
    'I run chaos experiments that have been approved, and measure whether predictions survive.',
    items,
    { form: true, commands },
  );
}
