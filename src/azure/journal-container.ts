import { text } from 'node:stream/consumers';
import type { TokenCredential } from '@azure/identity';
import { ContainerClient } from '@azure/storage-blob';
import { ChaosError } from '../domain/chaos-error.ts';
import type { JournalCopy } from '../runs/ports/journal-copy.ts';
import { readFailure, type AzureFailure } from './azure-error.ts';
import { quoteAzure } from './quote-azure.ts';

export type JournalContainerOptions = {
  /** `https://ACCOUNT.blob.core.windows.net/CONTAINER`; https only. */
  readonly containerUrl: string;
  readonly credential: TokenCredential;
};

/** Nobody waits for the answer, but one that never comes must not hold up the next try. */
const timeLimitMs = 30_000;
/** How the storage says that a blob is there and stays as it is; which of these depends on the role and on the container's policy. */
const isThereCodes = [
  'BlobAlreadyExists',
  'BlobImmutableDueToPolicy',
  'ConditionNotMet',
  'UnauthorizedBlobOverwrite',
];

/** A container of Azure Blob Storage with a blob for each entry, named by its place. Blobs are created and never overwritten or deleted. */
export function createJournalContainer(options: JournalContainerOptions): JournalCopy {
  const container = new ContainerClient(options.containerUrl, options.credential, {
    retryOptions: { maxTries: 2 },
  });
  const blobAt = (place: number) => container.getBlockBlobClient(toName(place));
  return {
    list: () =>
      withCopyErrors(async (abortSignal) => {
        const places: number[] = [];
        for await (const { name } of container.listBlobsFlat({ abortSignal })) {
          const place = readName(name);
          if (place !== undefined) places.push(place);
        }
        return places;
      }),
    read: (place) =>
      withCopyErrors(async (abortSignal) => {
        const options = { abortSignal };
        const found = await blobAt(place).download(0, undefined, options).catch(ignoreMissing);
        return found?.readableStreamBody && text(found.readableStreamBody);
      }),
    create: (place, entry) =>
      withCopyErrors(async (abortSignal) => {
        const upload = blobAt(place).upload(entry, Buffer.byteLength(entry), {
          conditions: { ifNoneMatch: '*' },
          blobHTTPHeaders: { blobContentType: 'application/json' },
          abortSignal,
        });
        return upload.then(() => true).catch(refuseUnlessThere);
      }),
  };
}

/** Rejects with `journal-copy-failed` when the container cannot be listed. Reads one page of it. */
export async function checkJournalContainer(options: JournalContainerOptions): Promise<void> {
  const container = new ContainerClient(options.containerUrl, options.credential, {
    retryOptions: { maxTries: 2 },
  });
  await withCopyErrors((abortSignal) =>
    container.listBlobsFlat({ abortSignal }).byPage({ maxPageSize: 1 }).next(),
  );
}

/** Twelve digits, so that the names sort as the places do. */
const toName = (place: number) => `${String(place).padStart(12, '0')}.json`;

function readName(name: string): number | undefined {
  const digits = /^(\d{12})\.json$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function ignoreMissing(thrown: unknown): undefined {
  if (readFailure(thrown).code !== 'BlobNotFound') throw thrown;
}

function refuseUnlessThere(thrown: unknown): false {
  if (!isThereCodes.includes(readFailure(thrown).code ?? '')) throw thrown;
  return false;
}

async function withCopyErrors<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  try {
    return await work(AbortSignal.timeout(timeLimitMs));
  } catch (thrown) {
    throw toCopyError(readFailure(thrown));
  }
}

const suggestionByStatus: Readonly<Record<number, string>> = {
  403: "Give the bot's identity the role that infra/journalCopy.bicep describes on the container.",
  404: 'Check JOURNAL_CONTAINER_URL, and whether the container is there.',
};

/** Storage's own words without secrets; the error of the SDK, which holds the request and its token, goes no further than here. */
function toCopyError({ name, statusCode, code, message }: AzureFailure): ChaosError {
  const quoted = [name, statusCode, code, quoteAzure(message)].filter(Boolean).join(' ');
  return new ChaosError('journal-copy-failed', 'The copy of the journal cannot be used.', {
    suggestion:
      suggestionByStatus[statusCode ?? 0] ??
      'Check JOURNAL_CONTAINER_URL, the network of the bot and its identity. It is tried again, and no run waits for it.',
    cause: new Error(quoted),
  });
}
