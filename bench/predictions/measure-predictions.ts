import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  createScript,
  lengthOf,
  readTrueP99,
  tellTruths,
  type ScriptPart,
} from '../../test/support/scoring-script.ts';
import type { Comparison } from '../comparison.ts';
import type { Measured, Settings } from './measure.ts';
import { hasWrk, runWrk } from './wrk.ts';

const seed = 20_261_123;
/** Autocannon knows whole seconds only. */
const timeoutMs = 1_000;
const rates = [10, 100, 1_000] as const;

/** What the prober says of a scripted scoring server, and what it costs, beside load generators that are given the same. */
export async function measurePredictions(
  outageMs: number,
  say: (line: string) => void,
): Promise<Comparison[]> {
  const server = start('serve.ts', []);
  try {
    const uri = await readLine(server);
    const play = (script: readonly ScriptPart[]) => void server.send([...script]);
    const truthful = await compareWithTruth({ uri, outageMs, play, say });
    const costs: Comparison[] = [];
    for (const rate of rates)
      costs.push(await compareCost({ uri, rate, fresh: true, outageMs, say }));
    costs.push(await compareCost({ uri, rate: 1_000, fresh: false, outageMs, say }));
    for (const fresh of [true, false])
      costs.push(await compareWithUndici({ uri, fresh, outageMs, say }));
    for (const disturbance of disturbances)
      costs.push(await compareDisturbed(disturbance, { uri, outageMs, say }));
    return [...truthful, ...costs];
  } finally {
    server.kill();
  }
}

type Truthfulness = {
  readonly uri: string;
  readonly outageMs: number;
  readonly play: (script: readonly ScriptPart[]) => void;
  readonly say: (line: string) => void;
};

/** The same script for each tool in turn. */
async function compareWithTruth({ uri, outageMs, play, say }: Truthfulness): Promise<Comparison[]> {
  const script = createScript(seed, outageMs);
  const asked = { uri, ratePerSecond: 100, timeoutMs, durationMs: lengthOf(script), fresh: true };
  // As they are used: connections are kept.
  const theirs = { ...asked, fresh: false };
  const ours = await run('ours', asked, () => play(script));
  const cannon = await run('autocannon', theirs, () => play(script));
  const peers = [['autocannon', cannon] as [string, Measured]];
  if (await hasWrk()) {
    play(script);
    peers.push(['wrk', await runWrk(theirs)]);
  } else say('  wrk is not on this machine (apt install wrk); it is left out.');
  const truths = tellTruths(script, asked);
  const good = truths.filter(({ outcome }) => outcome === 'good').length;
  const truth = { availability: good / truths.length, p99Ms: readTrueP99(truths) };
  const toComparisons = ([peer, their]: [string, Measured]): Comparison[] => [
    {
      name: `availability, in truth ${truth.availability.toFixed(3)}`,
      unit: 'share',
      peer,
      ours: ours.good / ours.sent,
      theirs: their.good / their.sent,
      notes: { truth: truth.availability, sent: ours.sent, theirsSent: their.sent },
    },
    {
      name: `p99 of right answers, in truth ${truth.p99Ms}`,
      unit: 'ms',
      peer,
      ours: ours.p99Ms,
      theirs: their.p99Ms,
      notes: { truth: truth.p99Ms, scheduleErrorP99Ms: ours.schedule?.p99ErrorMs ?? NaN },
    },
  ];
  return peers.flatMap(toComparisons);
}

/** What a rate costs with a server that answers well, and how well it is kept. */
async function compareCost({
  uri,
  rate,
  fresh,
  outageMs,
  say,
}: {
  uri: string;
  rate: number;
  fresh: boolean;
  outageMs: number;
  say: (line: string) => void;
}): Promise<Comparison> {
  const asked = { uri, ratePerSecond: rate, timeoutMs, durationMs: 5 * outageMs, fresh };
  const ours = await run('ours', asked, () => undefined);
  const theirs = await run('autocannon', asked, () => undefined);
  const { p50ErrorMs = NaN, p99ErrorMs = NaN, missed = NaN } = ours.schedule ?? {};
  const connections = fresh ? 'over fresh connections' : 'over kept connections';
  const cpu = ({ cpuMs, sent }: Measured) => cpuMs / sent;
  say(
    `  ${rate}/s ${connections}: ${ours.sent} sent, ${ours.good} good, ${missed} missed; schedule error p50 ${p50ErrorMs} ms, p99 ${p99ErrorMs} ms; ` +
      `CPU for 1,000: ours ${cpu(ours).toFixed(2)} s, autocannon ${cpu(theirs).toFixed(2)} s (${theirs.sent} sent)`,
  );
  return {
    name: `predictions for a second of CPU at ${rate}/s ${connections}`,
    unit: 'count',
    peer: 'autocannon, closed loop',
    ours: 1_000 / cpu(ours),
    theirs: 1_000 / cpu(theirs),
    notes: { p50ErrorMs, p99ErrorMs, missed, p99Ms: ours.p99Ms, theirsP99Ms: theirs.p99Ms },
  };
}

/** What scheduling, judging and reporting cost above the bare client; the least of three runs each, in turn. */
async function compareWithUndici({
  uri,
  fresh,
  outageMs,
  say,
}: Pick<Truthfulness, 'uri' | 'outageMs' | 'say'> & { fresh: boolean }): Promise<Comparison> {
  const rate = 500;
  const asked = { uri, ratePerSecond: rate, timeoutMs, durationMs: 5 * outageMs, fresh };
  const costs: Record<'ours' | 'undici', number[]> = { ours: [], undici: [] };
  for (const which of ['ours', 'undici', 'undici', 'ours', 'ours', 'undici'] as const) {
    const { cpuMs, sent } = await run(which, asked, () => undefined);
    costs[which].push(cpuMs / sent);
  }
  const [ours, theirs] = [Math.min(...costs.ours), Math.min(...costs.undici)];
  const connections = fresh ? 'over fresh connections' : 'over kept connections';
  say(
    `  ${rate}/s ${connections}: CPU for 1,000 predictions ${ours.toFixed(2)} s, a bare undici loop ` +
      `${theirs.toFixed(2)} s: ${(ours / theirs).toFixed(2)} times`,
  );
  return {
    name: `predictions for a second of CPU at ${rate}/s ${connections}`,
    unit: 'count',
    peer: 'a bare undici loop',
    ours: 1_000 / ours,
    theirs: 1_000 / theirs,
    notes: { times: ours / theirs },
  };
}

/** What goes on beside the predictions, which must leave when they are due all the same. */
const disturbances = [
  { beside: 'samples on disk', rate: 1_000, fresh: false, settings: { samples: true } },
  {
    beside: 'the main thread blocked for 2 s',
    rate: 500,
    fresh: true,
    settings: { blockMainMs: 2_000 },
  },
  {
    beside: 'reports and their pictures written all the time',
    rate: 100,
    fresh: true,
    settings: { reportPauseMs: 0 },
  },
  {
    beside: 'a report and its picture written every three seconds',
    rate: 100,
    fresh: true,
    settings: { reportPauseMs: 2_500 },
  },
] as const;

/** The better of two runs each, in turn. */
async function compareDisturbed(
  { beside, rate, fresh, settings }: (typeof disturbances)[number],
  { uri, outageMs, say }: Pick<Truthfulness, 'uri' | 'outageMs' | 'say'>,
): Promise<Comparison> {
  const asked = { uri, ratePerSecond: rate, timeoutMs, durationMs: 5 * outageMs, fresh };
  const errors: Record<'disturbed' | 'free', number[]> = { disturbed: [], free: [] };
  for (const kind of ['disturbed', 'free', 'free', 'disturbed'] as const) {
    const more = kind === 'disturbed' ? settings : {};
    const { schedule } = await run('ours', { ...asked, ...more }, () => undefined);
    errors[kind].push(schedule?.p99ErrorMs ?? NaN);
  }
  const [disturbed, free] = [Math.min(...errors.disturbed), Math.min(...errors.free)];
  say(`  ${rate}/s: schedule error p99 ${disturbed} ms with ${beside}, ${free} ms without`);
  return {
    name: `schedule kept at ${rate}/s with ${beside}`,
    unit: '1 / error p99 in ms',
    peer: 'without',
    ours: 1 / disturbed,
    theirs: 1 / free,
    notes: { p99ErrorMs: disturbed, freeP99ErrorMs: free },
  };
}

async function run(
  which: 'ours' | 'autocannon' | 'undici',
  settings: Settings,
  begin: () => void,
): Promise<Measured> {
  const child = start('measure.ts', [which, JSON.stringify(settings)]);
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${which} ended without a result`);
  });
  const next = () => Promise.race([once(child, 'message'), ended]);
  await next();
  begin();
  child.send('go');
  const [measured] = (await next()) as [Measured];
  return measured;
}

function start(script: string, words: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc'] as const;
  return spawn(process.execPath, [path, ...words], { stdio: [...stdio] });
}

async function readLine({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('no output');
  const [line] = (await once(createInterface(stdout), 'line')) as [string];
  return line;
}
