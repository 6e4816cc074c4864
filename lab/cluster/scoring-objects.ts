import { SCORING_IMAGE } from './kubelet/images.ts';
import type { Container, Probe } from './objects.ts';
import type { Pace } from './pace.ts';

/** Where each pod's container listens, as Azure ML's inference server does. */
export const SCORING_PORT = 5_001;

export type ScoringService = {
  readonly name: string;
  readonly namespace: string;
  readonly replicas: number;
  /** What clients send as bearer token; in the cluster's objects only its secret is named. */
  readonly key: string;
  readonly routerHost: string;
  readonly routerPort: number;
};

/** The deployment that runs the scoring service. */
export function toDeployment({ name, namespace, replicas }: ScoringService, pace: Pace) {
  const labels = { app: name, azuremlappname: name };
  return {
    metadata: {
      name,
      namespace,
      generation: 1,
      labels,
      annotations: { 'deployment.kubernetes.io/revision': '1' },
    },
    spec: {
      replicas,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      selector: { matchLabels: { app: name } },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
      },
      template: {
        metadata: { labels },
        spec: {
          containers: [toContainer(name)],
          restartPolicy: 'Always',
          dnsPolicy: 'ClusterFirst',
          schedulerName: 'default-scheduler',
          serviceAccountName: 'default',
          terminationGracePeriodSeconds: 30,
          enableServiceLinks: true,
          priority: 0,
          tolerations: ['not-ready', 'unreachable'].map((state) => ({
            key: `node.kubernetes.io/${state}`,
            operator: 'Exists',
            effect: 'NoExecute',
            tolerationSeconds: pace.tolerationSeconds,
          })),
        },
      },
    },
    status: {},
  };
}

function toContainer(name: string): Container {
  const fromField = (fieldPath: string) => ({ fieldRef: { apiVersion: 'v1', fieldPath } });
  return {
    name,
    image: SCORING_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'http', containerPort: SCORING_PORT, protocol: 'TCP' }],
    env: [
      { name: 'SCORING_SERVICE', value: name },
      { name: 'SCORING_PORT', value: String(SCORING_PORT) },
      { name: 'SCORING_HOST', valueFrom: fromField('status.podIP') },
      { name: 'POD_NAME', valueFrom: fromField('metadata.name') },
      { name: 'SCORING_KEY', valueFrom: { secretKeyRef: { name: `${name}-key`, key: 'primary' } } },
    ],
    resources: {
      requests: { cpu: '100m', memory: '64Mi' },
      limits: { cpu: '500m', memory: '128Mi' },
    },
    readinessProbe: toProbe({ initialDelaySeconds: 1, periodSeconds: 1, timeoutSeconds: 1 }),
    livenessProbe: toProbe({ initialDelaySeconds: 10, periodSeconds: 5, timeoutSeconds: 2 }),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

function toProbe(
  times: Pick<Probe, 'initialDelaySeconds' | 'periodSeconds' | 'timeoutSeconds'>,
): Probe {
  const httpGet = { path: '/', port: SCORING_PORT, scheme: 'HTTP' } as const;
  return { httpGet, ...times, successThreshold: 1, failureThreshold: 3 };
}

/** The service before its pods; its cluster address is where the router listens. */
export function toService({ name, namespace, routerHost }: ScoringService, routerPort: number) {
  return {
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      type: 'ClusterIP',
      clusterIP: routerHost,
      clusterIPs: [routerHost],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      selector: { app: name },
      ports: [{ name: 'http', port: routerPort, targetPort: SCORING_PORT, protocol: 'TCP' }],
    },
    status: { loadBalancer: {} },
  };
}
