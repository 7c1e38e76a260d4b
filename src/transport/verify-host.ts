import type { CloseReason } from '../engine/ports.ts';
import type { Hop } from '../model/endpoint.ts';
import type { HostKeyReview, RefusedReason } from '../model/link.ts';
import { placeOf } from './failure.ts';
import { type HostKeyFiles, linesFor, namesOf, rememberHostKey } from './host-keys.ts';
import { fingerprint, type HostKey, judgeHostKey } from './known-hosts.ts';

/** What is to be done with the key a node shows. `ask-again` means: connect anew and ask for a key of these types. */
export type HostVerdict =
  | { readonly kind: 'trusted' }
  | { readonly kind: 'ask-again'; readonly types: readonly string[] }
  | { readonly kind: 'refused'; readonly why: CloseReason; readonly key: HostKey; readonly fingerprint: string };

/** A raw host key as the wire carries it: its type stands first. */
export function hostKeyOf(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  return { keyType: blob.subarray(4, 4 + Math.min(length, 64)).toString('latin1'), key: blob.toString('base64') };
}

/**
 * Checks a node's host key: pins of the inventory, else the known_hosts files. An unknown key is filed at once under `accept-new`;
 * a changed or revoked one is refused always. `askedTypes` are the types the node was already asked for.
 */
export function verifyHost(
  files: HostKeyFiles,
  hop: Hop,
  node: string,
  blob: Buffer,
  askedTypes: readonly string[],
): HostVerdict {
  const key = hostKeyOf(blob);
  const shown = fingerprint(key.key);
  const refuse = (
    reason: RefusedReason,
    because: string,
    on?: Pick<HostKeyReview, 'knownFingerprint' | 'knownFrom' | 'knownAs'>,
  ): HostVerdict => {
    const address = hop.port === 22 ? hop.address : `${hop.address}:${hop.port}`;
    const review: HostKeyReview = { node, address, keyType: key.keyType, fingerprint: shown, ...on };
    return {
      kind: 'refused',
      why: { kind: 'refused', because: `${placeOf(hop)} ${because}`, reason, review },
      key,
      fingerprint: shown,
    };
  };

  if (hop.pinnedHostKeys.length > 0) {
    if (hop.pinnedHostKeys.includes(shown)) return { kind: 'trusted' };
    const pins = { knownFingerprint: hop.pinnedHostKeys.join(' '), knownFrom: 'inventory' };
    return refuse(
      'host-key-changed',
      `shows host key ${shown}, which the inventory does not pin; check the node, then the inventory`,
      pins,
    );
  }
  const verdict = judgeHostKey(linesFor(files, hop), namesOf(hop), key);
  switch (verdict.kind) {
    case 'known':
      return { kind: 'trusted' };
    case 'revoked':
      return refuse(
        'host-key-revoked',
        `shows a revoked host key (${verdict.on.where}); do not connect, ask who runs it`,
      );
    case 'other-types':
      if (!verdict.types.every((type) => askedTypes.includes(type))) return { kind: 'ask-again', types: verdict.types };
      return refuse('host-key-changed', changed(key, verdict.on.where), filed(verdict.on.key, verdict.on.where, hop));
    case 'changed':
      return refuse('host-key-changed', changed(key, verdict.on.where), filed(verdict.on.key, verdict.on.where, hop));
    case 'unknown':
      return hop.hostKeyPolicy === 'accept-new'
        ? acceptNew(files, hop, key, refuse)
        : refuse('host-key-unknown', unknown(key, shown));
  }
}

function acceptNew(
  files: HostKeyFiles,
  hop: Hop,
  key: HostKey,
  refuse: (reason: RefusedReason, because: string) => HostVerdict,
): HostVerdict {
  try {
    rememberHostKey(files, hop, key);
    return { kind: 'trusted' };
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return refuse('configuration', `shows a new host key that cannot be filed: ${because}`);
  }
}

function changed(key: HostKey, where: string): string {
  return `shows another host key (${key.keyType}) than the one on file in ${where}; if it was reinstalled, remove that line`;
}

/** What is said of a key nobody has accepted. */
export function unknown(key: HostKey, shown: string): string {
  return `shows a host key nobody has accepted yet: ${key.keyType} ${shown}; review it`;
}

function filed(
  key: string,
  where: string,
  hop: Hop,
): Pick<HostKeyReview, 'knownFingerprint' | 'knownFrom' | 'knownAs'> {
  return { knownFingerprint: fingerprint(key), knownFrom: where, knownAs: namesOf(hop)[0] ?? hop.address };
}
