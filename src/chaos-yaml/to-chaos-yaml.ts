import type { Access } from '../domain/access.ts';
import type { ApprovalRule, ApproverRole } from '../domain/approval-rule.ts';
import type { Catalogue, GoldenPrediction } from '../domain/catalogue.ts';
import { joinConditions, type Conditions } from '../domain/conditions.ts';
import type { ReadChaosYaml } from './chaos-yaml-schema.ts';
import { listChecks } from './check-references.ts';
import { approversRole } from './check-roles.ts';
import { listMetricHeaders, toMetrics } from './metric-schema.ts';
import type { AccessNames, ReadConditions, StricterApprovals } from './policy-schema.ts';
import { toScoring } from './scoring-schema.ts';
import { findOwn } from '../domain/find-own.ts';

/** chaos.yaml as read: the catalogue, and apart from it the keys that must never reach a proposal or the journal. */
export type ChaosYaml = {
  readonly catalogue: Catalogue;
  readonly scoringKeys: ReadonlyMap<string, string>;
  /** The headers of metrics, by `toHeadersKey`. */
  readonly metricHeaders: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The headers of outside checks, by the name of the check. */
  readonly checkHeaders: ReadonlyMap<string, Readonly<Record<string, string>>>;
};

const noRole = { people: [], groups: [] };

/** Puts what was read into the words of the domain, with each name beside its entry. */
export function toChaosYaml(
  read: ReadChaosYaml,
  goldens: ReadonlyMap<string, readonly GoldenPrediction[]>,
): ChaosYaml {
  const named = <Entry>(entries: Record<string, Entry>) =>
    Object.entries(entries).map(([name, entry]) => Object.assign({ name }, entry));
  const keys = Object.entries(read.services).flatMap(([name, { scoring }]) =>
    scoring.key === undefined ? [] : [[name, scoring.key] as const],
  );
  const services = named(read.services).map(({ scoring, metrics, longestOutage, ...rest }) => ({
    ...rest,
    ...(longestOutage === undefined ? {} : { longestOutageMs: longestOutage }),
    ...(metrics ? { metrics: toMetrics(metrics) } : {}),
    scoring: toScoring(scoring, goldens.get(rest.name) ?? scoring.golden ?? []),
  }));
  const { approvers, expiresAfter, remindBefore, from, quorum, startWithin } = read.approvals;
  const toRoles = (names: readonly string[] = []): ApproverRole[] =>
    names.map((name) => ({
      name,
      ...(findOwn(read.roles, name) ?? noRole),
    }));
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
  const plain = approvers ? [{ name: approversRole, people: approvers, groups: [] }] : [];
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
