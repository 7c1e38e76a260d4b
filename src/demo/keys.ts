import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';

/** A fresh ed25519 key pair. */
export interface KeyPair {
  readonly privateKey: ParsedKey;
  readonly privateText: string;
  readonly publicBlob: Buffer;
  /** `SHA256:…` as ssh-keygen(1) prints it. */
  readonly fingerprint: string;
}

/** Makes a key pair that lives as long as the process. Throws when this build of ssh2 cannot make ed25519 keys. */
export function newKeyPair(comment: string): KeyPair {
  const made = ssh2.utils.generateKeyPairSync('ed25519', { comment });
  const parsed = ssh2.utils.parseKey(made.private);
  if (parsed instanceof Error) throw parsed;
  const publicBlob = parsed.getPublicSSH();
  const digest = createHash('sha256').update(publicBlob).digest('base64').replace(/=+$/, '');
  return { privateKey: parsed, privateText: made.private, publicBlob, fingerprint: `SHA256:${digest}` };
}

/** Puts the client's private key where only this user can read it; `remove` takes folder and key away. */
export async function storeClientKey(
  pair: KeyPair,
): Promise<{ readonly file: string; readonly remove: () => Promise<void> }> {
  // mkdtemp makes the folder with mode 0700.
  const folder = await mkdtemp(join(tmpdir(), 'muster-demo-'));
  const file = join(folder, 'id_ed25519');
  await writeFile(file, pair.privateText, { mode: 0o600 });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
