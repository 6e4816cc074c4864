// The bot's identity in Azure and its registration with Teams. Where the bot runs is not decided here: whatever runs it uses this identity.

@description('Names the resources.')
@minLength(4)
@maxLength(36)
param resourceBaseName string

@description('The host that the bot can be reached at, without https://.')
param botDomain string

@description('The region of the identity.')
param location string = resourceGroup().location

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${resourceBaseName}-bot'
  location: location
}

module registration 'botRegistration/azurebot.bicep' = {
  name: 'bot-registration'
  params: {
    botServiceName: resourceBaseName
    botDomain: botDomain
    identityResourceId: identity.id
    identityClientId: identity.properties.clientId
    identityTenantId: identity.properties.tenantId
  }
}

// The Toolkit writes these into env/, and the bot's host needs them as BOT_ID and BOT_TENANT_ID.
output BOT_ID string = identity.properties.clientId
output BOT_TENANT_ID string = identity.properties.tenantId
// For journalCopy.bicep.
output BOT_PRINCIPAL_ID string = identity.properties.principalId
