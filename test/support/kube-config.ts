import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

/** The configuration of a client for a server that listens on this machine and plays the API server of a cluster. */
export function toKubeConfig(server: Server): KubeConfig {
  const config = new KubeConfig();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  config.loadFromClusterAndUser(
    { name: 'aks', server: url, skipTLSVerify: true },
    { name: 'bot', token: 'token' },
  );
  return config;
}
