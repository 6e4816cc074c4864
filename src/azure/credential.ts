import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';

/** Whatever identity this machine has: environment, workload or managed identity, developer sign-in. It reads its own `AZURE_*` variables. */
export function createAzureCredential(): TokenCredential {
  return new DefaultAzureCredential();
}
