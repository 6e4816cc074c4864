import { joinRules, type ApprovalRule } from './approval-rule.ts';
import type { Catalogue, CatalogueCluster, ExperimentTemplate } from './catalogue.ts';
import { joinConditions, type Conditions } from './conditions.ts';
import { joinLimits, type Limits } from './limits.ts';
import type { Proposal } from './proposal.ts';

/** The rules that hold for a run; they are part of what is approved. */
export type Policy = Pick<
  Proposal,
  'approvalRule' | 'limits' | 'calendar' | 'conditions' | 'breakGlass'
>;

/** The rules for all, with what the cluster and the experiment add to them. A calendar of their own stands in the place of the one for all. */
export function findPolicy(
  template: ExperimentTemplate,
  cluster: CatalogueCluster,
  catalogue: Catalogue,
): Policy {
  const calendar = template.calendar ?? cluster.calendar ?? catalogue.calendar;
  const rules = [cluster.approvalRule, template.approvalRule].filter((rule) => rule !== undefined);
  const limits = [cluster.limits, template.limits].filter((limit) => limit !== undefined);
  const added = [cluster.conditions, template.conditions].filter((one) => one !== undefined);
  return {
    approvalRule: rules.reduce<ApprovalRule>(joinRules, catalogue.approvals.rule),
    limits: limits.reduce<Limits>(joinLimits, catalogue.limits),
    ...(calendar ? { calendar } : {}),
    conditions: added.reduce<Conditions>(joinConditions, catalogue.conditions),
  };
}

/** The rules for a run that cannot wait: limits and a freeze hold, calendar and conditions do not, and others approve it. Undefined where there is no such way. */
export function breakGlass(
  { limits, conditions: { whenBusy } }: Policy,
  { breakGlass: rule }: Catalogue,
  reason: string,
): Policy | undefined {
  return (
    rule && { approvalRule: rule, limits, conditions: { whenBusy, checks: [] }, breakGlass: reason }
  );
}
