import { statfs } from 'node:fs/promises';

/** The magic numbers of NFS, SMB, CIFS and SMB2 in Linux (statfs(2)). */
const networkTypes = [0x6969, 0x517b, 0xff534d42, 0xfe534d42];

/** Whether a folder is on another host. False where that cannot be told. */
export async function isOnNetworkShare(folder: string): Promise<boolean> {
  const found = await statfs(folder).catch(() => undefined);
  return found !== undefined && isNetworkType(found.type);
}

/** Whether a file system of this type keeps its files on another host. */
export function isNetworkType(type: number): boolean {
  // Some numbers come out negative where they are kept in 32 bits.
  return networkTypes.includes(type >>> 0);
}
