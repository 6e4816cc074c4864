/** What a run does at a moment of its phase, in words. */
export const phaseNotes = {
  baseline: 'Measuring the steady state',
  before: 'Checking that the service is still steady',
  starting: 'Asking Chaos Studio to start the fault',
  searching: 'Looking for the fault that was asked for before the restart',
  preparing: 'Chaos Studio is preparing the fault',
  active: 'The fault is active',
  gone: 'Chaos Studio says that the fault is active, and no pod carries it any more',
  rehearsing: 'As if the fault were active',
  ending: 'Ending the fault',
  removing: 'Chaos Studio says that the fault is over, and pods still carry it',
  waiting: 'Waiting for pods and predictions to come back',
  after: 'Measuring the steady state once more',
} as const;
