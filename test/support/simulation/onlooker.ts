import type { RunId } from '../../../src/domain/ids.ts';
import type { RunEntry } from '../../../src/domain/run-event.ts';
import type { Run } from '../../../src/domain/run.ts';
import { proposer } from '../proposal.ts';
import { toEnd, type SimulatedAzure } from './azure.ts';
import type { SimulatedDatabase } from './database.ts';
import type { SimulatedService } from './service.ts';
import type { VirtualTime } from './virtual-time.ts';

export type Seen = {
  readonly time: VirtualTime;
  readonly azure: SimulatedAzure;
  readonly database: SimulatedDatabase;
  readonly service: SimulatedService;
};

/** A request that was on its way when a stop was recorded arrives within this time. */
const onItsWayMs = 200;

/** Sees what reaches the database and Azure, and writes down what must never be. It trusts nothing that the product says of itself. */
export class Onlooker {
  readonly violations: string[] = [];
  starts = 0;
  readonly #seen: Seen;
  readonly #stopped = new Map<RunId, number>();

  constructor(seen: Seen) {
    this.#seen = seen;
    seen.azure.onStart = (run) => this.#onStart(run);
    seen.database.onEntry = (entry, before) => this.#onEntry(entry, before);
  }

  must(isTrue: boolean, what: string): void {
    if (isTrue || this.violations.length > 20) return;
    this.violations.push(
      `${String(Math.round((this.#seen.time.now % 3_600_000) / 100) / 10)}s: ${what}`,
    );
  }

  #onStart(run: Run): void {
    this.starts += 1;
    const { database, azure, time } = this.#seen;
    const entries = database.runs.get(run.id)?.entries ?? [];
    const { digest, proposal } = run;
    const approvers = entries.flatMap(({ event }) =>
      event.type === 'approved' && event.digest === digest && event.by.id !== proposer.id
        ? [event.by.id]
        : [],
    );
    this.must(
      new Set(approvers).size >= proposal.approvalRule.quorum,
      `${run.id} started without its approvals`,
    );
    this.must(
      entries.some(({ event }) => event.type === 'start-requested'),
      `${run.id} started before that was recorded`,
    );
    this.must(
      !entries.some(({ event }) => event.type === 'ended'),
      `${run.id} started after its end`,
    );
    this.must(azure.of(run.id).length === 0, `${run.id} started twice`);
    const others = azure
      .active()
      .filter((one) => one.run.proposal.cluster.name === proposal.cluster.name);
    this.must(others.length === 0, `${run.id} started beside another fault on its cluster`);
    const stoppedAt = this.#stopped.get(run.id) ?? Infinity;
    this.must(time.now - stoppedAt <= onItsWayMs, `${run.id} started after it was stopped`);
  }

  #onEntry({ runId, event }: RunEntry, before: Run | undefined): void {
    const { database, azure, time } = this.#seen;
    const types = database.runs.get(runId)?.entries.map((entry) => entry.event.type) ?? [];
    this.must(!types.includes('ended'), `${runId} has ${event.type} after its end`);
    this.must(before === undefined || before.phase !== 'ended', `${runId} goes on after its end`);
    if (event.type === 'stop-requested' && !this.#stopped.has(runId))
      this.#stopped.set(runId, time.now);
    if (event.type === 'start-requested') {
      this.must(!types.includes('start-requested'), `${runId} asked for two starts`);
      this.must(!database.freeze, `${runId} asked for its start while everything was frozen`);
    }
    if (event.type !== 'ended') return;
    const isActive = azure.active().some(({ run }) => run.id === runId);
    this.must(!isActive, `${runId} ended with its fault active`);
    if (event.verdict === 'held') this.#checkHeld(runId, before);
  }

  /** A hypothesis holds only where the fault had its time, nobody stopped it, and the service really was as good as it says. */
  #checkHeld(runId: RunId, run: Run | undefined): void {
    const { azure, service } = this.#seen;
    const [execution] = azure.of(runId);
    if (!execution || !run) return this.must(false, `${runId} held without a fault`);
    const from = execution.startedAt + 3_000;
    const until = toEnd(execution);
    const stoppedAt = this.#stopped.get(runId) ?? Infinity;
    this.must(stoppedAt >= until, `${runId} was stopped under its fault, and held`);
    this.must(
      until - from >= run.proposal.fault.durationMs * 0.9,
      `${runId} held with a fault of ${until - from} ms`,
    );
    let [due, lost] = [0, 0];
    for (let at = Math.ceil(from / 100) * 100; at < until; at += 100) {
      due += 1;
      if (service.isLost(at)) lost += 1;
    }
    const bound =
      run.proposal.hypothesis.tolerances.find(({ signal }) => signal === 'availability')?.bound ??
      0;
    const share = (due - lost) / due;
    this.must(
      share >= bound - 0.01,
      `${runId} held with ${Math.round(share * 100)} % good of all that was due`,
    );
  }

  /** What must be so when everything has long been well again. */
  checkEnd(): void {
    const { database, azure } = this.#seen;
    for (const { run } of database.runs.values())
      this.must(
        run.phase === 'proposed' || run.phase === 'ended',
        `${run.id} never ends: ${run.phase}`,
      );
    this.must(azure.active().length === 0, 'a fault is left');
  }
}
