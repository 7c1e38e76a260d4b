import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { makeDemoFolder } from './own-folder.ts';

/** A fresh ed25519 key pair. */
export interface KeyPair {
  readonly privateKey: ParsedKey;
  readonly privateText: string;
  readonly publicBlob: Buffer;
  /** `SHA256:…` as ssh-keygen(1) prints it. */
  readonly fingerprint: string;
}

const KEY_TYPE = 'ssh-ed25519';
/** Block of the cipher "none": what is encrypted is filled up to a multiple of it. */
const BLOCK_BYTES = 8;

/** Makes a key pair that lives as long as the process. */
export function newKeyPair(comment: string): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  const privateText = openSshText(Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url'), comment);
  const parsed = ssh2.utils.parseKey(privateText);
  if (parsed instanceof Error) throw parsed;
  const publicBlob = parsed.getPublicSSH();
  const digest = createHash('sha256').update(publicBlob).digest('base64').replace(/=+$/, '');
  return { privateKey: parsed, privateText, publicBlob, fingerprint: `SHA256:${digest}` };
}

/** Puts the client's private key where only this user can read it. `remove` takes folder and key away; so does the end of the process. */
export async function storeClientKey(pair: KeyPair): Promise<{ readonly file: string; readonly remove: () => void }> {
  const folder = makeDemoFolder();
  const discard = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', discard);
  const file = join(folder, 'id_ed25519');
  await writeFile(file, pair.privateText, { mode: 0o600 });
  return {
    file,
    remove: () => {
      process.off('exit', discard);
      discard();
    },
  };
}

/**
 * An unencrypted private key as ssh-keygen(1) writes it; OpenSSH's PROTOCOL.key has the layout. Written here because one in some four
 * hundred ed25519 keys that ssh2 1.17 makes cannot be read back.
 */
function openSshText(publicKey: Buffer, secret: Buffer, comment: string): string {
  const publicBlob = Buffer.concat([string(KEY_TYPE), string(publicKey)]);
  const check = randomBytes(4);
  const open = Buffer.concat([check, check, publicBlob, string(Buffer.concat([secret, publicKey])), string(comment)]);
  const padding = Buffer.from(
    Array.from({ length: (BLOCK_BYTES - (open.length % BLOCK_BYTES)) % BLOCK_BYTES }, (_, at) => at + 1),
  );
  const bytes = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('none'),
    string('none'),
    string(''),
    Buffer.from([0, 0, 0, 1]),
    string(publicBlob),
    string(Buffer.concat([open, padding])),
  ]);
  const lines = bytes.toString('base64').replace(/.{1,70}/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}-----END OPENSSH PRIVATE KEY-----\n`;
}

/** A string of the SSH protocol: its length in four bytes, then itself. */
function string(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
