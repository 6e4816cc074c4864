import { readFileSync } from 'node:fs';

/** The processor time that a process has used, in clock ticks, from `/proc` (proc(5), fields 14 and 15); 0 where it can't be read. */
export function readCpuTicks(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in parentheses and may hold spaces.
    const [, , , , , , , , , , , user, system] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return Number(user) + Number(system);
  } catch {
    return 0;
  }
}
