import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { writeKubeconfig } from '../../lab/kubernetes-api/kubeconfig.ts';
import { createCertificateAuthority } from '../../lab/tls/certificate-authority.ts';
import type { ApiFixture } from '../lab/kubernetes-api/api-fixture.ts';

/** What a request to Kubernetes asks for, as permissions name it. */
export type Asked = { readonly group: string; readonly resource: string; readonly verb: string };

export type KubernetesProxy = { readonly kubeconfigPath: string; close(): void };

/**
 * Stands before an API server and answers with the status that `refuse` says, once it says so; what it says nothing to goes on. Where `allow` is given, it answers
 * what the account may do.
 */
export async function startKubernetesProxy(
  { api, folder, caPem, token }: ApiFixture,
  refuse: (asked: Asked) => number | undefined | Promise<undefined>,
  allow?: (asked: Asked) => boolean,
): Promise<KubernetesProxy> {
  const authority = await createCertificateAuthority('proxy');
  const answerIt = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, url = '', headers } = incoming;
    if (allow && url.endsWith('/selfsubjectaccessreviews')) {
      await answerReview(incoming, outgoing, allow);
      return;
    }
    const code = await refuse(toAsked(new URL(url, api.url)));
    if (code !== undefined) {
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code };
      outgoing.writeHead(code, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify(status));
      return;
    }
    const onward = request(api.url + url, { method, headers, ca: caPem }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  };
  const proxy = createServer(
    await authority.issue(['127.0.0.1']),
    (incoming, outgoing) => void answerIt(incoming, outgoing),
  );
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const kubeconfigPath = `${folder}/proxied`;
  const url = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const own = { caPem: authority.caPem, token, clusterName: 'lab' };
  await writeKubeconfig({ path: kubeconfigPath, url, ...own });
  return {
    kubeconfigPath,
    close() {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

async function answerReview(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  allow: (asked: Asked) => boolean,
): Promise<void> {
  const review = (await json(incoming)) as { spec: { resourceAttributes: Asked } };
  const status = { allowed: allow(review.spec.resourceAttributes) };
  outgoing.writeHead(201, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ ...review, status }));
}

/** Of a GET on `/api/v1/namespaces/default/pods?watch=true`: `watch` on `pods` of the group ''. Nodes are in no namespace. */
function toAsked({ pathname, searchParams }: URL): Asked {
  const [root, ...path] = pathname.split('/').filter(Boolean);
  const group = root === 'api' ? '' : (path.shift() ?? '');
  const [, ...rest] = path;
  const [resource = '', name] = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  const many = searchParams.get('watch') === 'true' ? 'watch' : 'list';
  return { group, resource, verb: name === undefined ? many : 'get' };
}
