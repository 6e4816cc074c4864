// Where each entry of the journal is copied to: a container in which nothing can be changed or deleted, and a role that can only read and add. Deploy it to a
// resource group that whoever owns the bot's database does not own: who owns the storage account can delete it, once the policy allows.

@description('Names the storage account: lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param storageAccountName string

@description('The object id of the identity that the bot has.')
param botPrincipalId string

@description('For how many days an entry can be neither changed nor deleted.')
@minValue(1)
@maxValue(146000)
param keepForDays int = 2555

@description('The region of the storage account.')
param location string = resourceGroup().location

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: storageAccountName
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    allowBlobPublicAccess: false
    // Only identities: a key could do everything that a role does not allow.
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 90
    }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'journal'
  properties: {
    publicAccess: 'None'
  }
}

// It is unlocked at first, to be tried out; docs/approvals.md says how to lock it for good.
resource immutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01' = {
  parent: container
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: keepForDays
    allowProtectedAppendWrites: false
  }
}

// Storage Blob Data Contributor could also overwrite and delete.
resource addOnly 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'chaos-marshal-journal-copy')
  properties: {
    roleName: 'Chaos Marshal journal copy (${resourceGroup().name})'
    description: 'Reads blobs and adds new ones. Overwrites and deletes none.'
    type: 'CustomRole'
    assignableScopes: [
      resourceGroup().id
    ]
    permissions: [
      {
        actions: []
        dataActions: [
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'
        ]
      }
    ]
  }
}

resource botMayAdd 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: container
  name: guid(container.id, botPrincipalId, addOnly.id)
  properties: {
    principalId: botPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: addOnly.id
  }
}

output JOURNAL_CONTAINER_URL string = '${account.properties.primaryEndpoints.blob}${container.name}'
