import { describe, expect, test } from '@jest/globals';
import { findReason, toProblem } from '../../src/azure/execution-report.ts';

describe('a failed execution', () => {
  test.each<[message: string, suggestion: RegExp]>([
    [
      'The target resource(s) could not be resolved. Please verify the managed identity.',
      /RBAC Admin/,
    ],
    [
      'Getting static credential is not allowed because this cluster is set to disable local accounts.',
      /local accounts/,
    ],
    [
      "The chaos-controller-manager pod was not found in the AKS cluster in the expected 'chaos-testing' namespace.",
      /helm/,
    ],
    ["Chaos Mesh version '1.2.3' is not currently supported.", /version of Chaos Mesh/],
    [
      'The fault could not be started because the provided configuration was invalid: missing stressors',
      /chaos\.yaml/,
    ],
    ['The selector resolved to an empty list of target resources.', /Enable the cluster/],
    ['Quantum foam.', /portal/],
  ])('"%s" comes with what to do', (message, suggestion) => {
    expect(toProblem(message)).toEqual({
      message,
      suggestion: expect.stringMatching(suggestion),
    });
  });

  test('has the reason of the target before that of the whole', () => {
    const failed = (message?: string) => ({
      failureReason: 'An action failed.',
      runInformation: {
        steps: [
          {
            branches: [
              { actions: [{ targets: [{ error: {} }, { error: message ? { message } : {} }] }] },
            ],
          },
        ],
      },
    });
    expect(findReason(failed('No identity.'))).toBe('No identity.');
    expect(findReason(failed())).toBe('An action failed.');
    expect(findReason({})).toBeUndefined();
  });
});
