import type { Announcer } from '../../src/runs/ports/announcer.ts';

/** Tells nobody anything. */
export const silentAnnouncer: Announcer = {
  runChanged: () => undefined,
  progressed: () => undefined,
  waits: () => undefined,
  cancelRefused: () => undefined,
  cancelAccepted: () => undefined,
  stopDisallowed: () => undefined,
  freezeChanged: () => undefined,
  remind: () => undefined,
};
