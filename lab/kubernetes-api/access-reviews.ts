import { documentAnswer, type Answer } from './answer.ts';
import { readObject, type ApiRequest } from './api-request.ts';
import { methodNotAllowed } from './status.ts';

// Whoever holds the token may do everything.
const verdicts: Readonly<Record<string, { kind: string; status: object }>> = {
  selfsubjectaccessreviews: { kind: 'SelfSubjectAccessReview', status: { allowed: true } },
  selfsubjectrulesreviews: {
    kind: 'SelfSubjectRulesReview',
    status: {
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    },
  },
};

/** Answers what `kubectl auth can-i` asks; undefined for every other path. */
export async function answerAccessReview(request: ApiRequest): Promise<Answer | undefined> {
  const [root, group, version, resource = '', ...rest] = request.path;
  if (root !== 'apis' || group !== 'authorization.k8s.io' || version !== 'v1') return undefined;
  const verdict = verdicts[resource];
  if (!verdict || rest.length > 0) return undefined;
  if (request.method !== 'POST') throw methodNotAllowed();
  const spec = await readSpec(request);
  const document = { apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec, ...verdict };
  return documentAnswer(document, 201);
}

// Newer clients ask in protobuf; the verdict does not depend on what they ask.
async function readSpec(request: ApiRequest): Promise<unknown> {
  if (request.contentType?.startsWith('application/vnd.kubernetes.protobuf')) return {};
  return (await readObject(request))?.['spec'] ?? {};
}
