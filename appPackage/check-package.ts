import { AppManifestUtils, type AppManifest } from '@microsoft/app-manifest';
import { PNG } from 'pngjs';
import type { Manifest } from './fill-manifest.ts';

export type Package = {
  readonly manifest: Manifest;
  readonly color: Buffer;
  readonly outline: Buffer;
};

/** What Teams would refuse: by the schema of the manifest's version, and by what the schema does not say. Empty when all is well. */
export async function findPackageProblems(parts: Package): Promise<string[]> {
  const { manifest, color, outline } = parts;
  const bySchema = await AppManifestUtils.validateAgainstSchema(manifest as unknown as AppManifest);
  return [
    ...bySchema.map((problem) => `manifest.json: ${problem}`),
    ...findVersionProblems(manifest.version),
    ...(/\$\{\{\w*\}\}/.test(JSON.stringify(manifest))
      ? ['manifest.json: a placeholder is left.']
      : []),
    ...findSizeProblems('color.png', color, 192),
    ...findSizeProblems('outline.png', outline, 32),
    ...findOutlineProblems(outline),
  ];
}

function findVersionProblems(version: string): string[] {
  return /^\d{1,5}\.\d{1,5}\.\d{1,5}$/.test(version)
    ? []
    : [`manifest.json: version ${version} is not three numbers with dots between them.`];
}

function findSizeProblems(name: string, file: Buffer, size: number): string[] {
  const png = readPng(file);
  if (!png) return [`${name}: this is not a PNG.`];
  const { width, height } = png;
  return width === size && height === size
    ? []
    : [`${name}: it is ${width}x${height}, and must be ${size}x${size}.`];
}

/** Teams paints the outline itself: it may be white or nothing. */
function findOutlineProblems(file: Buffer): string[] {
  const { data } = readPng(file) ?? { data: Buffer.alloc(0) };
  const pixels = Array.from({ length: data.length / 4 }, (_, index) =>
    data.subarray(index * 4, index * 4 + 4),
  );
  const isWhite = ([red, green, blue, alpha]: Buffer) =>
    alpha === 0 || (red === 255 && green === 255 && blue === 255);
  const transparent = pixels.some(([, , , alpha]) => alpha === 0);
  return pixels.length === 0 || (transparent && pixels.every(isWhite))
    ? []
    : ['outline.png: it must be white on a transparent ground.'];
}

function readPng(file: Buffer): PNG | undefined {
  try {
    return PNG.sync.read(file);
  } catch {
    return undefined;
  }
}
