const number = String.raw`(\d{1,9}(?:[.,]\d{1,9})?)`;
const pattern = new RegExp(
  `^P(?!$)(?:${number}W)?(?:${number}D)?(?:T(?=\\d)(?:${number}H)?(?:${number}M)?(?:${number}S)?)?$`,
  'i',
);
const unitsMs = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000] as const;

/** Returns the milliseconds of an ISO 8601 duration; undefined when it is none, or names years or months, which have no fixed length. */
export function parseIsoDuration(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  if (!match) return undefined;
  const amounts = match.slice(1) as (string | undefined)[];
  return amounts.reduce(
    (total, amount, index) =>
      total + Number((amount ?? '0').replace(',', '.')) * (unitsMs[index] ?? 0),
    0,
  );
}
