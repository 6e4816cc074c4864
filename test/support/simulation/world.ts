import type { RunId } from '../../../src/domain/ids.ts';
import { isActive } from '../../../src/domain/run.ts';
import { decideApproval } from '../../../src/runs/decide-approval.ts';
import { freeze, unfreeze } from '../../../src/runs/freeze.ts';
import { stopRun } from '../../../src/runs/stop/stop-run.ts';
import { origin, sampleProposal, sampleProposed, sampleRule, startOfTime } from '../proposal.ts';
import { azureAway, SimulatedAzure, toEnd } from './azure.ts';
import { Chance } from './chance.ts';
import { databaseAway, SimulatedDatabase } from './database.ts';
import { Onlooker } from './onlooker.ts';
import { people } from './people.ts';
import { createPlan, quietAfterMs, type Incident, type Plan } from './plan.ts';
import { SimulatedProcess, type Surroundings } from './process.ts';
import { SimulatedService } from './service.ts';
import { VirtualTime, type Owner } from './virtual-time.ts';
import { Wire } from './wire.ts';

/** What came of a simulated day. */
export type Course = {
  readonly seed: number;
  readonly violations: readonly string[];
  /** Faults that were started. */
  readonly starts: number;
  readonly verdicts: readonly string[];
  /** What was to happen, a line each. */
  readonly plan: readonly string[];
  /** What was recorded and logged, a line each. */
  readonly journal: readonly string[];
};

/** So long everything has to come to its end once nothing goes wrong any more; ms. */
const endWithinMs = 300_000;
/** A stop has so long to reach Azure where Azure can be reached; ms. */
const stopWithinMs = 5_000;
/** Guards look at ten seconds; ms. */
const guardWithinMs = 15_000;
/** A database that does not answer is borne for fifteen seconds; ms. */
const silenceWithinMs = 25_000;
const via = { kind: 'card' } as const;

/** Plays the day that belongs to the seed. The same seed gives the same course. */
export async function simulate(seed: number): Promise<Course> {
  const chance = new Chance(seed);
  const plan = createPlan(chance);
  const world = new World(plan, chance);
  const restore = world.time.install();
  try {
    await world.play();
  } finally {
    restore();
  }
  const verdicts = [...world.database.runs.values()].map(({ run }) =>
    run.end ? `${run.end.ending} ${run.end.verdict}` : run.phase,
  );
  const { violations, starts } = world.onlooker;
  const journal = [...world.database.runs.values()].flatMap(({ entries }) =>
    entries.map(({ runId, at, event }) => ({
      at,
      line: `${runId} ${event.type}${event.type === 'guard-tripped' ? ` ${event.trip.guard.kind}` : ''}`,
    })),
  );
  return {
    seed,
    violations,
    starts,
    verdicts,
    plan: plan.incidents.map((incident) => JSON.stringify(incident)),
    journal: [...journal, ...world.logged]
      .toSorted((one, other) => one.at - other.at)
      .map(({ at, line }) => `${((at - startOfTime) / 1_000).toFixed(2)}s ${line}`),
  };
}

/** What people ask of a process. */
type Asked = Extract<Incident, { kind: 'approve' | 'stop' | 'freeze' }>;
type Cut = Extract<Incident, { kind: 'cut' }> & { readonly until: number };

class World {
  readonly time = new VirtualTime();
  readonly database = new SimulatedDatabase(this.time);
  readonly azure = new SimulatedAzure(this.time);
  readonly onlooker: Onlooker;
  /** What the processes logged. */
  readonly logged: { readonly at: number; readonly line: string }[] = [];
  readonly #plan: Plan;
  readonly #chance: Chance;
  readonly #around: Surroundings;
  readonly #processes: SimulatedProcess[];
  readonly #runIds: RunId[] = [];
  readonly #crashes = new Map<
    Owner,
    { calls: number; readonly when: 'before' | 'after'; readonly crash: () => void }
  >();
  #cuts: Cut[] = [];
  /** Until when a process that was started anew may still find its way into its runs. */
  #disturbedUntil = 0;

  constructor(plan: Plan, chance: Chance) {
    this.#plan = plan;
    this.#chance = chance;
    const { time, database, azure } = this;
    const service = new SimulatedService(time, azure, sampleProposal().blastRadius.pods);
    service.lossUnderFault = plan.lossUnderFault;
    this.onlooker = new Onlooker({ time, database, azure, service });
    const toDatabase = new Wire({ time, chance, fail: databaseAway, patienceMs: 10_000 });
    const toAzure = new Wire({ time, chance, fail: azureAway, patienceMs: 15_000 });
    for (const [wire, from] of [
      [toDatabase, 'database'],
      [toAzure, 'azure'],
    ] as const) {
      wire.fateOf = (owner) => this.#fateOf(owner, from);
      wire.onCrashPoint = (owner, when) => this.#onCrashPoint(owner, when);
    }
    this.#around = {
      time,
      chance,
      database,
      toDatabase,
      azure,
      toAzure,
      service,
      log: () => this.#log(),
    };
    this.#processes = Array.from(
      { length: plan.processes },
      () => new SimulatedProcess(this.#around),
    );
  }

  async play(): Promise<void> {
    const { time } = this;
    for (const process of this.#processes) process.start();
    for (const incident of this.#plan.incidents)
      time.after(incident.at, () => this.#meet(incident));
    await time.run(() => false, startOfTime + quietAfterMs);
    this.#heal();
    const hasEnded = () => [...this.database.runs.values()].every(({ run }) => !isActive(run));
    await time.run(hasEnded, startOfTime + quietAfterMs + endWithinMs);
    this.onlooker.checkEnd();
    for (const process of this.#processes) process.kill();
  }

  #log() {
    const write = (fields: object, message: string) =>
      this.logged.push({
        at: this.time.now,
        line: `  ${message} ${'error' in fields ? String(fields.error) : ''}`,
      });
    return { info: write, warn: write, error: write };
  }

  #heal(): void {
    this.#cuts = [];
    this.#crashes.clear();
    this.database.freeze = undefined;
    for (const process of this.#processes) process.owner.pausedUntil = 0;
  }

  #fateOf(owner: Owner, from: 'database' | 'azure') {
    const cut = this.#cuts.find(
      (one) =>
        one.from === from &&
        this.time.now < one.until &&
        (one.process === 'all' || this.#processes[one.process]?.owner === owner),
    );
    return cut && this.#chance.is(cut.share) ? cut.how : 'answered';
  }

  #onCrashPoint(owner: Owner, when: 'before' | 'after'): void {
    const crash = this.#crashes.get(owner);
    if (!crash || crash.when !== when) return;
    crash.calls -= 1;
    if (crash.calls > 0) return;
    this.#crashes.delete(owner);
    crash.crash();
  }

  #restart(index: number, awayMs: number): void {
    this.#processes[index]?.kill();
    this.#disturbedUntil = this.time.now + awayMs + 30_000;
    this.time.after(awayMs, () => {
      const process = new SimulatedProcess(this.#around);
      this.#processes[index] = process;
      process.start();
    });
  }

  #meet(incident: Incident): void {
    const { now } = this.time;
    switch (incident.kind) {
      case 'propose':
        return this.#propose(incident);
      case 'kill':
        return this.#restart(incident.process, incident.awayMs);
      case 'crash': {
        const owner = this.#processes[incident.process]?.owner;
        const crash = () => this.#restart(incident.process, incident.awayMs);
        if (owner) this.#crashes.set(owner, { calls: incident.atCall, when: incident.when, crash });
        return;
      }
      case 'pause':
        return this.#processes[incident.process]?.pause(incident.forMs);
      case 'cut':
        this.#cuts.push({ ...incident, until: now + incident.forMs });
        if (incident.from === 'database' && incident.process === 'all' && incident.share === 1)
          this.#expectEnd(incident);
        return;
      case 'outage':
        this.#around.service.outages.push({ from: now, until: now + incident.forMs });
        return this.#expectEnd(incident);
      case 'unseen':
        this.#around.service.unseen.push({ from: now, until: now + incident.forMs });
        return this.#expectEnd(incident);
      default:
        return this.#ask(incident);
    }
  }

  #propose({ quorum, whenBusy, cluster, faultMs }: Extract<Incident, { kind: 'propose' }>): void {
    const id = `r-${String(this.#runIds.length + 1).padStart(6, '0')}` as RunId;
    this.#runIds.push(id);
    const { now } = this.time;
    const sample = sampleProposal();
    const proposed = sampleProposed({
      cluster: { ...sample.cluster, name: `aks-${cluster}` },
      fault: { action: 'pod-failure', mode: 'one', durationMs: faultMs },
      baselineMs: 10_000,
      recoveryLimitMs: 20_000,
      approvalRule: sampleRule(people, { quorum }),
      conditions: { whenBusy, checks: [] },
      proposedAt: now,
      expiresAt: now + 120_000,
    });
    this.database.create(id, proposed);
  }

  /** A person asks one of the processes. One that is dead answers nobody. */
  #ask(incident: Asked): void {
    const process = this.#processes[incident.process];
    if (!process || process.owner.dead) return;
    const { deps } = process;
    const [first] = people.slice(1);
    if (!first) throw new Error('Nobody is there.');
    const ask = async (): Promise<unknown> => {
      if (incident.kind === 'freeze')
        return incident.isLifted
          ? unfreeze({ by: first, origin }, deps)
          : freeze({ by: first, via }, deps);
      const runId = this.#runIds[incident.run];
      if (!runId) return undefined;
      if (incident.kind === 'stop') {
        this.#expectStop(runId, process);
        const request = { by: first, via, all: false, runIds: [runId], conversationId: '' };
        return stopRun(request, { ...deps, judge: () => Promise.resolve('allowed') });
      }
      const by = people[incident.by] ?? first;
      const digest = incident.isRight ? this.database.runs.get(runId)?.run.digest : 'f00';
      const request = { runId, digest: digest as never, decision: incident.decision, by, via };
      return decideApproval(request, deps);
    };
    process.do(ask).catch(() => undefined);
  }

  /** A fault during which nothing is seen of its pods, of the service, or of the database is ended, where all else is well meanwhile. */
  #expectEnd({ kind, forMs }: Incident & { readonly forMs: number }): void {
    const withinMs = kind === 'cut' ? silenceWithinMs : guardWithinMs;
    const { time, azure } = this;
    const [active] = azure.active();
    if (!active || forMs < withinMs) return;
    const since = time.now;
    const others = this.#cuts.filter(({ at }) => startOfTime + at !== since);
    const isIll = ({ owner }: SimulatedProcess) => owner.dead || owner.pausedUntil > since - 20_000;
    let isWell = since >= this.#disturbedUntil;
    const look = () => {
      const isCut = this.#cuts.some(
        (cut) => cut.until > since && (others.includes(cut) || startOfTime + cut.at > since),
      );
      if (isCut || this.#processes.some(isIll)) isWell = false;
      if (time.now - since < withinMs) return void time.after(100, look);
      const isOver = toEnd(active) <= time.now + 1_000;
      const what = `${active.run.id}: ${kind} of ${forMs} ms, and its fault went on`;
      if (isWell) this.onlooker.must(isOver, what);
    };
    look();
  }

  /** A fault that is active when a person says stop is over soon, where the process that was asked lives and reaches Azure meanwhile. */
  #expectStop(runId: RunId, { owner }: SimulatedProcess): void {
    const { time, azure } = this;
    const askedAt = time.now;
    const active = azure.active().find(({ run }) => run.id === runId);
    if (!active) return;
    let isReachable = true;
    const look = () => {
      const isCut = this.#cuts.some(({ from, until }) => from === 'azure' && time.now < until);
      if (isCut || owner.dead || owner.pausedUntil > time.now) isReachable = false;
      if (time.now - askedAt < stopWithinMs) return void time.after(50, look);
      if (isReachable)
        this.onlooker.must(
          toEnd(active) <= time.now + 1_000,
          `${runId} was stopped and its fault went on`,
        );
    };
    look();
  }
}
