import type { StricterApprovals } from './policy-schema.ts';
import { wordUnknownName, type Problem } from './problem.ts';
import type { Salvaged } from './salvage.ts';
import { findOwn } from '../domain/find-own.ts';

/** The role that `approvals.approvers` is read as. */
export const approversRole = 'approver';

type AskedRoles = {
  readonly at: readonly string[];
  readonly names: readonly string[];
  readonly isForAccess?: true;
};

/** Every role that is asked for must be there, and none may have the name of the approvers, whose place it would take. */
export function checkRoleNames(read: Salvaged): Problem[] {
  const message = `is what the people under approvals are called; choose another name`;
  const taken = read.names.roles.includes(approversRole)
    ? [{ path: ['roles', approversRole], message }]
    : [];
  return [...taken, ...checkAskedRoles(read)];
}

function checkAskedRoles(read: Salvaged): Problem[] {
  return listAskedRoles(read).flatMap(({ at, names, isForAccess }) =>
    names.flatMap((name, index) => {
      const message = findRoleProblem(name, isForAccess === true, read);
      return message === undefined ? [] : [{ path: [...at, index], message }];
    }),
  );
}

function listAskedRoles({ approvals, access, breakGlass, ...read }: Salvaged): AskedRoles[] {
  const entries = (['clusters', 'experiments'] as const).flatMap((section) =>
    Object.entries(read[section]).flatMap(([name, entry]) => [
      { at: [section, name, 'approvals', 'from'], names: entry.approvals?.from ?? [] },
      ...listAccessRoles([section, name, 'access'], entry.access ?? {}),
    ]),
  );
  return [
    { at: ['approvals', 'from'], names: approvals?.from ?? [] },
    { at: ['breakGlass', 'from'], names: breakGlass?.from ?? [] },
    ...listAccessRoles(['access'], access ?? {}),
    ...entries,
  ];
}

function listAccessRoles(
  at: readonly string[],
  access: Readonly<Record<string, readonly string[] | undefined>>,
): AskedRoles[] {
  return Object.entries(access).map(([permission, names = []]) => ({
    at: [...at, permission],
    names,
    isForAccess: true,
  }));
}

function findRoleProblem(name: string, isForAccess: boolean, { roles, names }: Salvaged) {
  if (!names.roles.includes(name)) return wordUnknownName('role', name, names.roles);
  const role = findOwn(roles, name);
  return isForAccess && role?.channelMembers
    ? 'members of a channel are only known at a run, so they can approve and nothing else; name people or groups'
    : undefined;
}

/** A rule for approvals that stands somewhere, and where its quorum does. */
type Rule = { readonly at: readonly string[] } & StricterApprovals;

/** No rule may ask for more people than there are: not the one for all, nor what clusters and experiments add to it. */
export function checkQuorums(read: Salvaged): Problem[] {
  const { approvals, breakGlass, clusters, services, experiments } = read;
  const ours = approvals && { ...approvals, at: ['approvals'] };
  const problems = breakGlass ? checkQuorum([{ ...breakGlass, at: ['breakGlass'] }], read) : [];
  if (!ours) return problems;
  const people = (approvals.approvers ?? []).map(({ id }) => id);
  const rulesOf = (section: string, name: string, own?: StricterApprovals): Rule[] =>
    own ? [{ ...own, at: [section, name, 'approvals'] }] : [];
  const chains = Object.entries(experiments).map(([name, { service, approvals: own }]) => {
    const cluster = findOwn(services, service)?.cluster ?? '';
    const found = findOwn(clusters, cluster);
    const byCluster = rulesOf('clusters', cluster, found?.approvals);
    return [ours, ...byCluster, ...rulesOf('experiments', name, own)];
  });
  const missing = [[ours], ...chains].flatMap((rules) => checkQuorum(rules, read, people));
  return [...problems, ...missing].filter(
    ({ path }, index, all) =>
      all.findIndex((other) => other.path.join('.') === path.join('.')) === index,
  );
}

/** Of rules that all apply, the greatest quorum holds, for the people of all their roles together. */
function checkQuorum(
  rules: readonly Rule[],
  read: Salvaged,
  approvers: readonly string[] = [],
): Problem[] {
  const people = listPeople(
    rules.flatMap(({ from = [] }) => from),
    read,
  );
  const [strictest] = rules.toSorted((one, other) => (other.quorum ?? 1) - (one.quorum ?? 1));
  if (!people || !strictest) return [];
  const all = new Set([...approvers, ...people]);
  const message = findQuorumProblem(strictest.quorum ?? 1, all, listProposers(read));
  return message === undefined ? [] : [{ path: [...strictest.at, 'quorum'], message }];
}

function findQuorumProblem(
  needed: number,
  approvers: ReadonlySet<string>,
  proposers: readonly string[] | undefined,
): string | undefined {
  const count = approvers.size;
  if (needed > count)
    return `${needed} people must approve, but only ${count} can; name more approvers, or lower the quorum`;
  if (needed < count || !proposers?.every((id) => approvers.has(id))) return undefined;
  return `${needed} people must approve beside the proposer, but everybody who may propose is one of the ${count} who can approve`;
}

/** Everybody who may propose by the rule for all; undefined when that is not limited, or cannot be told. */
function listProposers(read: Salvaged): readonly string[] | undefined {
  const names = read.access?.propose;
  return names && listPeople(names, read);
}

/** The people of some roles; undefined where groups or channels count, or a role cannot be read: nobody can tell here who that is. */
function listPeople(names: readonly string[], { roles }: Salvaged): readonly string[] | undefined {
  const asked = names.map((name) => findOwn(roles, name));
  const isKnown = asked.every((role) => role && role.groups.length === 0 && !role.channelMembers);
  return isKnown ? asked.flatMap((role) => role?.people.map(({ id }) => id) ?? []) : undefined;
}
