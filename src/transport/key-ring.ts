import { readFileSync, statSync } from 'node:fs';
import type { ParsedKey } from 'ssh2';
import { type AgentKeys, askAgent } from './agent.ts';
import { type PrivateKeyFile, readPrivateKey } from './private-key-file.ts';
import type { AskSecret } from './secrets.ts';

/** A burst of connections asks an agent once: it is told anew after this long. */
const AGENT_ASKED_AGAIN_AFTER_MS = 2_000;

/** A declined passphrase is not asked for again at once, or every node of the fleet would ask. */
const DECLINED_FOR_MS = 30_000;

const PASSPHRASE_TRIES = 3;

/** Key files parsed once for the whole fleet: parsing an encrypted one blocks for 0.2-1.2 s, and ssh2 would do it per connection. */
export interface KeyRing {
  readonly files: Map<string, { readonly stamp: string; readonly file: PrivateKeyFile }>;
  readonly unlocking: Map<string, Promise<ParsedKey | undefined>>;
  readonly declinedAtMs: Map<string, number>;
  readonly agents: Map<string, { readonly atMs: number; readonly keys: Promise<AgentKeys | Error> }>;
  readonly askSecret: AskSecret;
}

/** A ring without keys; `askSecret` is asked for passphrases. */
export function createKeyRing(askSecret: AskSecret): KeyRing {
  return { files: new Map(), unlocking: new Map(), declinedAtMs: new Map(), agents: new Map(), askSecret };
}

/** What a key file holds, or undefined when there is none. */
export function keyFile(ring: KeyRing, path: string): PrivateKeyFile | undefined {
  try {
    const { mtimeMs, size } = statSync(path);
    const stamp = `${mtimeMs}:${size}`;
    const before = ring.files.get(path);
    if (before?.stamp === stamp) return before.file;
    const file = readPrivateKey(readFileSync(path, 'utf8'));
    ring.files.set(path, { stamp, file });
    return file;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    return { kind: 'unusable', because: FILE_ERRORS[String(code)] ?? String(error) };
  }
}

const FILE_ERRORS: { readonly [code: string]: string } = {
  EACCES: 'it may not be read by you',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
};

/** Asks for the passphrase of an encrypted key, once for all who wait for it; undefined when it was declined or wrong three times. */
export function unlock(ring: KeyRing, path: string): Promise<ParsedKey | undefined> {
  const file = keyFile(ring, path);
  if (file?.kind === 'key') return Promise.resolve(file.key); // Somebody else was asked meanwhile.
  const running = ring.unlocking.get(path);
  if (running !== undefined) return running;
  const declinedAtMs = ring.declinedAtMs.get(path) ?? Number.NEGATIVE_INFINITY;
  if (performance.now() - declinedAtMs < DECLINED_FOR_MS) return Promise.resolve(undefined);
  const unlocking = askPassphrase(ring, path).finally(() => ring.unlocking.delete(path));
  ring.unlocking.set(path, unlocking);
  return unlocking;
}

async function askPassphrase(ring: KeyRing, path: string): Promise<ParsedKey | undefined> {
  for (let tries = 0; tries < PASSPHRASE_TRIES; tries += 1) {
    const passphrase = await ring.askSecret(`${tries === 0 ? '' : 'wrong passphrase; '}passphrase of ${path}`, false);
    if (passphrase === undefined) break;
    const file = readPrivateKey(readFileSync(path, 'utf8'), passphrase);
    if (file.kind !== 'key') continue;
    const { mtimeMs, size } = statSync(path);
    ring.files.set(path, { stamp: `${mtimeMs}:${size}`, file });
    return file.key;
  }
  ring.declinedAtMs.set(path, performance.now());
  return undefined;
}

/** The keys an agent holds; an error when it does not answer. */
export function agentKeys(ring: KeyRing, socketPath: string): Promise<AgentKeys | Error> {
  const before = ring.agents.get(socketPath);
  if (before !== undefined && performance.now() - before.atMs < AGENT_ASKED_AGAIN_AFTER_MS) return before.keys;
  const keys = askAgent(socketPath);
  ring.agents.set(socketPath, { atMs: performance.now(), keys });
  return keys;
}
