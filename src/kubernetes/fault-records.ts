import type { FaultRecord, RecordedPod } from '../domain/injection.ts';
import type { ClusterClient } from './cluster-client.ts';
import { isRefused } from './cluster-error.ts';
import { chaosNamespace, type ContainerRecord, type PodChaos } from './pod-chaos.ts';
import { listAll } from './source.ts';
import { toTime } from './unready-reason.ts';

/**
 * Reads Chaos Mesh's records of faults on pods of the service's namespace, from there and from its own. Undefined where Chaos Mesh is not installed, and where one of the
 * two may not be read and the other has none: that there is no record is then not known.
 */
export async function readFaultRecords(
  client: Pick<ClusterClient, 'podChaos'>,
  namespace: string,
): Promise<readonly FaultRecord[] | undefined> {
  const namespaces = [...new Set([namespace, chaosNamespace])];
  const lists = await Promise.all(
    namespaces.map((one) =>
      listAll(client.podChaos(one), (item) =>
        isOf(item, namespace) ? [toFaultRecord(item)] : [],
      ).then(
        ({ items }) => items.flat(),
        (error: unknown) => {
          if (isRefused(error)) return undefined;
          throw error;
        },
      ),
    ),
  );
  const records = lists.flatMap((list) => list ?? []);
  return records.length === 0 && lists.includes(undefined) ? undefined : records;
}

/** Whether a fault selects pods of this namespace alone. Objects for every namespace lie side by side, and pods of StatefulSets are named alike in each. */
function isOf({ metadata, spec }: PodChaos, namespace: string): boolean {
  const { namespaces = [], pods = {} } = spec?.selector ?? {};
  const named = Object.keys(pods);
  const chosen = named.length > 0 ? named : namespaces;
  const selected = chosen.length > 0 ? chosen : [metadata?.namespace];
  return selected.every((one) => one === namespace);
}

function toFaultRecord({ metadata, spec, status }: PodChaos): FaultRecord {
  const { name = '', uid = '', creationTimestamp } = metadata ?? {};
  return {
    uid,
    name,
    createdAt: toTime(creationTimestamp),
    action: spec?.action ?? '',
    labels: spec?.selector?.labelSelectors ?? {},
    pods: (status?.experiment?.containerRecords ?? []).map(toRecordedPod),
  };
}

function toRecordedPod({
  id = '',
  phase = '',
  injectedCount = 0,
  recoveredCount = 0,
  events = [],
}: ContainerRecord): RecordedPod {
  const [namespace = '', pod = ''] = id.split('/');
  const timeOf = (operation: string) => {
    const event = events.find((one) => one.operation === operation && one.type === 'Succeeded');
    return event && toTime(event.timestamp);
  };
  const isInjected = injectedCount > 0 || phase === 'Injected';
  return {
    namespace,
    pod,
    // Records of older versions of Chaos Mesh have no events.
    injectedAt: isInjected ? (timeOf('Apply') ?? 0) : null,
    recoveredAt: recoveredCount > 0 ? (timeOf('Recover') ?? null) : null,
  };
}
