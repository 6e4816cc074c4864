/** An image of the lab's registry: a program that runs as a process of its own. */
export type Image = {
  readonly program: URL;
  readonly digest: string;
  readonly sizeBytes: number;
  /** Whether its processes take scoring modes. */
  readonly scores: boolean;
};

export const SCORING_IMAGE = 'chaosmarshal.azurecr.io/diabetes-scoring:1';
/** What Chaos Mesh puts in the place of a container's image for a pod-failure. */
export const PAUSE_IMAGE = 'gcr.io/google-containers/pause:latest';

const IMAGES: Readonly<Record<string, Image>> = {
  [SCORING_IMAGE]: {
    program: new URL('../../scoring/server.ts', import.meta.url),
    digest: 'sha256:6f1d0c1f3b0a7f3e6c5b8a7d9e2f4c1b0a9d8e7f6c5b4a3d2e1f0c9b8a7d6e5f',
    sizeBytes: 181_403_648,
    scores: true,
  },
  [PAUSE_IMAGE]: {
    program: new URL('pause.ts', import.meta.url),
    digest: 'sha256:f78411e19d84a252e53bff71a4407a5686c46983a2c2eeed83929b888179acea',
    sizeBytes: 314_164,
    scores: false,
  },
};

/** The image by its name; undefined when the registry does not have it. */
export function findImage(name: string): Image | undefined {
  return IMAGES[name];
}

/** The images as `status.images` of a node lists them. */
export function listImages(): { names: string[]; sizeBytes: number }[] {
  return Object.entries(IMAGES).map(([name, { digest, sizeBytes }]) => ({
    names: [toImageId(name, digest), name],
    sizeBytes,
  }));
}

/** `repository@sha256:...`, as the container runtime reports what it really runs. */
export function toImageId(name: string, digest: string): string {
  return `${name.slice(0, name.lastIndexOf(':'))}@${digest}`;
}
