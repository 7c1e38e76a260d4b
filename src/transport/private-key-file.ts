import { createPrivateKey, type KeyObject } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';

/** What a key file holds. `public` is a `.pub` file: the private half is in an agent or on a token. */
export type PrivateKeyFile =
  | { readonly kind: 'key'; readonly key: ParsedKey }
  | { readonly kind: 'public'; readonly blob: Buffer }
  | { readonly kind: 'encrypted'; readonly blob?: Buffer }
  | { readonly kind: 'unusable'; readonly because: string };

/** Reads a private key in any form ssh(1) takes: OpenSSH, PEM (PKCS#1, SEC1), PKCS#8, PuTTY. Parsing an encrypted one blocks for 0.2-1.2 s. */
export function readPrivateKey(text: string, passphrase?: string): PrivateKeyFile {
  try {
    const plain = /-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/.test(text) ? fromPkcs8(text, passphrase) : text;
    const parsed: unknown = ssh2.utils.parseKey(plain, passphrase);
    const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (key instanceof Error) return whyNotParsed(text, key, passphrase !== undefined);
    if (!isParsedKey(key)) return { kind: 'unusable', because: 'it holds no key' };
    return key.isPrivateKey() ? { kind: 'key', key } : { kind: 'public', blob: key.getPublicSSH() };
  } catch (error) {
    return whyNotParsed(text, error instanceof Error ? error : new Error(String(error)), passphrase !== undefined);
  }
}

function isParsedKey(value: unknown): value is ParsedKey {
  return typeof value === 'object' && value !== null && 'isPrivateKey' in value && 'getPublicSSH' in value;
}

function whyNotParsed(text: string, error: Error, hadPassphrase: boolean): PrivateKeyFile {
  const encrypted = /passphrase/i.test(error.message) || text.includes('ENCRYPTED');
  if (encrypted && !hadPassphrase) {
    const blob = publicHalf(text);
    return { kind: 'encrypted', ...(blob === undefined ? {} : { blob }) };
  }
  const because = /Unsupported key format/i.test(error.message)
    ? 'it holds no key in a form muster knows'
    : error.message;
  return { kind: 'unusable', because };
}

/** The public key that an OpenSSH private key file carries in clear, so that an agent's key can be told to be the same. */
function publicHalf(text: string): Buffer | undefined {
  const [, base64 = ''] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = (): Buffer => {
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    return bytes.subarray(at - length, at);
  };
  try {
    next(); // Cipher, key derivation and its options stand before the number of keys.
    next();
    next();
    at += 4;
    const blob = next();
    return blob.length > 0 ? blob : undefined;
  } catch {
    return undefined;
  }
}

/** ssh2 does not read PKCS#8, Node does: what comes back is the older form of the same key. */
function fromPkcs8(text: string, passphrase: string | undefined): string {
  const key = createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
  if (key.asymmetricKeyType === 'ed25519') return ed25519AsOpenSsh(key);
  return key.export({ format: 'pem', type: key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1' }).toString();
}

/** Ed25519 has no older form; its OpenSSH file is written by hand, see PROTOCOL.key of OpenSSH. */
function ed25519AsOpenSsh(key: KeyObject): string {
  const { x = '', d = '' } = key.export({ format: 'jwk' });
  const publicKey = Buffer.from(x, 'base64url');
  const type = Buffer.from('ssh-ed25519');
  const publicBlob = Buffer.concat([field(type), field(publicKey)]);
  const secret = Buffer.concat([
    Buffer.alloc(8), // Two equal check numbers; any will do without encryption.
    publicBlob,
    field(Buffer.concat([Buffer.from(d, 'base64url'), publicKey])),
    field(Buffer.alloc(0)),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const none = field(Buffer.from('none'));
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    none,
    none,
    field(Buffer.alloc(0)),
    Buffer.from([0, 0, 0, 1]),
    field(publicBlob),
    field(Buffer.concat([secret, padding])),
  ]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
