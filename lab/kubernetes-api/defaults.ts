import { isRecord, toText, type Fields } from './record.ts';
import type { ResourceName } from './resources.ts';

/** Fills in what Kubernetes fills in when a client leaves it out, and sets the status that only controllers write. */
export function withDefaults(resource: ResourceName, object: Fields): Fields {
  const { spec, ...rest } = object;
  const fields = isRecord(spec) ? spec : {};
  switch (resource) {
    case 'pods':
      return {
        ...rest,
        spec: podSpec(fields),
        status: { phase: 'Pending', qosClass: 'BestEffort' },
      };
    case 'deployments':
      return { ...rest, spec: deploymentSpec(fields), status: {} };
    case 'replicasets':
      return { ...rest, spec: replicaSetSpec(fields), status: { replicas: 0 } };
    case 'services':
      return { ...rest, spec: serviceSpec(fields), status: { loadBalancer: {} } };
    case 'poddisruptionbudgets':
      return { ...rest, spec: fields, status: noDisruptions };
    case 'namespaces':
      return { ...rest, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
    default:
      return object;
  }
}

/** Until its controller has looked, a budget allows nothing. */
const noDisruptions = {
  currentHealthy: 0,
  desiredHealthy: 0,
  disruptionsAllowed: 0,
  expectedPods: 0,
};

function podSpec(spec: Fields): Fields {
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
    securityContext: {},
    ...spec,
    ...(Array.isArray(spec['containers'])
      ? { containers: spec['containers'].map((one) => (isRecord(one) ? container(one) : one)) }
      : {}),
  };
}

function container(fields: Fields): Fields {
  const tagged = /:[^/]+$/.exec(toText(fields['image'] ?? ''))?.[0];
  return {
    imagePullPolicy: tagged === undefined || tagged === ':latest' ? 'Always' : 'IfNotPresent',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...fields,
  };
}

function replicaSetSpec(spec: Fields): Fields {
  const template = isRecord(spec['template']) ? spec['template'] : undefined;
  const templateSpec = isRecord(template?.['spec']) ? template['spec'] : undefined;
  return {
    replicas: 1,
    ...spec,
    ...(templateSpec ? { template: { ...template, spec: podSpec(templateSpec) } } : {}),
  };
}

function deploymentSpec(spec: Fields): Fields {
  return {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...replicaSetSpec(spec),
  };
}

function serviceSpec(spec: Fields): Fields {
  const ports = Array.isArray(spec['ports']) ? spec['ports'] : [];
  return {
    type: 'ClusterIP',
    // The lab routes by its own router: a service has no address of its own.
    clusterIP: 'None',
    clusterIPs: ['None'],
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    ...spec,
    ports: ports.map((port) =>
      isRecord(port) ? { protocol: 'TCP', targetPort: port['port'], ...port } : port,
    ),
  };
}
