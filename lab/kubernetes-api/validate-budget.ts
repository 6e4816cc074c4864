import { isRecord, type Fields } from './record.ts';
import { ApiError, type StatusCause } from './status.ts';
import { toRequirements } from './selectors/label-selector.ts';

/** What is wrong with the spec of a PodDisruptionBudget. */
export function budgetCauses(spec: Readonly<Fields>): StatusCause[] {
  const { minAvailable, maxUnavailable, selector } = spec;
  const both: StatusCause[] =
    minAvailable === undefined || maxUnavailable === undefined
      ? []
      : [wrong('spec', spec, 'minAvailable and maxUnavailable cannot be both set')];
  return [
    ...both,
    ...amountCauses('spec.minAvailable', minAvailable),
    ...amountCauses('spec.maxUnavailable', maxUnavailable),
    ...selectorCauses(selector),
  ];
}

function amountCauses(field: string, amount: unknown): StatusCause[] {
  if (amount === undefined) return [];
  if (typeof amount === 'number' && Number.isInteger(amount))
    return amount >= 0 ? [] : [wrong(field, amount, 'must be greater than or equal to 0')];
  const percent = typeof amount === 'string' ? /^(\d+)%$/.exec(amount)?.[1] : undefined;
  if (percent === undefined) {
    const why =
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', or '93%')";
    return [wrong(field, amount, why)];
  }
  return Number(percent) <= 100 ? [] : [wrong(field, amount, 'must not be greater than 100%')];
}

function selectorCauses(selector: unknown): StatusCause[] {
  if (!isRecord(selector)) return [];
  try {
    toRequirements(selector);
    return [];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [wrong('spec.selector', selector, error.message)];
  }
}

function wrong(field: string, value: unknown, why: string): StatusCause {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
    field,
  };
}
