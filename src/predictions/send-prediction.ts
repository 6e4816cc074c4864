import { randomUUID } from 'node:crypto';
import { Client } from 'undici';
import { judgeAnswer, type Expectation, type Outcome } from './judge-answer.ts';
import { judgeError } from './judge-error.ts';

export type Exchange = Expectation & {
  readonly uri: string;
  readonly key: string | undefined;
  readonly timeoutMs: number;
};

const largestAnswerBytes = 1_048_576;

/**
 * Sends one prediction over a connection of its own and judges what comes back; never rejects. A connection that is kept would
 * stay with one pod, and the others could die unseen.
 */
export async function sendPrediction(exchange: Exchange): Promise<Outcome> {
  const { uri, key, golden, timeoutMs } = exchange;
  const { origin, pathname, search } = new URL(uri);
  const client = new Client(origin, { pipelining: 0, maxResponseSize: largestAnswerBytes });
  try {
    const { statusCode, headers, body } = await client.request({
      method: 'POST',
      path: pathname + search,
      headers: {
        'content-type': 'application/json',
        'x-ms-client-request-id': randomUUID(),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(golden.input),
      signal: AbortSignal.timeout(Math.ceil(timeoutMs)),
    });
    return judgeAnswer({ status: statusCode, headers, body: await body.text() }, exchange);
  } catch (error) {
    return judgeError(error);
  } finally {
    await client.destroy();
  }
}
