/** Who wrote a resource when, as Azure tells it: the lab's only caller is an application. */
export type SystemData = {
  readonly createdAt: string;
  readonly lastModifiedAt: string;
  readonly createdByType: 'Application';
};

/** The system data of a resource that is written now; `previous` when it was there before. */
export function stampSystemData(previous?: SystemData): SystemData {
  const now = toAzureTime(new Date());
  return {
    createdAt: previous?.createdAt ?? now,
    lastModifiedAt: now,
    createdByType: 'Application',
  };
}

/** As Azure writes times: with an offset, never `Z`. */
export function toAzureTime(time: Date): string {
  return time.toISOString().replace('Z', '+00:00');
}
