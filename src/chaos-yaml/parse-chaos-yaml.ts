import { dirname, join } from 'node:path';
import { isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import type { z } from 'zod';
import { chaosYamlSchema, knownKeys } from './chaos-yaml-schema.ts';
import { listChecks } from './check-references.ts';
import type { AccessNames, ReadConditions, StricterApprovals } from './policy-schema.ts';
import type { Access } from '../domain/access.ts';
import type { ApprovalRule, ApproverRole } from '../domain/approval-rule.ts';
import type { Catalogue, GoldenPrediction } from '../domain/catalogue.ts';
import { joinConditions, type Conditions } from '../domain/conditions.ts';
import { findNearestWord } from '../domain/nearest-word.ts';
import { listMetricHeaders, toMetrics } from './metric-schema.ts';
import { readGoldenFile } from './golden-file.ts';
import { toScoring } from './scoring-schema.ts';

/** chaos.yaml as read: the catalogue, and apart from it the keys that must never reach a proposal or the journal. */
export type ChaosYaml = {
  readonly catalogue: Catalogue;
  readonly scoringKeys: ReadonlyMap<string, string>;
  /** The headers of metrics, by `toHeadersKey`. */
  readonly metricHeaders: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The headers of outside checks, by the name of the check. */
  readonly checkHeaders: ReadonlyMap<string, Readonly<Record<string, string>>>;
};

/** One thing that is wrong, with where: `chaos.yaml:12: experiments.pod-failure.mode: ...`. */
export type ConfigProblem = string;

/**
 * Reads the text of chaos.yaml, and the golden files beside it; `${NAME}` in a value stands for an environment variable. Gives every
 * problem at once.
 */
export function parseChaosYaml(
  text: string,
  { fileName, env }: { fileName: string; env: Readonly<Record<string, string | undefined>> },
): { value: ChaosYaml } | { problems: readonly ConfigProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number | undefined) =>
    `${fileName}:${offset === undefined ? 1 : lines.linePos(offset).line}`;
  const syntax = document.errors.map(
    (error) => `${at(error.pos[0])}: ${error.message.split('\n')[0]}`,
  );
  if (syntax.length > 0) return { problems: syntax };
  const missing = interpolate(document, env).map(
    ({ name, offset }) => `${at(offset)}: the environment variable ${name} is not set`,
  );
  const parsed = chaosYamlSchema.safeParse(document.toJS());
  if (parsed.success && missing.length === 0) return withGoldenFiles(parsed.data, fileName);
  const invalid = (parsed.error?.issues ?? []).flatMap((issue) =>
    describe(issue).map(
      ({ path, message }) => `${at(findOffset(document, path))}: ${path.join('.')}: ${message}`,
    ),
  );
  return { problems: [...missing, ...(missing.length > 0 ? [] : invalid)] };
}

function interpolate(document: Document, env: Readonly<Record<string, string | undefined>>) {
  const missing: { name: string; offset: number | undefined }[] = [];
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string') return;
      node.value = node.value.replaceAll(/\$\{([A-Z][A-Z0-9_]*)\}/g, (_match, name: string) => {
        if (!env[name]) missing.push({ name, offset: node.range?.[0] });
        return env[name] ?? '';
      });
    },
  });
  return missing;
}

function describe(issue: z.ZodIssue): { path: (string | number)[]; message: string }[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => {
    const nearest = findNearestWord(key, knownKeys);
    return {
      path: [...issue.path, key],
      message: `unknown key${nearest ? `; did you mean "${nearest}"?` : ''}`,
    };
  });
}

/** Where the value at `path` stands, or the nearest one around it. */
function findOffset(document: Document, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isScalar(node) || (node && typeof node === 'object' && 'range' in node)) {
      return (node as { range?: [number, number, number] | null }).range?.[0];
    }
  }
  return undefined;
}

/** Each golden file is read once all else is right. */
function withGoldenFiles(
  read: z.output<typeof chaosYamlSchema>,
  fileName: string,
): ReturnType<typeof parseChaosYaml> {
  const problems: ConfigProblem[] = [];
  const goldens = new Map<string, readonly GoldenPrediction[]>();
  for (const [name, { scoring }] of Object.entries(read.services)) {
    if (scoring.goldenFile === undefined) continue;
    const file = readGoldenFile(join(dirname(fileName), scoring.goldenFile));
    if ('problems' in file) problems.push(...file.problems);
    else goldens.set(name, file.value);
  }
  return problems.length > 0 ? { problems } : { value: toChaosYaml(read, goldens) };
}

const noRole = { people: [], groups: [] };

function toChaosYaml(
  read: z.output<typeof chaosYamlSchema>,
  goldens: ReadonlyMap<string, readonly GoldenPrediction[]>,
): ChaosYaml {
  const named = <Entry>(entries: Record<string, Entry>) =>
    Object.entries(entries).map(([name, entry]) => Object.assign({ name }, entry));
  const keys = Object.entries(read.services).flatMap(([name, { scoring }]) =>
    scoring.key === undefined ? [] : [[name, scoring.key] as const],
  );
  const services = named(read.services).map(({ scoring, metrics, ...rest }) => ({
    ...rest,
    ...(metrics ? { metrics: toMetrics(metrics) } : {}),
    scoring: toScoring(scoring, goldens.get(rest.name) ?? scoring.golden ?? []),
  }));
  const { approvers, expiresAfter, remindBefore, from, quorum, startWithin } = read.approvals;
  const toRoles = (names: readonly string[] = []): ApproverRole[] =>
    names.map((name) => ({ name, ...(read.roles[name] ?? noRole) }));
  const toRule = (stricter: StricterApprovals): ApprovalRule => ({
    quorum: stricter.quorum ?? 1,
    roles: toRoles(stricter.from),
    startWithinMs: stricter.startWithin ?? startWithin,
  });
  const toAccess = (asked: AccessNames): Access =>
    Object.fromEntries(Object.entries(asked).map(([deed, names]) => [deed, toRoles(names)]));
  const withRules = <
    Entry extends {
      approvals?: StricterApprovals;
      access?: AccessNames;
      conditions?: ReadConditions;
    },
  >({
    approvals,
    access,
    conditions,
    ...rest
  }: Entry) => ({
    ...rest,
    ...(approvals ? { approvalRule: toRule(approvals) } : {}),
    ...(access ? { access: toAccess(access) } : {}),
    ...(conditions ? { conditions: toConditions(conditions) } : {}),
  });
  const plain = approvers ? [{ name: 'approver', people: approvers, groups: [] }] : [];
  const rule = toRule({ quorum, startWithin, ...(from ? { from } : {}) });
  return {
    catalogue: {
      clusters: named(read.clusters).map(withRules),
      services,
      experiments: named(read.experiments).map(withRules),
      approvals: {
        rule: { ...rule, roles: [...plain, ...rule.roles] },
        expiresAfterMs: expiresAfter,
        remindBeforeMs: remindBefore ?? expiresAfter / 3,
      },
      limits: read.limits,
      access: toAccess(read.access),
      ...(read.calendar ? { calendar: read.calendar } : {}),
      conditions: joinConditions({ whenBusy: 'refuse', checks: [] }, toConditions(read.conditions)),
      ...(read.breakGlass ? { breakGlass: toRule(read.breakGlass) } : {}),
    },
    scoringKeys: new Map(keys),
    metricHeaders: new Map(
      Object.entries(read.services).flatMap(([name, { metrics }]) =>
        listMetricHeaders(name, metrics ?? {}),
      ),
    ),
    checkHeaders: new Map(
      listChecks(read).flatMap(({ name, headers }) => (headers ? [[name, headers] as const] : [])),
    ),
  };
}

/** Without headers: they may hold secrets, and conditions become part of proposals. */
function toConditions({ whenBusy, coolDown, checks }: ReadConditions): Partial<Conditions> {
  return {
    ...(whenBusy ? { whenBusy } : {}),
    ...(coolDown === undefined ? {} : { coolDownMs: coolDown }),
    ...(checks
      ? {
          checks: checks.map(({ headers: _headers, json, ...check }) => ({
            ...check,
            ...(json ? { json } : {}),
          })),
        }
      : {}),
  };
}
