import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ObjectId, RunId } from '../../src/domain/ids.ts';
import type { Person } from '../../src/domain/person.ts';
import { toDigest } from '../../src/domain/proposal.ts';
import type { Run } from '../../src/domain/run.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { decideApproval, type DecideDeps } from '../../src/runs/decide-approval.ts';
import { expireProposals } from '../../src/runs/expire-proposals.ts';
import { freeze, unfreeze, type FreezeDeps } from '../../src/runs/freeze.ts';
import { stopRun } from '../../src/runs/stop/stop-run.ts';
import type { Checkpoint } from '../../src/runs/ports/checkpoint-store.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { openToAll } from '../support/open-to-all.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';
import {
  approver,
  origin,
  proposer,
  sampleProposal,
  sampleProposed,
  sampleRule,
  sha256,
  startOfTime,
} from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

/** What people, time and crashes do, in an order that nobody thought of. Numbers choose among the runs there are. */
type Step =
  | {
      readonly do: 'propose';
      readonly quorum: number;
      readonly whenBusy: 'refuse' | 'queue';
    }
  | {
      readonly do: 'approve' | 'reject';
      readonly run: number;
      readonly by: number;
      readonly isRight: boolean;
    }
  | { readonly do: 'stop'; readonly run: number }
  | { readonly do: 'freeze' | 'unfreeze' | 'expire' }
  | { readonly do: 'erase'; readonly whom: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'conduct'; readonly run: number; readonly killAt: number };

const at = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('propose' as const),
      quorum: fc.integer({ min: 1, max: 3 }),
      whenBusy: fc.constantFrom('refuse' as const, 'queue' as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'approve' as const,
        'approve' as const,
        'approve' as const,
        'reject' as const,
      ),
      run: at,
      by: fc.nat(4),
      isRight: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), run: at }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'freeze' as const,
        'unfreeze' as const,
        'unfreeze' as const,
        'expire' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), whom: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.integer({ min: 1_000, max: 1_200_000 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('conduct' as const), run: at, killAt: fc.nat(40) }),
  },
);

/** The proposer stands among them: they must never count. */
const people: Person[] = [
  proposer,
  ...[1, 2, 3, 4].map((number) => ({
    ...approver,
    id: `44444444-0000-4000-8000-00000000000${number}` as ObjectId,
    name: `Approver ${number}`,
  })),
];
const conducted: readonly string[] = ['baseline', 'inject', 'observe', 'recover'];
const via = { kind: 'card' } as const;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe.each([embeddedDatabase(), serverDatabase()])('whatever happens, in $name', (database) => {
  let store: Store;
  let now = startOfTime;
  /** Whose time is everybody's while a run is conducted. */
  let conducting: Stage | undefined;
  let proposed = 0;
  let worlds = 0;

  beforeAll(async () => {
    const clock = { now: () => conducting?.now ?? now, sleep: () => Promise.resolve() };
    store = await openStore({ ...(await database.start()), clock, sha256, log });
  });
  afterAll(async () => {
    await store.close();
    await database.stop();
  });

  /** One world of runs on one cluster, with what an onlooker writes down of it. */
  class World {
    readonly cluster = `aks-${(worlds += 1)}`;
    readonly runs: Run[] = [];
    readonly stages = new Map<RunId, Stage>();
    /** Who has approved what, as the onlooker saw it: right digest, in time, not frozen, not the proposer. */
    readonly approvedBy = new Map<RunId, Set<string>>();
    frozen = false;
    /** What must never be, and was. */
    readonly violations: string[] = [];

    must(isTrue: boolean, what: string): void {
      if (!isTrue) this.violations.push(what);
    }

    deps(stage: Stage): FreezeDeps & DecideDeps {
      return {
        ...stage.deps(),
        runs: store.runs,
        freezes: store.freezes,
        intents: openToAll.intents,
        membership: { memberOf: () => Promise.resolve([]) },
        roster: { isMember: () => Promise.resolve(false) },
        catalogue: {
          ...openToAll.catalogue,
          approvals: { rule: sampleRule(people), expiresAfterMs: 1 },
        } as never,
        clock: { now: () => now, sleep: () => Promise.resolve() },
      };
    }

    anyStage(): Stage {
      return this.stages.values().next().value ?? new Stage();
    }

    async propose({ quorum, whenBusy }: { quorum: number; whenBusy: 'refuse' | 'queue' }) {
      proposed += 1;
      const id = `r-${String(proposed).padStart(6, '0')}` as RunId;
      const change = {
        cluster: { ...sampleProposal().cluster, name: this.cluster },
        approvalRule: sampleRule(people, { quorum }),
        conditions: { whenBusy, checks: [] },
        proposedAt: now,
        expiresAt: now + 1_800_000,
      };
      const run = await store.runs.create(id, sampleProposed(change));
      if (!run) throw new Error('the id was taken');
      this.runs.push(run);
      this.stages.set(id, new Stage(change));
      this.approvedBy.set(id, new Set());
    }

    async decide(run: Run, by: Person, { do: decision, isRight }: Extract<Step, { by: number }>) {
      const digest = isRight ? run.digest : ('f00' as never);
      const before = await store.runs.find(run.id);
      const request = { runId: run.id, digest, decision, by, via };
      const { refusal } = await decideApproval(request, this.deps(this.anyStage()));
      if (refusal !== undefined || decision === 'reject') return;
      this.must(isRight, 'an approval of another digest counted');
      this.must(by.id !== proposer.id, 'the proposer approved');
      this.must(!this.frozen, 'an approval counted while everything was frozen');
      this.must(now < run.proposal.expiresAt, 'an approval counted after the expiry');
      this.must(before?.phase === 'proposed', 'an approval counted after the decision');
      this.approvedBy.get(run.id)?.add(by.id);
    }

    /** A worker takes the job: once with a crash in the middle, then to the end. */
    async conduct(run: Run, killAt: number): Promise<void> {
      const stage = this.stages.get(run.id);
      if (!stage) throw new Error('no stage');
      stage.now = now;
      const deps = () => {
        const { checkpoints, ...others } = stage.deps();
        return {
          ...others,
          runs: stage.through(store.runs),
          claims: store.claims,
          // The stage knows nothing of the store's claims.
          checkpoints: {
            ...checkpoints,
            save: (id: RunId, checkpoint: Checkpoint) => checkpoints.save(id, checkpoint),
          },
        };
      };
      const starts = stage.executions.length;
      conducting = stage;
      if (killAt > 0) stage.killAt(killAt, killAt % 2 === 0 ? 'before' : 'after');
      const never = new AbortController().signal;
      await conductRun(run.id, deps(), never).catch(() => undefined);
      for (let attempt = 0; stage.killed && attempt < 5; attempt += 1) {
        stage.restart();
        await conductRun(run.id, deps(), never).catch(() => undefined);
      }
      conducting = undefined;
      now = Math.max(now, stage.now);
      if (stage.executions.length === starts) return;
      const enough = this.approvedBy.get(run.id)?.size ?? 0;
      this.must(enough >= run.proposal.approvalRule.quorum, 'a start without its approvals');
      this.must(!this.frozen, 'a start while everything was frozen');
    }

    async take(given: Step): Promise<void> {
      const run = 'run' in given ? this.runs[given.run % Math.max(1, this.runs.length)] : undefined;
      const deps = this.deps(this.anyStage());
      if (given.do === 'propose') return this.propose(given);
      if (given.do === 'wait') now += given.ms;
      if (given.do === 'erase') await store.names.erase(people[given.whom]!.id);
      if (given.do === 'expire') await expireProposals(deps);
      if (given.do === 'freeze') {
        await freeze({ by: approver, via }, deps);
        this.frozen = true;
      }
      if (given.do === 'unfreeze') {
        await unfreeze({ by: people[1]!, origin }, deps);
        this.frozen = false;
      }
      if (!run) return;
      if (given.do === 'stop')
        await stopRun(
          { by: approver, via, all: false, runIds: [run.id], conversationId: '' },
          { ...deps, judge: openToAll.judge },
        );
      if (given.do === 'approve' || given.do === 'reject')
        await this.decide(run, people[given.by]!, given);
      if (given.do === 'conduct') await this.conduct(run, given.killAt);
    }

    /** What must be true of every run, whatever has happened. */
    async check(): Promise<void> {
      let going = 0;
      for (const { id } of this.runs) {
        const types = (await store.runs.journal(id)).map(({ event }) => event.type);
        const stage = this.stages.get(id);
        const count = (type: string) => types.filter((one) => one === type).length;
        this.must((stage?.executions.length ?? 0) <= 1, 'a run was started twice in Azure');
        this.must(count('start-requested') <= 1, 'a start was asked for twice');
        this.must(count('ended') <= 1, 'a run ended twice');
        const phase = (await store.runs.find(id))?.phase;
        if (phase && conducted.includes(phase)) going += 1;
        if (count('ended') === 0) continue;
        this.must(types.at(-1) === 'ended', 'something happened after the end');
        this.must(stage?.faultActive === false, 'a run ended with its fault active');
      }
      this.must(going <= 1, 'two runs went on on one cluster');
    }
  }

  test('nothing starts without its approvals, nothing twice, every run ends once, and the journal is whole', async () => {
    let started = 0;
    // A world that has begun comes to its end: one cut off in the middle would meet a closed database.
    const noNewWorldAfter = performance.now() + 45_000;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        if (started > 0 && performance.now() > noNewWorldAfter) return;
        const world = new World();
        await store.freezes.unfreeze({ at: now, by: { name: 'the test' } });
        await world.propose({ quorum: 1, whenBusy: 'queue' });
        for (const given of steps) {
          await world.take(given);
          await world.check();
          expect(world.violations).toEqual([]);
        }
        started += Array.from(world.stages.values(), ({ executions }) => executions.length).reduce(
          (sum, one) => sum + one,
          0,
        );
        // Whatever is still going on ends when it is conducted to its end.
        // Those that wait for their turn get it when those before them are over.
        for (const _turn of world.runs) for (const run of world.runs) await world.conduct(run, 0);
        for (const run of world.runs) {
          const after = await store.runs.find(run.id);
          expect(['proposed', 'ended']).toContain(after?.phase);
          expect(after && toDigest(after.proposal, sha256)).toBe(run.digest);
        }
        await world.check();
        expect(world.violations).toEqual([]);
      }),
      { numRuns: 60 },
    );
    expect((await store.runs.verify()).problem).toBeUndefined();
    // A test in which nothing ever starts would prove nothing.
    expect(started).toBeGreaterThan(0);
  });
});
