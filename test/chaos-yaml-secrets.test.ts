import { describe, expect, test } from '@jest/globals';
import { findUrlSecret } from '../src/chaos-yaml/secret-url.ts';
import { parseChaosYaml } from '../src/chaos-yaml/parse-chaos-yaml.ts';

const yaml = (change: { uri?: string; scoring?: string; metric?: string; check?: string }) => `
clusters:
  aks: { resourceId: /subscriptions/5b1c0000-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/aks, location: westeurope }
services:
  diabetes:
    cluster: aks
    namespace: default
    selector: { app: diabetes }
    scoring:
      uri: ${change.uri ?? 'https://score.example/api?slot=blue'}
      rate: 10/s
      timeout: 1s
      golden: [{ input: { data: [1] }, expected: [42], tolerance: 0.01 }]
${change.scoring ?? ''}
    metrics:
      errors: { prometheus: { url: "${change.metric ?? 'https://prometheus.example'}", query: up }, headers: { authorization: "Bearer sesame-metric" } }
experiments: {}
conditions:
  checks:
    - { name: no incident, url: "${change.check ?? 'https://status.example/api?team=ml'}", headers: { x-api-key: sesame-check } }
approvals:
  approvers: [{ id: 5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e12, name: Priya }]
  expiresAfter: 30m
`;

function problemsOf(text: string): string {
  const parsed = parseChaosYaml(text, { fileName: 'chaos.yaml', env: {} });
  return 'problems' in parsed ? parsed.problems.join('\n') : '';
}

describe('an address with a secret', () => {
  test.each([
    'https://f.example/api/score?code=abc',
    'https://x.example/?a=1&api-key=abc',
    'https://x.example/?a=1;api_key=abc',
    'https://x.example/?apikey=abc',
    'https://x.example/?API%2DKEY=abc',
    'https://x.example/?subscription-key=abc',
    'https://x.example/?Ocp-Apim-Subscription-Key=abc',
    'https://x.example/?x-functions-key=abc',
    'https://s.example/c/b?sv=2024&sig=abc%3D',
    'https://x.example/?X-Amz-Signature=abc',
    'https://x.example/?accessToken=abc',
    'https://x.example/?access_token=abc',
    'https://x.example/?client_secret=abc',
    'https://x.example/?pwd=abc',
    'https://x.example/#access_token=abc',
    'https://x.example/?q=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.',
    'https://x.example/?q=Bearer+abc',
    'https://me:sesame@x.example/',
    'https://token@x.example/',
  ])('is found: %s', (url) => {
    expect(findUrlSecret(url)).toMatch(/^(the parameter ".+"|user and password before the host)$/);
    expect(findUrlSecret(url)).not.toMatch(/abc|sesame/);
  });

  test.each([
    'https://x.example/score',
    'https://x.example/score?slot=blue&version=3',
    'https://x.example/?country_code2=de&postcode=10115',
    'https://x.example/?monkey=1&keyboard=de&design=2&author=me',
    'https://x.example/?incident=4b3403665fea6e16',
    'http://127.0.0.1:1/api/v1/service/diabetes/score',
  ])('is none: %s', (url) => {
    expect(findUrlSecret(url)).toBeUndefined();
  });
});

describe('chaos.yaml', () => {
  test('is taken with the secrets where they belong, and the catalogue has none of them', () => {
    const scoring = '      key: sesame-key\n      keyHeader: x-functions-key';
    const parsed = parseChaosYaml(yaml({ scoring }), { fileName: 'chaos.yaml', env: {} });
    if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
    expect(parsed.value.scoringKeys.get('diabetes')).toBe('sesame-key');
    expect(JSON.stringify(parsed.value.catalogue)).not.toContain('sesame');
    expect(JSON.stringify(parsed.value.catalogue)).toContain('x-functions-key');
  });

  test.each([
    [
      { uri: '"https://f.example/api?code=sesame"' },
      /services\.diabetes\.scoring\.uri: carries a secret \(the parameter "code"\).*put it into key, and the header that takes it into keyHeader/,
    ],
    [{ uri: '"https://me:sesame@f.example/"' }, /scoring\.uri: carries a secret/],
    [
      { metric: 'https://p.example?token=sesame' },
      /metrics\.errors\.prometheus\.url: carries a secret.*put it into headers/,
    ],
    [{ check: 'https://s.example?sig=sesame' }, /url: carries a secret.*put it into headers/],
    [
      { scoring: '      headers: { Ocp-Apim-Subscription-Key: sesame }' },
      /looks like a secret.*use key or auth/,
    ],
    [{ scoring: '      keyHeader: x-key' }, /keyHeader: names the header .*there is no key/],
  ])('is refused with %j', (change, problem) => {
    const said = problemsOf(yaml(change));
    expect(said).toMatch(problem);
    expect(said).not.toContain('sesame');
  });
});
