import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, get, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createCertificateAuthority,
  type CertificateAuthority,
} from '../../../lab/tls/certificate-authority.ts';

let authority: CertificateAuthority;
let server: Server;
let port: number;
let folder: string;
let caPath: string;

beforeAll(async () => {
  authority = await createCertificateAuthority('Lab authority, "quoted" & co');
  const certificate = await authority.issue(['localhost', '127.0.0.1', '::1']);
  server = createServer(certificate, (_request, response) => response.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  folder = await mkdtemp(join(tmpdir(), 'lab-tls-'));
  caPath = join(folder, 'ca.pem');
  await writeFile(caPath, authority.caPem);
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

describe('a certificate of the lab authority', () => {
  test.each(['localhost', '127.0.0.1'])('is accepted by Node for %s', async (host) => {
    await expect(fetchText(host, authority.caPem)).resolves.toBe('hello');
  });

  test('is refused by Node for a host that it was not issued for', async () => {
    await expect(fetchText('127.0.0.1', authority.caPem, 'elsewhere.example')).rejects.toThrow(
      /Hostname\/IP does not match/,
    );
  });

  test('is refused by Node when another authority of the same name is trusted', async () => {
    const impostor = await createCertificateAuthority('Lab authority, "quoted" & co');
    await expect(fetchText('127.0.0.1', impostor.caPem)).rejects.toThrow(/signature|certificate/);
  });

  test('is accepted by a process that trusts the authority through NODE_EXTRA_CA_CERTS', async () => {
    const script = `const r = await fetch('https://127.0.0.1:${port}'); process.stdout.write(await r.text())`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: caPath },
    });
    const [text] = await Promise.all([readAll(child.stdout), once(child, 'exit')]);
    expect(text).toBe('hello');
  });

  const hasOpenssl = !spawnSync('openssl', ['version']).error;
  (hasOpenssl ? test : test.skip)('is accepted by OpenSSL with strict checks', async () => {
    const options = `-CAfile ${caPath} -verify_ip 127.0.0.1 -verify_return_error -x509_strict -brief`;
    const child = spawn('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      ...options.split(' '),
    ]);
    child.stdin.end();
    const [, [code]] = await Promise.all([readAll(child.stderr), once(child, 'exit')]);
    // oxlint-disable-next-line jest/no-standalone-expect -- a test that runs only where the program is installed
    expect(code).toBe(0);
  });

  const hasKubectl = !spawnSync('kubectl', ['version', '--client']).error;
  (hasKubectl ? test : test.skip)('is accepted by kubectl, which is written in Go', async () => {
    const child = spawn('kubectl', [
      `--server=https://127.0.0.1:${port}`,
      `--certificate-authority=${caPath}`,
      // An empty file, so that nobody's own configuration is read.
      '--kubeconfig=/dev/null',
      '--token=any',
      'get',
      '--raw=/hello',
    ]);
    const [text] = await Promise.all([readAll(child.stdout), once(child, 'exit')]);
    // oxlint-disable-next-line jest/no-standalone-expect -- a test that runs only where the program is installed
    expect(text).toBe('hello');
  });
});

test('a certificate for no host is refused', async () => {
  await expect(authority.issue([])).rejects.toThrow(/at least one host/);
});

async function fetchText(host: string, ca: string, servername?: string): Promise<string> {
  const request = get({
    host,
    port,
    ca,
    agent: false,
    family: 4,
    ...(servername && { servername }),
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return readAll(response);
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}
