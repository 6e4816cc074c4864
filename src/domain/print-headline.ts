import { printLasted } from './describe-finding.ts';
import { printDuration } from './duration.ts';
import type { PodAction } from './fault.ts';
import type { CutShort, Headline } from './headline.ts';
import type { Impact } from './impact.ts';

type Measured = Extract<Headline, { kind: 'measured' }>;
type Others = Pick<Measured, 'before' | 'later'>;

/** Says what a run means for users in one or two sentences that need no statistics: `3 of 657 predictions failed …`. */
export function printHeadline(headline: Headline): string {
  switch (headline.kind) {
    case 'not-injected':
      return 'Nothing was injected, so this run says nothing about the service under the fault.';
    case 'never-seen':
      return `${printCutShort(headline.cutShort)}The fault was never seen to happen, so this run says nothing about the service under it.`;
    case 'not-measured':
      return `${printCutShort(headline.cutShort)}No prediction under the fault could be judged, so nobody knows what users would have noticed.`;
    case 'undated':
      return `${printCutShort(headline.cutShort)}The bot's clock was set back, so nobody knows which predictions failed under the fault.`;
    case 'hit-late':
      return `${printCutShort(headline.cutShort)}It hit pods after its end had been reported: ${printLate(headline)}${printOthers(headline)}`;
    case 'rehearsed':
      return `Nothing was injected: this was a rehearsal. ${printLosses(headline)}.`;
    case 'measured':
      return `${printCutShort(headline.cutShort)}${printImpact(headline)}${printUnexplained(headline)}${printOtherPods(headline)}${printAnswering(headline)}${printUnmeasured(headline)}${printOthers(headline)}`;
  }
}

function printLosses({ lost, sent }: { readonly lost: number; readonly sent: number }): string {
  return lost === 0
    ? `None of ${sent} predictions failed`
    : `${lost} of ${sent} predictions failed`;
}

function printCutShort(cutShort: CutShort | undefined): string {
  if (!cutShort) return '';
  const { by, afterMs, askedMs } = cutShort;
  const when =
    afterMs === undefined ? 'before it was active' : `after ${printLasted(afterMs, askedMs)}`;
  return `${endWords[by]} ${when}. `;
}

const endWords: Readonly<Record<CutShort['by'], string>> = {
  guard: 'A guard ended the fault',
  person: 'The fault was stopped',
  elsewhere: 'The fault was cancelled in Azure',
};

/** `the service was out for about 40s, 400 of 450 predictions failed.` */
function printLate(impact: Impact): string {
  const losses = `${lowerFirst(printLosses(impact))}.`;
  return impact.noticed === 'outage' ? `the service ${printOutage(impact)}, ${losses}` : losses;
}

function printImpact(headline: Measured): string {
  const { noticed, wrong, malformed, slower } = headline;
  const failed =
    noticed === 'outage'
      ? `The service ${printOutage(headline)} ${printPlace(headline)}: ${lowerFirst(printLosses(headline))}${printAfterwards(headline)}`
      : `${printLosses(headline)} ${printSpan(headline)}${printWhen(headline)}`;
  const answer = malformed > 0 ? 'an unusable answer' : 'a wrong answer';
  const answers = wrong > 0 ? `, ${wrong} of them with ${answer}` : '';
  return `${failed}${answers}${printNoticed(headline)}.${printSlower(slower)}`;
}

/** `was out for about 12s` */
function printOutage({ depth, longestMs, mayBeLonger }: Impact | Measured): string {
  const what = depth >= outDepth ? 'was out' : 'failed most predictions';
  return `${what} for about ${printDuration(longestMs)}${mayBeLonger ? ' or longer' : ''}`;
}

const afterFault = 'after the fault was over';

/** When the service was out: an outage after the fault was not one while pods were down. */
function printPlace(headline: Measured): string {
  const { longestIn, lost, afterwards } = headline;
  if (longestIn === 'afterwards' || afterwards === lost) return afterFault;
  const during = printFault(headline);
  return longestIn === 'both' ? `${during} and ${afterFault}` : during;
}

function printAfterwards({ lost, afterwards }: Measured): string {
  if (afterwards === 0 || afterwards === lost) return '';
  return `, ${afterwards} of them ${afterFault}`;
}

/** When predictions failed: what was lost after the fault was not lost while pods were down. */
function printWhen(headline: Measured): string {
  const { lost, afterwards } = headline;
  const during = printFault(headline);
  if (afterwards === 0) return during;
  return afterwards === lost
    ? afterFault
    : `${during} (${lost - afterwards}) and ${afterFault} (${afterwards})`;
}

/** What failed at other times, which the fault does not explain. */
function printOthers({ before, later }: Others): string {
  const print = (when: string, impact: Impact | undefined) => {
    if (!impact) return '';
    const losses = printLosses(impact);
    return impact.noticed === 'outage'
      ? ` ${when}, the service ${printOutage(impact)}: ${losses}.`
      : ` ${when}, ${losses}.`;
  };
  return `${print('Before the fault was active', before)}${print('Later on', later)}`;
}

/** A single failure lasts for no time: until the next prediction, nobody knows. Nor does anybody know how long one lasted that went on unmeasured. */
function printSpan({ lost, outages, longestMs, mayBeLonger, outside }: Measured): string {
  if (lost <= 1 || outages === 0 || outside > 0) return '';
  if (mayBeLonger) return outages === 1 ? '' : `in ${outages} episodes `;
  const length = printDuration(longestMs);
  return outages === 1 ? `within ${length} ` : `in ${outages} episodes of at most ${length} `;
}

/** A service that loses nearly all of its predictions is out. */
const outDepth = 0.95;

/** Only said where it doesn't contradict anything else that was measured. */
function printNoticed({
  noticed,
  wrong,
  slower,
  verdict,
  before,
  later,
  answeredBy,
}: Measured): string {
  if (noticed === undefined) return '';
  if (noticed === 'outage') return '; users would have noticed';
  if (noticed === 'partly') return '; some users would have noticed';
  if (isNoticed(before) || isNoticed(later) || answeredBy !== undefined) return '';
  if (wrong > 0 || slower.p50 !== undefined || slower.p95 !== undefined || verdict === 'deviated')
    return '';
  return noticed === 'nothing'
    ? '; users would not have noticed'
    : '; users would hardly have noticed';
}

const isNoticed = (impact: Impact | undefined) =>
  impact?.noticed === 'partly' || impact?.noticed === 'outage';

/** What failed while pods were down did not always fail because of them: only said where it is more than half. What nobody saw may explain it. */
function printUnexplained({ lost, unexplained }: Measured): string {
  if (2 * unexplained <= lost) return '';
  const which = unexplained < lost ? `${unexplained} of the ${lost}` : lost === 1 ? 'it' : 'them';
  return ` Nothing that was seen of pods or nodes explains ${which}.`;
}

/** Without them, it would read as if the pods that were hit had taken the service down alone. */
function printOtherPods({ otherPods }: Measured): string {
  if (otherPods === undefined) return '';
  const pods = otherPods === 1 ? '1 other pod' : `${otherPods} other pods`;
  return ` Meanwhile ${pods} went down that the fault did not hit.`;
}

function printAnswering({ answeredBy }: Measured): string {
  if (answeredBy === undefined) return '';
  return answeredBy === 'other-service'
    ? ' The answers name no pod of the service, so another one may have been measured.'
    : ' No pod that was hit had answered a prediction before the fault, so this says little about losing one that does.';
}

function printUnmeasured({ unmeasured }: Measured): string {
  if (unmeasured === 0) return '';
  return unmeasured === 1
    ? ' 1 more was due and could not be measured.'
    : ` ${unmeasured} more were due and could not be measured.`;
}

const faultWords: Readonly<Record<PodAction, (pods: string, were: string) => string>> = {
  'pod-kill': (pods, were) => `when ${pods} ${were} killed`,
  'pod-failure': (pods, were) => `while ${pods} ${were} down`,
  'container-kill': (containers, were) => `when ${containers} ${were} killed`,
};

function printFault(headline: Measured): string {
  const { action, containers, isHitLater } = headline;
  const { least, most } = headline.pods;
  if (isHitLater) return 'while Azure called the fault active';
  const count = most === 1 ? 'one pod' : `${most} pods`;
  const which = least === most ? count : `up to ${count}`;
  if (action !== 'container-kill') return faultWords[action](which, most === 1 ? 'was' : 'were');
  return containers === 1 && most === 1
    ? faultWords[action](`a container of ${which}`, 'was')
    : faultWords[action](`containers of ${which}`, 'were');
}

/** Many answers may be no slower although the slowest are. */
function printSlower({ p50, p95 }: Measured['slower']): string {
  if (p50 === undefined)
    return p95 === undefined
      ? ''
      : ` The slowest 5% of answers took ${printTimes(p95)} times as long.`;
  const slowest = p95 === undefined ? '' : `, the slowest 5% ${printTimes(p95)} times`;
  return ` A typical answer took ${printTimes(p50)} times as long${slowest}.`;
}

function printTimes(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(1) : `${Math.round(ratio)}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
