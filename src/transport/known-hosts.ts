import { createHash, createHmac } from 'node:crypto';

/** One line of a known_hosts file that names a key; sshd(8), section SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownHostsLine {
  /** `/home/a/.ssh/known_hosts:12`, for messages. */
  readonly where: string;
  readonly marker: 'key' | 'revoked' | 'cert-authority';
  /** `gpu*,!gpu07`, `[10.0.0.1]:2222`; empty for a hashed name. */
  readonly patterns: readonly string[];
  /** Without wildcards and negations a fleet's worth of lines is compared in microseconds. */
  readonly isPlain: boolean;
  readonly hashed?: { readonly salt: Buffer; readonly digest: string };
  readonly keyType: string;
  /** The key as base64, as on the line. */
  readonly key: string;
}

/** A host key as a node presents it. */
export interface HostKey {
  readonly keyType: string;
  readonly key: string;
}

/** What the files say about a presented key; `changed` also when only other key types are on file for that name. */
export type KnownHostsVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'other-types'; readonly on: KnownHostsLine; readonly types: readonly string[] }
  | { readonly kind: 'changed'; readonly on: KnownHostsLine }
  | { readonly kind: 'revoked'; readonly on: KnownHostsLine };

/** Reads known_hosts text; comments, empty lines and lines that make no sense are left out, as ssh(1) does. */
export function parseKnownHosts(file: string, text: string, firstLine = 1): readonly KnownHostsLine[] {
  return text.split('\n').flatMap((line, index) => parseLine(`${file}:${index + firstLine}`, line.trim()) ?? []);
}

function parseLine(where: string, line: string): KnownHostsLine | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  const words = line.split(/[ \t]+/);
  const marker = markerOf(words[0] ?? '');
  if (marker === undefined) return undefined;
  const [names, keyType, key] = marker === 'key' ? words : words.slice(1);
  if (!names || !keyType || !key || !/^[A-Za-z0-9+/]+=*$/.test(key)) return undefined;
  const [, salt, digest] = /^\|1\|([^|]+)\|([^|]+)$/.exec(names) ?? [];
  if (salt !== undefined && digest !== undefined) {
    return {
      where,
      marker,
      patterns: [],
      isPlain: false,
      hashed: { salt: Buffer.from(salt, 'base64'), digest },
      keyType,
      key,
    };
  }
  if (names.startsWith('|')) return undefined;
  return { where, marker, patterns: names.toLowerCase().split(','), isPlain: !/[*?!]/.test(names), keyType, key };
}

function markerOf(word: string): KnownHostsLine['marker'] | undefined {
  if (!word.startsWith('@')) return 'key';
  if (word === '@revoked') return 'revoked';
  return word === '@cert-authority' ? 'cert-authority' : undefined;
}

/** The name a host is filed under: `gpu01`, or `[gpu01]:2222` off port 22. */
export function knownHostsName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** Whether a line speaks of that name: by one pattern, and by no negated one. A hashed line costs one HMAC (11 µs). */
export function lineMatches(line: KnownHostsLine, name: string): boolean {
  if (line.hashed !== undefined) {
    return createHmac('sha1', line.hashed.salt).update(name).digest('base64') === line.hashed.digest;
  }
  if (line.isPlain) return line.patterns.includes(name);
  if (line.patterns.some((pattern) => pattern.startsWith('!') && globMatches(pattern.slice(1), name))) return false;
  return line.patterns.some((pattern) => globMatches(pattern, name));
}

function globMatches(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}

/**
 * Judges a presented key. `lines` are all lines of all files; `names` the names to look under, the best first
 * (`[host]:port`, then bare `host`, which counts only for an exact match, as in ssh(1)).
 * The key is looked for before the name, so that a fleet in a hashed file costs one HMAC per node and not one per line.
 */
export function judgeHostKey(
  lines: readonly KnownHostsLine[],
  names: readonly string[],
  presented: HostKey,
): KnownHostsVerdict {
  const matches = (line: KnownHostsLine) => names.some((name) => lineMatches(line, name));
  const sameKey = lines.filter((line) => line.key === presented.key);
  const revoked = sameKey.find((line) => line.marker === 'revoked' && matches(line));
  if (revoked !== undefined) return { kind: 'revoked', on: revoked };
  if (sameKey.some((line) => line.marker === 'key' && matches(line))) return { kind: 'known' };

  const name = names[0] ?? '';
  const onFile = lines.filter((line) => line.marker === 'key' && lineMatches(line, name));
  const sameType = onFile.find((line) => line.keyType === presented.keyType);
  if (sameType !== undefined) return { kind: 'changed', on: sameType };
  const other = onFile[0];
  if (other === undefined) return { kind: 'unknown' };
  return { kind: 'other-types', on: other, types: [...new Set(onFile.map(({ keyType }) => keyType))] };
}

/** The key types filed under a name without any HMAC: the order in which to ask for them first. */
export function knownTypes(lines: readonly KnownHostsLine[], names: readonly string[]): readonly string[] {
  const plain = lines.filter((line) => line.marker === 'key' && line.hashed === undefined);
  return [
    ...new Set(plain.filter((line) => names.some((name) => lineMatches(line, name))).map(({ keyType }) => keyType)),
  ];
}

/** Whether a name is known only through a certificate authority, which ssh2 cannot check and the system ssh can. */
export function onlyCertAuthority(lines: readonly KnownHostsLine[], names: readonly string[]): boolean {
  const authority = lines.some(
    (line) => line.marker === 'cert-authority' && names.some((name) => lineMatches(line, name)),
  );
  return authority && !lines.some((line) => line.marker === 'key' && names.some((name) => lineMatches(line, name)));
}

/** A key's fingerprint as ssh-keygen -l prints it: `SHA256:` and unpadded base64. */
export function fingerprint(key: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`;
}
