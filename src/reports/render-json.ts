import type { Report } from './report.ts';

/** The report as JSON, as `docs/report.schema.json` describes it. */
export function renderJson(report: Report): string {
  const { phases, outcome, fault, journal, proposal, course } = report;
  return JSON.stringify({
    ...report,
    digest: proposal.digest,
    verdict: {
      code: outcome.verdict,
      ending: outcome.ending,
      findings: phases.map(({ name, finding }) => ({ phase: name, finding })),
    },
    evidence: {
      seen: fault.seen,
      record: fault.azure,
      endedAs: fault.endedAs,
      injection: fault.injection,
      journal,
    },
    outages: course.outages,
  });
}
