export type Grant = {
  /** The object id (principal id) of the identity that gets the role; a placeholder when unknown. */
  readonly principalId?: string | undefined;
  readonly role: string;
  /** An ARM id; a placeholder when unknown. */
  readonly scope?: string | undefined;
};

/** Returns the Azure CLI command that gives a managed identity a role on a resource. */
export function toGrantCommand({ principalId, role, scope }: Grant): string {
  const assignee = `--assignee-object-id ${principalId ?? 'PRINCIPAL_ID'}`;
  const kind = '--assignee-principal-type ServicePrincipal';
  return `az role assignment create ${assignee} ${kind} --role "${role}" --scope "${scope ?? 'RESOURCE_ID'}"`;
}

/** The role of the bot's identity on the resource group of the experiments. */
export const experimentContributor = 'Chaos Studio Experiment Contributor';
