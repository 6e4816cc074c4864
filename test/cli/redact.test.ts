import { expect, test } from '@jest/globals';
import { createRedactor } from '../../src/cli/redact.ts';
import type { Config } from '../../src/config.ts';

test('every secret of the configuration is removed from what is printed', () => {
  const secrets = ['bot-secret', 'p@ss/word', 'freeze-secret', 'link-secret', 'key-secret'];
  const config = {
    auth: {
      mode: 'required',
      botId: 'b',
      botType: 'SingleTenant',
      tenantId: 't',
      password: secrets[0],
    },
    databaseUrl: 'postgres://bot:p%40ss%2Fword@db/chaos',
    freezeToken: secrets[2],
    reportLinkKey: secrets[3],
    scoringKeys: new Map([['diabetes', secrets[4]]]),
    checkHeaders: new Map([['incident', { authorization: 'Bearer header-secret' }]]),
    metricHeaders: new Map([['queue', { 'x-key': 'metric-secret' }]]),
  } as unknown as Config;
  const redact = createRedactor(config);
  const all = [...secrets, 'p%40ss%2Fword', 'Bearer header-secret', 'metric-secret'];
  expect(redact(`It said ${all.join(', ')}.`)).toBe(
    `It said ${all.map(() => '[removed]').join(', ')}.`,
  );
  expect(redact('Nothing here.')).toBe('Nothing here.');
});
