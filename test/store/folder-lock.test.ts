import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lockFolder } from '../../src/store/folder-lock.ts';
import { isNetworkType } from '../../src/store/network-share.ts';

const script = fileURLToPath(new URL('../support/use-folder.ts', import.meta.url));
const namespaced = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] as const;
let folder: string;
let children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  children = [];
  await rm(folder, { recursive: true, force: true });
});

/** Starts a process that uses the folder, and gives it with the first line that it prints. */
async function use(prefix: readonly string[]) {
  // `env` alone only runs what follows.
  const child = spawn('env', [...prefix, process.execPath, script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return { child, line };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function mayUnshare(): boolean {
  try {
    execFileSync(namespaced[0], [...namespaced.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const arrangements = [
  ['two processes', [], true],
  ['two process namespaces, each with its process 1', namespaced, mayUnshare()],
] as const;

for (const [name, prefix, isPossible] of arrangements)
  (isPossible ? describe : describe.skip)(`a data folder and ${name}`, () => {
    test('is refused to the second while the first lives, and taken over when it was killed', async () => {
      const first = await use(prefix);
      expect(first.line).toBe('rows 1');
      const second = await use(prefix);
      expect(second.line).toMatch(/^The data folder .* is in use by process \d+ on /);
      await kill(first.child);
      // What the first committed is still there, and nothing is left in the way.
      expect((await use(prefix)).line).toBe('rows 2');
    });

    test('is taken over by one that started while the first was ending', async () => {
      const first = await use(prefix);
      const second = use(prefix);
      await kill(first.child);
      expect((await second).line).toBe('rows 2');
    });
  });

test('a folder that this process uses already is refused as well', async () => {
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'store-unavailable' });
  await unlock();
  await (
    await lockFolder(folder)
  )();
});

test('a folder stays locked when nobody refers to its lock any more', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  await (async () => void (await lockFolder(folder)))();
  for (let round = 0; round < 3; round += 1) {
    await delay(20);
    collectGarbage();
  }
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'store-unavailable' });
});

test('NFS and SMB are network shares, disks and memory are not', () => {
  expect([0x6969, 0x517b, 0xff534d42, 0xfe534d42 | 0].map(isNetworkType)).toEqual(
    Array.from({ length: 4 }, () => true),
  );
  // ext4, xfs, tmpfs, overlayfs
  expect([0xef53, 0x58465342, 0x01021994, 0x794c7630].map(isNetworkType)).not.toContain(true);
});
