import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { ContainerClient } from '@azure/storage-blob';
import { startManagedIdentity } from '../../lab/identity/managed-identity.ts';
import { createCertificateAuthority } from '../../lab/tls/certificate-authority.ts';
import { createAzureCredential } from '../../src/azure/credential.ts';

/** Blob Storage on this machine, as a process of its own with https and a managed identity that this process has while it runs. */
export type Azurite = {
  /** What another process needs to have the identity and trust the certificate. */
  readonly environment: Readonly<Record<string, string>>;
  /** Makes a container; gives a client of it for what the product must not do. */
  createContainer(name: string): Promise<ContainerClient>;
  urlOf(container: string): string;
  /** Ends the process; what it stored stays. */
  kill(): Promise<void>;
  /** Starts it again with what it stored, at the same address. */
  revive(): Promise<void>;
  stop(): Promise<void>;
};

const main = fileURLToPath(
  new URL('../../node_modules/azurite/dist/src/blob/main.js', import.meta.url),
);
const audience = 'https://storage.azure.com';

export async function startAzurite(): Promise<Azurite> {
  const folder = await mkdtemp(join(tmpdir(), 'azurite-'));
  const identity = await startManagedIdentity({
    host: '127.0.0.1',
    port: 0,
    audiences: [audience],
  });
  const authority = await createCertificateAuthority('Local storage');
  const { key, cert } = await authority.issue(['127.0.0.1']);
  const files = { ca: join(folder, 'ca.pem'), key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') }; // prettier-ignore
  await writeFile(files.ca, authority.caPem);
  await writeFile(files.key, key);
  await writeFile(files.cert, cert);
  const port = await findFreePort();
  const trusted = tls.getCACertificates('default');
  const before = { ...process.env };
  const environment = {
    IDENTITY_ENDPOINT: identity.identityEndpoint,
    IDENTITY_HEADER: identity.identityHeader,
    NODE_EXTRA_CA_CERTS: files.ca,
  };
  tls.setDefaultCACertificates([...trusted, authority.caPem]);
  Object.assign(process.env, environment);
  const args = [
    ['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', join(folder, 'blobs')],
    ['--oauth', 'basic', '--key', files.key, '--cert', files.cert],
    ['--skipApiVersionCheck', '--silent', '--disableTelemetry'],
  ].flat();
  const urlOf = (container: string) => `https://127.0.0.1:${port}/devstoreaccount1/${container}`;
  let child = await startProcess(args);
  return {
    environment,
    urlOf,
    async createContainer(name) {
      const client = new ContainerClient(urlOf(name), createAzureCredential());
      await client.create();
      return client;
    },
    kill: () => endProcess(child),
    async revive() {
      child = await startProcess(args);
    },
    async stop() {
      await endProcess(child);
      await identity.close();
      tls.setDefaultCACertificates(trusted);
      for (const name of Object.keys(environment)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when it listens. */
function startProcess(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (/successfully listen/i.test(said)) resolve(child);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => reject(new Error(`Azurite ended with ${code}: ${said}`)));
  });
}

function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
