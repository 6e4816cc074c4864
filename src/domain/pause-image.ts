/** `gcr.io/google-containers/pause:latest`, `registry.k8s.io/pause:3.9`, and copies of them in other registries. */
const pauseImage = /(?:^|\/)pause(?:-[a-z0-9]{1,20})?(?:[:@]|$)/;

/** Returns whether an image only waits: what pod-failure puts in the place of a container's image. */
export function isPauseImage(image: string): boolean {
  return pauseImage.test(image);
}
