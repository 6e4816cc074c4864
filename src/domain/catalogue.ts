import type { Access } from './access.ts';
import type { ApprovalRule } from './approval-rule.ts';
import type { Objective } from './error-budget.ts';
import type { PodFault } from './fault.ts';
import type { Guard } from './guard.ts';
import type { Calendar } from './calendar.ts';
import type { Conditions } from './conditions.ts';
import type { Limits } from './limits.ts';
import type { Metric } from './metric.ts';
import type { Hypothesis } from './hypothesis.ts';

/** A Kubernetes cluster that Chaos Studio can reach. */
export type Cluster = {
  readonly name: string;
  /** The ARM id of the managed cluster, the target of faults. */
  readonly resourceId: string;
  /** The Azure region of the experiments. */
  readonly location: string;
  /** The context in the kubeconfig; the current one when absent. */
  readonly context?: string;
  /** Azure tells the way into it, in the place of a kubeconfig. */
  readonly connect?: 'azure';
  /** The ARM id of a user-assigned identity for experiments; system-assigned when absent. */
  readonly experimentIdentityId?: string;
};

/** A cluster as the catalogue has it. */
export type CatalogueCluster = Cluster & Stricter;

/** What a cluster or an experiment asks for beyond the rules for all. */
export type Stricter = {
  readonly approvalRule?: ApprovalRule;
  readonly limits?: Limits;
  readonly access?: Access;
  /** In the place of the calendar for all. */
  readonly calendar?: Calendar;
  readonly conditions?: Partial<Conditions>;
};

/** A value of a prediction: a number to be near, or a label to be equal. */
export type PredictedValue = number | string | boolean;

/**
 * A golden input: the request to send and the answer that is right. A number is right when it differs from the expected one by at most
 * `absoluteTolerance + relativeTolerance * |expected|`, as numpy.isclose has it.
 */
export type GoldenPrediction = {
  readonly input: unknown;
  /** The JSON text of the input as a golden file has it; absent when it is as `JSON.stringify` writes it. */
  readonly inputText?: string;
  readonly expected: readonly PredictedValue[];
  /** The JSON text of `expected` as a golden file has it, where it holds integers that a number would round. */
  readonly expectedText?: string;
  readonly absoluteTolerance: number;
  readonly relativeTolerance?: number;
  /** The expected labels need only be among so many that the answer ranks highest. */
  readonly topK?: number;
  /** A JSONPath (RFC 9535) to the values in the answer; where scoring scripts have them when absent. */
  readonly path?: string;
};

/** Where an answer tells which version of the model made it, and which it must be. */
export type ModelVersion = {
  readonly expected: string;
  /** The response header, or else the JSONPath in the answer, that tells it. */
  readonly header?: string;
  readonly path?: string;
};

/** A scoring service whose predictions are to survive. */
export type ScoringService = {
  readonly name: string;
  readonly cluster: string;
  readonly namespace: string;
  /** Labels that its pods carry. */
  readonly selector: Readonly<Record<string, string>>;
  readonly scoring: {
    readonly uri: string;
    readonly ratePerSecond: number;
    readonly timeoutMs: number;
    readonly golden: readonly GoldenPrediction[];
    readonly modelVersion?: ModelVersion;
    /** As from users who do not know of each other; at a random instant of each slot of 1/rate when absent. */
    readonly arrivals?: { readonly kind: 'poisson'; readonly seed: number };
    /** The share of predictions that goes over connections that are kept; every one over its own when absent. */
    readonly keptAliveShare?: number;
    /** The response header that names the pod. */
    readonly podHeader?: string;
    /** The header that takes the key as it is; absent: `Authorization: Bearer`. */
    readonly keyHeader?: string;
    /** Sent with each prediction: the deployment to ask, for one. */
    readonly headers?: Readonly<Record<string, string>>;
    /** False: never HTTP/2, which a server may choose over TLS. */
    readonly http2?: boolean;
    /** Entra's tokens of this scope in the place of a key. */
    readonly entraScope?: string;
  };
  /** What tolerances can speak of as `metric(NAME)`; absent when it has none. */
  readonly metrics?: readonly Metric[];
  /** The longest outage to reckon with: the longest restart, failover or time-out. Absent: nothing is said of the next run. */
  readonly longestOutageMs?: number;
  /** Absent: nobody has said how available it is meant to be. */
  readonly objective?: Objective;
};

/** An experiment that people can pick: everything but who, when and which pods. */
export type ExperimentTemplate = {
  readonly name: string;
  readonly title: string;
  readonly service: string;
  readonly fault: PodFault;
  readonly hypothesis: Hypothesis;
  readonly guards: readonly Guard[];
  readonly baselineMs: number;
  /** How long pods and predictions may take to come back before the run says that they did not. */
  readonly recoveryLimitMs: number;
} & Stricter;

export type ApprovalPolicy = {
  readonly rule: ApprovalRule;
  readonly expiresAfterMs: number;
  /** So long before a proposal expires, those who may still decide are reminded. */
  readonly remindBeforeMs: number;
};

/** What chaos.yaml says, checked. */
export type Catalogue = {
  readonly clusters: readonly CatalogueCluster[];
  readonly services: readonly ScoringService[];
  readonly experiments: readonly ExperimentTemplate[];
  readonly approvals: ApprovalPolicy;
  readonly limits: Limits;
  readonly access?: Access;
  readonly calendar?: Calendar;
  readonly conditions: Conditions;
  /** Who may approve against calendar and conditions; when absent nobody may. */
  readonly breakGlass?: ApprovalRule;
};
