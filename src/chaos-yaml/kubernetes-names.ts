import { z } from 'zod';
import { quote } from './word-issue.ts';

/** A DNS label (RFC 1123): what namespaces and containers are called. */
const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
/** The name of a label after its prefix, and its value. */
const labelText = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/i;
const longestPrefix = 253;

const rule = 'lower-case letters, digits and hyphens, 63 characters at most';

function dnsName(what: string) {
  return z.string().superRefine((text, context) => {
    if (dnsLabel.test(text)) return;
    const message = `${quote(text)} is not the name of a ${what}: ${rule}`;
    context.addIssue({ code: z.ZodIssueCode.custom, message });
  });
}

export const namespace = dnsName('namespace');
export const container = dnsName('container');

/** A namespace, or a pattern of several: `prod-*`. */
export const namespacePattern = z.string().superRefine((text, context) => {
  const isPattern = /^[a-z0-9*-]{1,63}$/.test(text) && dnsLabel.test(text.replaceAll('*', 'x'));
  if (isPattern) return;
  const message = `${quote(text)} is not the name of a namespace: ${rule}; * stands for any of them`;
  context.addIssue({ code: z.ZodIssueCode.custom, message });
});

/** Labels as Kubernetes has them: `app` or `app.kubernetes.io/name`, and values of 63 characters at most. */
export const labels = z.record(z.string()).superRefine((read, context) => {
  if (Object.keys(read).length === 0)
    context.addIssue({ code: z.ZodIssueCode.custom, message: 'must name at least one label' });
  for (const [key, value] of Object.entries(read)) {
    const message = findKeyProblem(key) ?? findLabelValueProblem(value);
    if (message !== undefined)
      context.addIssue({ code: z.ZodIssueCode.custom, path: [key], message });
  }
});

function findKeyProblem(key: string): string | undefined {
  const [name = '', prefix, ...more] = key.split('/').toReversed();
  if (more.length > 0) return `${quote(key)} is not the key of a label: it has more than one slash`;
  if (prefix !== undefined && (prefix.length > longestPrefix || !dnsSubdomain.test(prefix)))
    return `${quote(key)} is not the key of a label: what stands before the slash must be a DNS name`;
  return labelText.test(name)
    ? undefined
    : `${quote(key)} is not the key of a label: letters, digits, "-", "_" and ".", 63 characters at most`;
}

function findLabelValueProblem(value: string): string | undefined {
  return value === '' || labelText.test(value)
    ? undefined
    : `${quote(value)} is not the value of a label: letters, digits, "-", "_" and ".", 63 characters at most`;
}
