import { setTimeout as delay } from 'node:timers/promises';

/** Teams shows an error when a click or a form is not answered in seconds, and delivers it again. */
const answerWithinMs = 800;

/**
 * The answer, or `late` when it takes longer than a click may: what was begun goes on, and `afterwards` is called with its outcome, or its failure, so
 * that it can be told in another way. Rejects when the answer fails in time.
 */
export async function answerInTime<Answer>(
  answer: Promise<Answer>,
  late: Answer,
  afterwards: { done?(answer: Answer): void; failed(thrown: unknown): void },
): Promise<Answer> {
  const inTime = answer.then((value) => ({ value }));
  const first = await Promise.race([inTime, delay(answerWithinMs, undefined, { ref: false })]);
  if (first) return first.value;
  answer.then(
    (value) => afterwards.done?.(value),
    (thrown: unknown) => afterwards.failed(thrown),
  );
  return late;
}
