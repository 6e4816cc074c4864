import { Readable } from 'node:stream';
import { toChaosError } from './domain/chaos-error.ts';
import { parseRunId, type RunId } from './domain/ids.ts';
import { linkLife, type LinkQuery, type LinkState, type ReportLinks } from './report-links.ts';
import { renderProblem, type Problem } from './reports/render-problem.ts';
import type { Report } from './reports/report.ts';
import {
  isReportFormat,
  writeReport,
  type ReportFormat,
  type WriteReport,
} from './write-report.ts';

export type ReportAnswer = {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer | Readable;
  /** Under which name it is kept by whoever asked, instead of shown. */
  readonly fileName?: string;
};

export type ReportAnswererOptions = {
  readonly links: ReportLinks;
  /** Rejects with `run-not-found`. */
  readonly read: (runId: RunId) => Promise<Report>;
  /** Writes a report in one of its forms. */
  readonly write?: WriteReport;
  /** Reads the single predictions of a run as CSV; without, none are kept. */
  readonly readCsv?: (runId: RunId) => AsyncIterable<string>;
};

/** Answers `/reports/{name}`: the name is a run's id, with `.html`, `.md`, `.json`, `.png` or `.csv` after it or nothing. Never rejects. */
export type ReportAnswerer = (name: string, query: LinkQuery) => Promise<ReportAnswer>;

const html = 'text/html; charset=utf-8';

/** Shows reports to whoever has a valid link. Who has none is not told which runs there are. */
export function createReportAnswerer({
  links,
  read,
  write = (asked) => Promise.resolve(writeReport(asked)),
  readCsv,
}: ReportAnswererOptions): ReportAnswerer {
  const inTurn = createTurns();
  return async (name, query) => {
    const [id = '', format = 'html'] = name.split(/\.(?=[^.]*$)/);
    const runId = parseRunId(id);
    const state = runId ? links.check(runId, query) : 'wrong';
    if (!runId || state !== 'valid') return toAnswer(403, toRefusal(state, runId));
    try {
      if (format === 'csv') return await answerSamples(runId, readCsv);
      if (!isReportFormat(format)) return toAnswer(404, unknownFormat);
      // One after the other: many readers must not keep a stop waiting.
      return await inTurn(async () => {
        const report = await read(runId);
        const body = await write({ report, format, links: toFormatLinks(report, query) });
        return body === undefined
          ? toAnswer(404, nothingDrawn)
          : { status: 200, contentType: contentTypes[format], body };
      });
    } catch (thrown) {
      const { code, message, suggestion } = toChaosError(thrown);
      const title = 'The report cannot be shown';
      return toAnswer(code === 'run-not-found' ? 404 : 503, { title, text: message, suggestion });
    }
  };
}

/** The single predictions of a run: the first of them are waited for, to know whether there are any; the others are read as they are taken. */
async function answerSamples(
  runId: RunId,
  readCsv: ReportAnswererOptions['readCsv'],
): Promise<ReportAnswer> {
  const texts = readCsv?.(runId)[Symbol.asyncIterator]();
  const first = await texts?.next();
  if (!texts || !first || first.done) return toAnswer(404, nothingKept);
  const all = async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => texts };
  };
  const fileName = `${runId}.csv`;
  return {
    status: 200,
    contentType: 'text/csv; charset=utf-8',
    body: Readable.from(all()),
    fileName,
  };
}

const contentTypes: Readonly<Record<ReportFormat, string>> = {
  html,
  md: 'text/markdown; charset=utf-8',
  json: 'application/json; charset=utf-8',
  png: 'image/png',
};

/** Creates a queue of one: each task begins when the one before has ended. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return <Value>(task: () => Promise<Value>): Promise<Value> => {
    const next = last.then(task, task);
    last = next.catch(() => undefined);
    return next;
  };
}

/** The same report in other forms, by the same signature. */
function toFormatLinks({ runId, samples }: Report, { until = '', signature = '' }: LinkQuery) {
  const query = new URLSearchParams({ until, signature }).toString();
  return [
    { name: 'Markdown', href: `${runId}.md?${query}` },
    { name: 'JSON', href: `${runId}.json?${query}` },
    { name: 'PNG', href: `${runId}.png?${query}` },
    ...(samples ? [{ name: 'Predictions (CSV)', href: `${runId}.csv?${query}` }] : []),
  ];
}

function toAnswer(status: number, problem: Problem): ReportAnswer {
  return { status, contentType: html, body: renderProblem(problem) };
}

function toRefusal(state: LinkState, runId: RunId | undefined): Problem {
  const suggestion = `For a new link, say /chaos summarize ${runId ?? 'and the run’s id'} in the conversation of the run, and follow Report on the card.`;
  return state === 'expired'
    ? {
        title: 'This link has expired',
        text: `A link to a report is valid for ${linkLife}.`,
        suggestion,
      }
    : {
        title: 'This link opens no report',
        text: 'It is incomplete, was changed, or was made with another key.',
        suggestion,
      };
}

const unknownFormat: Problem = {
  title: 'There is no such form of a report',
  text: 'A report comes as a page, or as .md, .json or .png; its predictions as .csv.',
  suggestion: 'Leave out what comes after the dot to see the page.',
};

const nothingKept: Problem = {
  title: 'The single predictions of this run are not here',
  text: 'They were never kept, made room for those of later runs, or lie with the replica that conducted the run.',
  suggestion: 'Leave out .csv to see the page, which needs none of them.',
};

const nothingDrawn: Problem = {
  title: 'There is no picture of this run',
  text: 'Nothing was measured in it.',
  suggestion: 'Leave out .png to see the page.',
};
