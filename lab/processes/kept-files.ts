import { fileURLToPath } from 'node:url';

/**
 * The folder of files that the lab creates once and reuses. Node stores its compile cache here, with types stripped:
 * processes start faster and 15 MB smaller.
 */
export const keptFiles = fileURLToPath(
  new URL('../../node_modules/.cache/chaos-marshal', import.meta.url),
);
