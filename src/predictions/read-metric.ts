import { request } from 'undici';
import {
  toLongestAnswerMs,
  type Metric,
  type MetricReading,
  type MetricSource,
} from '../domain/metric.ts';
import { judgeError } from './judge-error.ts';
import { readJsonPath } from './json-path.ts';
import { parseJson } from './parse-json.ts';
import { readPrometheus } from './read-prometheus.ts';
import { readBody } from './read-body.ts';

/** Asks for the value of a metric now; a metric without one is told with the reason, never rejected. Redirects are not followed. */
export async function readMetric(
  metric: Metric,
  headers: Readonly<Record<string, string>>,
): Promise<MetricReading> {
  const { source } = metric;
  try {
    const { statusCode, body } = await request(toUrl(source), {
      ...(source.kind === 'prometheus' ? toQuery(source.query, headers) : { headers }),
      signal: AbortSignal.timeout(toLongestAnswerMs(metric)),
    });
    const text = await readBody(body);
    if (text === undefined) return { problem: 'the answer is longer than 1 MB' };
    return source.kind === 'prometheus'
      ? readPrometheus(statusCode, text)
      : readNumber(statusCode, text, source.path);
  } catch (error) {
    return { problem: `it could not be asked (${judgeError(error)})` };
  }
}

function toUrl(source: MetricSource): string {
  return source.kind === 'prometheus'
    ? `${source.url.replace(/(?<!\/)\/+$/, '')}/api/v1/query`
    : source.url;
}

/** As a form, since a query may be longer than an address can be. */
function toQuery(query: string, headers: Readonly<Record<string, string>>) {
  return {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ query }).toString(),
  } as const;
}

function readNumber(status: number, text: string, path: string): MetricReading {
  if (status !== 200) return { problem: `it answered ${status}` };
  const answer = parseJson(text);
  if (answer === undefined) return { problem: 'the answer is not JSON' };
  const selected = readJsonPath(path, answer);
  const [value] = selected;
  if (selected.length !== 1) return { problem: `${path} selects ${selected.length} values` };
  return typeof value === 'number' && Number.isFinite(value)
    ? { value }
    : { problem: `what stands at ${path} is not a number` };
}
