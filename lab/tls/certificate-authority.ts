import { KeyObject, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { JsonName } from '@peculiar/x509';
import { x509 } from './x509.ts';

type CryptoKeyPair = webcrypto.CryptoKeyPair;

export type CertificateAuthority = {
  /** The authority's own certificate: what clients trust. */
  readonly caPem: string;
  /** A server certificate for these DNS names and IP addresses, with its private key (PKCS #8), both PEM. */
  issue(hosts: readonly string[]): Promise<{ key: string; cert: string }>;
};

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
const lifetimeDays = 7;

/** A new certificate authority whose key lives only in this process. Everything it signs is valid for days. */
export async function createCertificateAuthority(
  commonName: string,
): Promise<CertificateAuthority> {
  const keys = await createKeys();
  const name: JsonName = [{ CN: [commonName] }];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    ...createValidity(),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    caPem: certificate.toString('pem'),
    issue: (hosts) => issue({ issuer: name, issuerKeys: keys, hosts }),
  };
}

async function issue(order: {
  issuer: JsonName;
  issuerKeys: CryptoKeyPair;
  hosts: readonly string[];
}): Promise<{ key: string; cert: string }> {
  const { issuer, issuerKeys, hosts } = order;
  const [first] = hosts;
  if (first === undefined)
    throw new Error('A certificate needs at least one host name or address.');
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [first] }],
    issuer,
    publicKey: keys.publicKey,
    signingKey: issuerKeys.privateKey,
    ...createValidity(),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      // Go and Node look for the host here only, and for addresses only among those of type IP.
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuerKeys.publicKey),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { key: key.toString(), cert: certificate.toString('pem') };
}

function createKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function createValidity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return {
    // A virtual machine's clock may lag behind ours when the lab is reached from one.
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + lifetimeDays * dayMs),
  };
}
