import type { Page } from './paging.ts';
import {
  apiVersionOf,
  resourceDefinitions,
  type KubeObject,
  type ResourceName,
} from './resources.ts';
import { omitFields } from './record.ts';
import type { View } from './media-types.ts';
import {
  parseIncludeObject,
  toPartialMetadata,
  toTable,
  type TableOptions,
} from './table/to-table.ts';
import type { WatchEvent } from './watch-events.ts';

/** Puts objects into the form that a client asked for. */
export type Presenter = {
  object(resource: ResourceName, object: KubeObject): object;
  list(resource: ResourceName, page: Page): object;
  event(resource: ResourceName, event: WatchEvent): object;
};

/** Throws BadRequest for an unknown `includeObject`. */
export function presenterFor(view: View, query: URLSearchParams): Presenter {
  if (view.as === 'table') {
    const includeObject = parseIncludeObject(query);
    return tablePresenter({ metaVersion: view.metaVersion, includeObject });
  }
  return view.as === 'metadata' ? metadataPresenter(view.metaVersion) : plainPresenter;
}

const plainPresenter: Presenter = {
  object: (_resource, object) => object,
  list: (resource, { metadata, items }) => {
    const { kind, ...definition } = resourceDefinitions[resource];
    const bare = items.map(withoutType);
    return { kind: `${kind}List`, apiVersion: apiVersionOf(definition), metadata, items: bare };
  },
  event: (_resource, event) => event,
};

// The items of a list have the type that the list says.
function withoutType(object: KubeObject): object {
  return omitFields(object, ['kind', 'apiVersion']);
}

function metadataPresenter(metaVersion: View['metaVersion']): Presenter {
  return {
    object: (_resource, object) => toPartialMetadata(object, metaVersion),
    list: (_resource, { metadata, items }) => ({
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${metaVersion}`,
      metadata,
      items: items.map((item) => ({ metadata: item.metadata })),
    }),
    event: (_resource, { type, object }) => ({
      type,
      object: toPartialMetadata(object, metaVersion),
    }),
  };
}

// Only the first table of a watch says what its columns are.
function tablePresenter(options: TableOptions): Presenter {
  let isFirst = true;
  const rows = (resource: ResourceName, items: readonly KubeObject[], resourceVersion: string) =>
    toTable(resource, { items, metadata: { resourceVersion } }, options);
  return {
    object: (resource, object) => rows(resource, [object], object.metadata.resourceVersion),
    list: (resource, page) => toTable(resource, page, options),
    event: (resource, event) => {
      const items = event.type === 'BOOKMARK' ? [] : [event.object];
      const table = rows(resource, items, event.object.metadata.resourceVersion ?? '');
      const columnDefinitions = isFirst ? table.columnDefinitions : [];
      isFirst = false;
      return { type: event.type, object: { ...table, columnDefinitions } };
    },
  };
}
