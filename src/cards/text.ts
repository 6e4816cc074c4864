import { toBinomialInterval } from '../domain/binomial-interval.ts';
import type { FailureCounts } from '../domain/measurement.ts';

/** Makes text from people or the cluster show as typed: Markdown, HTML, entities and mentions would make something else of it. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]~<&]/g, String.raw`\$&`)
    .replaceAll(/\s+/g, ' ')
    .replace(/^(\d+)\./, String.raw`$1\.`)
    .replace(/^[-+#>]/, String.raw`\$&`);
}

/** Our own sentences, where `this` is something to type: card Markdown knows no code, so it is made bold. */
export function toProse(text: string): string {
  return escapeMarkdown(text).replaceAll(/\\`([^`]+)\\`/g, '**$1**');
}

const space = '\u00A0';

/** `98.5 %`, `99 %`; never rounded up to 100. */
export function printShare(share: number): string {
  const percent = share * 100;
  const shown =
    percent >= 99.95 && percent < 100 ? '99.9' : percent.toFixed(Number.isInteger(percent) ? 0 : 1);
  return `${shown}${space}%`;
}

type Counts = { readonly sent: number; readonly good: number };

/** `98.5 %`; a dash when nothing was sent. */
export function printAvailability({ sent, good }: Counts): string {
  return sent === 0 ? '–' : printShare(good / sent);
}

/** The exact 95 % interval of the availability, `97.2 to 99.3 %`; a dash when nothing was sent. */
export function printInterval({ sent, good }: Counts): string {
  if (sent === 0) return '–';
  const { lower, upper } = toBinomialInterval(good, sent);
  return `${(lower * 100).toFixed(1)} to ${printShare(upper)}`;
}

/** `refused 12, timeout 3`; `none` when there were none. */
export function printFailures(failures: FailureCounts): string {
  const counts = Object.entries(failures).toSorted(([, left], [, right]) => right - left);
  return counts.length === 0
    ? 'none'
    : counts.map(([kind, count]) => `${kind} ${count}`).join(', ');
}

/** `2026-11-23 09:00:05 UTC`: Teams renders no local dates. */
export function printTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `09:00:05` */
export function printClock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `8 ms` */
export function printLatency(latencyMs: number | undefined): string {
  return latencyMs === undefined
    ? '–'
    : `${latencyMs < 10 ? latencyMs.toFixed(1) : Math.round(latencyMs)}${space}ms`;
}
