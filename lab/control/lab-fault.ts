import { z } from 'zod';

const count = z.number().int().positive().optional();
const match = z.string().optional();

/** What `POST /faults` takes: one thing to break. `mode: "ok"` heals it. */
export const labFaultSchema = z.union([
  z.object({ target: z.literal('arm'), mode: z.literal('ok') }).strict(),
  z.object({ target: z.literal('arm'), mode: z.literal('down'), match }).strict(),
  z
    .object({
      target: z.literal('arm'),
      mode: z.literal('throttle'),
      retryAfterSeconds: z.number().positive().default(10),
      count,
      match,
    })
    .strict(),
  z
    .object({
      target: z.literal('arm'),
      mode: z.literal('error'),
      status: z
        .union([z.literal(403), z.literal(404), z.literal(500), z.literal(502), z.literal(503)])
        .default(500),
      count,
      match,
    })
    .strict(),
  z
    .object({
      target: z.literal('kubernetes'),
      mode: z.enum(['ok', 'down', 'throttle', 'cut-watches', 'expire-watches', 'compact']),
    })
    .strict(),
  z
    .object({
      target: z.literal('scoring'),
      mode: z.enum(['ok', 'stalled', 'wrong', 'exception']),
      pod: z.string().optional(),
    })
    .strict(),
  z
    .object({
      target: z.literal('scoring'),
      mode: z.literal('slow'),
      delayMs: z.number().positive(),
      pod: z.string().optional(),
    })
    .strict(),
  z
    .object({
      target: z.literal('scoring'),
      mode: z.literal('flaky'),
      share: z.number().min(0).max(1),
      pod: z.string().optional(),
    })
    .strict(),
  z.object({ target: z.literal('node'), mode: z.enum(['ok', 'down']), name: z.string() }).strict(),
  z.object({ target: z.literal('connector'), mode: z.literal('ok') }).strict(),
  z
    .object({
      target: z.literal('connector'),
      mode: z.literal('error'),
      status: z.union([z.literal(412), z.literal(429), z.literal(502)]),
      count,
      retryAfterSeconds: z.number().positive().optional(),
    })
    .strict(),
]);

export type LabFault = z.infer<typeof labFaultSchema>;

/** Returns one example for each target, for people who ask what there is. `node` is the name of a node that exists. */
export const listExamples = (node: string): readonly LabFault[] => [
  { target: 'arm', mode: 'throttle', retryAfterSeconds: 10, count: 3, match: 'POST .*/start$' },
  { target: 'arm', mode: 'error', status: 500 },
  { target: 'arm', mode: 'error', status: 403, match: 'GET .*/executions/' },
  { target: 'arm', mode: 'down' },
  { target: 'kubernetes', mode: 'down' },
  { target: 'kubernetes', mode: 'cut-watches' },
  { target: 'scoring', mode: 'stalled' },
  { target: 'scoring', mode: 'slow', delayMs: 800 },
  { target: 'node', mode: 'down', name: node },
  { target: 'connector', mode: 'error', status: 429, retryAfterSeconds: 5, count: 2 },
];
