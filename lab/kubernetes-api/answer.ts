import type { Page } from './paging.ts';
import type { KubeObject, ResourceName } from './resources.ts';
import type { Selection } from './selectors/selection.ts';
import type { Status } from './status.ts';
import type { WatchRequest } from './watch-events.ts';

/** What a request comes to, before it is put into the form that the client asked for. */
export type Answer =
  | { kind: 'object'; code: number; resource: ResourceName; object: KubeObject }
  | { kind: 'list'; resource: ResourceName; page: Page }
  | { kind: 'watch'; resource: ResourceName; selection: Selection; request: WatchRequest }
  | { kind: 'document'; code: number; document: object; contentType?: string }
  | { kind: 'text'; code: number; text: string };

export function objectAnswer(resource: ResourceName, object: KubeObject, code = 200): Answer {
  return { kind: 'object', code, resource, object };
}

/** A document that has one form only: discovery, a Status, a review. */
export function documentAnswer(document: object, code = 200): Answer {
  return { kind: 'document', code, document };
}

export function statusAnswer(status: Status): Answer {
  return documentAnswer(status, status.code ?? 200);
}
