import type { Intent } from '../runs/ports/intent-log.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads a line of the intent log; undefined for one that was cut short, or that is no intent. */
export function parseIntent(text: string): Intent | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isIntent(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isIntent(value: unknown): value is Intent {
  if (!isFields(value)) return false;
  if (value['kind'] === 'freeze') return isFreeze(value['freeze']);
  if (value['kind'] === 'trip') return isTrip(value);
  if (value['kind'] === 'failure') return isFailure(value);
  const { at, by, via, scope, runIds } = value;
  return (
    value['kind'] === 'stop' &&
    isTime(at) &&
    isNamed(by) &&
    isText(by['id']) &&
    isText(by['tenantId']) &&
    isFields(via) &&
    (via['kind'] === 'card' || via['kind'] === 'command' || via['kind'] === 'tool') &&
    (scope === 'everything' || scope === 'named') &&
    Array.isArray(runIds) &&
    runIds.every(isText)
  );
}

function isFreeze(value: unknown): boolean {
  return (
    isFields(value) &&
    isTime(value['at']) &&
    isNamed(value['by']) &&
    (value['reason'] === undefined || isText(value['reason']))
  );
}

function isTrip({ at, runId, epoch, trip, endAskedAt, evidence }: Fields): boolean {
  return (
    isTime(at) &&
    isText(runId) &&
    isFields(trip) &&
    isTime(trip['at']) &&
    isText(trip['reason']) &&
    isFields(trip['guard']) &&
    isText(trip['guard']['kind']) &&
    (epoch === undefined || isTime(epoch)) &&
    (endAskedAt === undefined || isTime(endAskedAt)) &&
    isEvidence(evidence)
  );
}

function isFailure({ at, runId, epoch, message, suggestion, evidence }: Fields): boolean {
  return (
    isTime(at) &&
    isText(runId) &&
    (epoch === undefined || isTime(epoch)) &&
    isText(message) &&
    isText(suggestion) &&
    isEvidence(evidence)
  );
}

/** There may be none. */
function isEvidence(value: unknown): boolean {
  if (value === undefined) return true;
  return isFields(value) && isTime(value['at']) && isText(value['pod']) && isText(value['kind']);
}

function isNamed(value: unknown): value is Fields {
  return isFields(value) && isText(value['name']);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isText = (value: unknown) => typeof value === 'string';
const isTime = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
