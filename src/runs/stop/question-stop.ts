import type { BrokenRule } from '../../domain/access.ts';
import type { Person } from '../../domain/person.ts';
import type { Run } from '../../domain/run.ts';
import type { StopJudge } from '../entitle.ts';
import type { Log } from '../ports/log.ts';
import { record, type RecordDeps } from '../record.ts';

export type QuestionDeps = RecordDeps & { readonly judge: StopJudge; readonly log: Log };

/**
 * Finds out, beside a stop that was carried out, whether it was allowed; one that was not is journaled and told. Returns the rule that it broke. Never rejects,
 * and takes as long as the directory does.
 */
export async function questionStop(
  run: Run,
  by: Person,
  deps: QuestionDeps,
): Promise<BrokenRule | undefined> {
  const finding = await deps.judge(run);
  if (finding === 'unknown')
    deps.log.warn({ runId: run.id, by: by.id }, 'Whether a stop was allowed could not be told.');
  if (typeof finding === 'string') return undefined;
  deps.log.warn({ runId: run.id, by: by.id, ...finding }, 'A stop was not allowed.');
  const isKnown = ({ disallowedStop }: Run) => disallowedStop?.by.id === by.id;
  const recorded = record(
    run.id,
    (current) => ({
      events: isKnown(current) ? [] : [{ type: 'stop-disallowed', by, ...finding }],
      outcome: undefined,
    }),
    deps,
  );
  await recorded.then(
    ({ run: committed }) => deps.announcer.stopDisallowed(committed),
    (error: unknown) =>
      deps.log.error({ runId: run.id, error }, 'A stop without permission was not recorded.'),
  );
  return finding;
}
