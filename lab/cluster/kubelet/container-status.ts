import type { Container, ContainerStatus } from '../objects.ts';
import { toTimestamp } from '../timestamp.ts';
import type { ContainerProcess, Exit } from './container-process.ts';
import { type Image, toImageId } from './images.ts';

type StatusChange = Partial<ContainerStatus>;

/** Before its first start. */
export function toCreating({ name, image = '' }: Container): ContainerStatus {
  return {
    name,
    image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: {},
  };
}

/** Its process runs; it is a restart when there was a process before. */
export function toRunning(
  previous: ContainerStatus,
  { containerId, startedAt }: ContainerProcess,
  { image, imageName }: { image: Image; imageName: string },
): ContainerStatus {
  return {
    ...previous,
    image: imageName,
    imageID: toImageId(imageName, image.digest),
    containerID: containerId,
    started: true,
    restartCount: previous.restartCount + (previous.containerID ? 1 : 0),
    state: { running: { startedAt: toTimestamp(startedAt) } },
  };
}

/** Its process is gone. */
export function toTerminated(
  { startedAt, containerId }: ContainerProcess,
  exit: Exit,
): StatusChange {
  const failed = exit.exitCode !== 0;
  const terminated = {
    exitCode: exit.exitCode,
    reason: failed ? 'Error' : 'Completed',
    ...(failed && exit.message && { message: exit.message }),
    startedAt: toTimestamp(startedAt),
    finishedAt: toTimestamp(exit.finishedAt),
    containerID: containerId,
  };
  return { ready: false, started: false, state: { terminated }, lastState: { terminated } };
}

/** Its node went down under it: nobody saw its end. */
export function toInterrupted(previous: ContainerStatus): ContainerStatus {
  const startedAt = previous.state?.running?.startedAt;
  const terminated = {
    exitCode: 255,
    reason: 'Unknown',
    ...(startedAt && { startedAt }),
    finishedAt: toTimestamp(),
    ...(previous.containerID && { containerID: previous.containerID }),
  };
  const state = { terminated };
  return { ...previous, ready: false, started: false, state, lastState: state };
}

/** It died too often to be restarted at once. */
export function toBackingOff(name: string, podName: string, backOffSeconds: number): StatusChange {
  const message = `back-off ${toDuration(backOffSeconds)} restarting failed container=${name} pod=${podName}`;
  return { state: { waiting: { reason: 'CrashLoopBackOff', message } } };
}

/** The registry does not have its image. */
export function toImagePullBackOff(image: string): StatusChange {
  const message = `Back-off pulling image "${image}"`;
  const state = { waiting: { reason: 'ImagePullBackOff', message } };
  return { ready: false, started: false, state };
}

/** As Go writes a duration: `10s`, `1m20s`. */
function toDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${minutes > 0 ? `${minutes}m` : ''}${Math.round(seconds % 60)}s`;
}
