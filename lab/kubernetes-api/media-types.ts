import { notAcceptable, unsupportedMediaType } from './status.ts';

/** The form a client wants an answer in: the objects themselves, a table for people, or metadata alone. */
export type View = {
  readonly as: 'objects' | 'table' | 'metadata';
  /** The version of meta.k8s.io for tables and metadata. */
  readonly metaVersion: 'v1' | 'v1beta1';
  readonly format: 'json' | 'yaml';
};

export type MediaType = { readonly type: string; readonly parameters: ReadonlyMap<string, string> };

const served = ['application/json', 'application/yaml'];
const views: Readonly<Record<string, View['as']>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

/** The first form in `Accept` that can be served. Throws NotAcceptable. */
export function negotiateView(accept: string | undefined): View {
  for (const media of parseMediaTypes(accept || '*/*')) {
    const view = toView(media);
    if (view) return view;
  }
  throw notAcceptable(served);
}

function toView({ type, parameters }: MediaType): View | undefined {
  const format = type.endsWith('/yaml') ? 'yaml' : 'json';
  if (!['*/*', 'application/*', ...served].includes(type)) return undefined;
  const as = parameters.get('as');
  if (as === undefined) return { as: 'objects', metaVersion: 'v1', format };
  const [view, version] = [views[as], parameters.get('v')];
  if (!view || parameters.get('g') !== 'meta.k8s.io') return undefined;
  if (version !== 'v1' && version !== 'v1beta1') return undefined;
  return { as: view, metaVersion: version, format };
}

/** Reads a list of media types, as in `Accept` and `Content-Type`, most wanted first. */
export function parseMediaTypes(header: string): MediaType[] {
  return header
    .split(',')
    .map(parseMediaType)
    .toSorted((a, b) => qualityOf(b) - qualityOf(a));
}

function parseMediaType(text: string): MediaType {
  const [type = '', ...pairs] = text.split(';').map((part) => part.trim());
  const parameters = new Map(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name, value.join('=')] as const;
    }),
  );
  return { type: type.toLowerCase(), parameters };
}

function qualityOf({ parameters }: MediaType): number {
  return Number(parameters.get('q') ?? 1);
}

/** The media type of a body, without parameters; what is not said is JSON. Throws UnsupportedMediaType. */
export function requireContentType(
  header: string | undefined,
  accepted: readonly string[],
): string {
  const [media] = parseMediaTypes(header || accepted[0] || '');
  if (media && accepted.includes(media.type)) return media.type;
  throw unsupportedMediaType(accepted);
}
