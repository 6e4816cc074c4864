import { randomUUID } from 'node:crypto';
import type { Draft } from '../kubernetes-api/object-store.ts';
import type { Random } from '../scoring/seeded-random.ts';
import { listImages } from './kubelet/images.ts';
import type { PodNetwork } from './pod-network.ts';
import { toRandomSuffix } from './random-name.ts';

const REGION = 'westeurope';

/** The nodes of one AKS pool, not yet ready: their kubelets make them so. */
export function toNodes(count: number, network: PodNetwork, random: Random): Draft<'nodes'>[] {
  const pool = String(10_000_000 + Math.floor(random() * 89_999_999));
  const version = toRandomSuffix(random, 8);
  return Array.from({ length: count }, (_, index) => {
    const name = `aks-nodepool1-${pool}-vmss${String(index).padStart(6, '0')}`;
    return toNode({ name, index, imageVersion: version, network });
  });
}

type NodeSeed = { name: string; index: number; imageVersion: string; network: PodNetwork };

function toNode({ name, index, imageVersion, network }: NodeSeed): Draft<'nodes'> {
  const podCIDR = network.toPodCidr(name);
  return {
    metadata: { name, labels: toLabels(name, imageVersion) },
    spec: {
      podCIDR,
      podCIDRs: [podCIDR],
      providerID: `azure:///subscriptions/lab/resourceGroups/lab/providers/Microsoft.Compute/virtualMachineScaleSets/${name.slice(0, -6)}/virtualMachines/${index}`,
    },
    status: {
      capacity: toResources('2', '8144480Ki'),
      allocatable: toResources('1900m', '5353056Ki'),
      addresses: [
        { type: 'InternalIP', address: `10.224.0.${4 + index}` },
        { type: 'Hostname', address: name },
      ],
      conditions: [],
      daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      nodeInfo: toNodeInfo(),
      images: listImages(),
    },
  };
}

function toResources(cpu: string, memory: string): Record<string, string> {
  return { cpu, memory, pods: '110', 'ephemeral-storage': '129886128Ki' };
}

function toLabels(name: string, imageVersion: string): Record<string, string> {
  return {
    agentpool: 'nodepool1',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.azure.com/agentpool': 'nodepool1',
    'kubernetes.azure.com/mode': 'system',
    'kubernetes.azure.com/node-image-version': `AKSUbuntu-2204gen2containerd-${imageVersion}`,
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': 'Standard_D2s_v3',
    'topology.kubernetes.io/region': REGION,
    'topology.kubernetes.io/zone': '0',
  };
}

function toNodeInfo() {
  return {
    architecture: 'amd64',
    bootID: randomUUID(),
    containerRuntimeVersion: 'containerd://1.7.23-1',
    kernelVersion: '5.15.0-1074-azure',
    kubeProxyVersion: '',
    kubeletVersion: 'v1.31.3',
    machineID: randomUUID().replaceAll('-', ''),
    operatingSystem: 'linux',
    osImage: 'Ubuntu 22.04.5 LTS',
    systemUUID: randomUUID(),
  };
}
