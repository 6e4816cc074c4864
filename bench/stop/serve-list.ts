import { createServer } from 'node:http';

/** A Kubernetes API whose list of pods in one namespace has this many bytes, whatever page is asked for: `node serve-list.ts BYTES`. Prints its address. */
const bytes = Number(process.argv[2]);
process.on('disconnect', () => process.exit());
const metadata = { resourceVersion: '1' };
const small = Buffer.from(JSON.stringify({ metadata, items: ['a', 'b', 'c'].map(toPod) }));
const huge = toHugeList();

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (searchParams.has('watch')) return response.writeHead(200).flushHeaders();
  response.writeHead(200, { 'content-type': 'application/json' });
  if (!pathname.endsWith('/pods'))
    return void response.end(JSON.stringify({ metadata, items: [] }));
  response.end(pathname.includes('/huge/') ? huge : small);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address)
    process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});

function toPod(name: string) {
  return {
    metadata: { name: `diabetes-${name}`, namespace: 'default', uid: name, resourceVersion: '1' },
    spec: { nodeName: 'node-0', containers: [{ name: 'score', readinessProbe: {} }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'score', ready: true, restartCount: 0, imageID: 'sha256:1' }],
    },
  };
}

/** Pods as large as those of a service mesh. */
function toHugeList(): Buffer {
  const annotations = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`mesh.example/setting-${index}`, 'x'.repeat(60)]),
  );
  const pod = (index: number) => {
    const { metadata: own, ...rest } = toPod(String(index));
    return { ...rest, metadata: { ...own, namespace: 'huge', annotations } };
  };
  const one = JSON.stringify(pod(0)).length;
  const items = Array.from({ length: Math.ceil(bytes / one) }, (_, index) => pod(index));
  return Buffer.from(JSON.stringify({ metadata, items }));
}
