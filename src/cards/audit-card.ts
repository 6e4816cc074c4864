import type { AuditReport } from '../domain/audit.ts';
import type { RunEntry, RunEvent } from '../domain/run-event.ts';
import { renderList } from './list-cards.ts';
import type { AdaptiveCard } from './adaptive-card.ts';
import { toPage, type PagedCommand } from './page-of.ts';
import { printTime } from '../domain/print-time.ts';
import { type Item } from './text.ts';

const entriesOnPage = 20;

/** Whether the journal is what was written; for one run, with what it says. */
export function renderAuditCard(
  {
    report,
    entries = [],
  }: {
    readonly report: AuditReport;
    readonly entries?: readonly RunEntry[];
  },
  command: PagedCommand = { kind: 'audit' },
): AdaptiveCard {
  const problem = report.problem ?? report.copy?.problem;
  const heading = problem ? '✖ The journal was tampered with' : '✔ The journal is whole';
  const where = problem?.runId ? `${problem.runId}, entry` : 'anchor';
  const intro = problem
    ? `At ${where} ${problem.sequence}: ${problem.what}.`
    : describeWhole(report);
  const page = toPage(entries, { command, size: entriesOnPage });
  const { more, commands } = page;
  return renderList(heading, intro, [...page.entries.map(toItem), ...more], { commands });
}

function describeWhole({ runs, entries, head, copy, fullAt }: AuditReport): string {
  const newest = `Newest anchor: ${head?.slice(0, 12) ?? 'none yet'}.`;
  const copied = copy ? ` ${copy.entries} of them are in the copy outside of the database.` : '';
  const earlier =
    fullAt === undefined
      ? ''
      : ` The whole journal was last verified at ${printTime(fullAt)}; now verified: what was written since the last audit.`;
  const what = `${count(entries, 'entry', 'entries')} of ${count(runs, 'run', 'runs')}`;
  return `Verified: ${what} ${entries === 1 ? 'is' : 'are'} unchanged.${earlier}${copied} ${newest}`;
}

const count = (many: number, one: string, more: string) => `${many} ${many === 1 ? one : more}`;

function toItem({ sequence, at, event }: RunEntry): Item {
  return { title: `${sequence}. ${event.type}`, detail: `${printTime(at)}${toDetail(event)}` };
}

/** Who did it or what it was, in a few words. */
function toDetail(event: RunEvent): string {
  switch (event.type) {
    case 'proposed':
      return `, by ${event.proposal.proposer.name}, digest ${event.digest.slice(0, 12)}`;
    case 'approved':
      return `, by ${event.by.name}, digest ${event.digest.slice(0, 12)}`;
    case 'stop-requested':
    case 'stop-came-late':
      return `, by ${event.by.name}${event.saidAt === undefined ? '' : `, recorded late: said ${printTime(event.saidAt)}`}`;
    case 'rejected':
    case 'stop-disallowed':
      return `, by ${event.by.name}`;
    case 'cancel-refused':
      return `, ${[event.problem, event.status, event.code].filter(Boolean).join(' ')}`;
    case 'guard-tripped':
      return `, ${event.trip.reason}`;
    case 'ended':
      return `, ${event.ending}: ${event.why}`;
    default:
      return '';
  }
}
