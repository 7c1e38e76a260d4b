import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

/**
 * What muster offers, best first. No SHA-1, and no diffie-hellman-group-exchange: OpenSSL checks its primes anew, which stands the whole
 * process still for 1.5 s per connection. Compression costs a quarter more CPU and saves little on small frames.
 */
export function algorithms(knownTypes: readonly string[]): Algorithms {
  return {
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group14-sha256',
      'diffie-hellman-group16-sha512',
    ],
    serverHostKey: hostKeyAlgorithms(knownTypes),
    cipher: [
      'aes128-gcm@openssh.com',
      'aes256-gcm@openssh.com',
      'aes128-ctr',
      'aes256-ctr',
      'chacha20-poly1305@openssh.com',
    ],
    hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
    compress: ['none'],
  };
}

const HOST_KEY_ALGORITHMS: readonly { readonly keyType: string; readonly algorithm: ServerHostKeyAlgorithm }[] = [
  { keyType: 'ssh-ed25519', algorithm: 'ssh-ed25519' },
  { keyType: 'ecdsa-sha2-nistp256', algorithm: 'ecdsa-sha2-nistp256' },
  { keyType: 'ecdsa-sha2-nistp384', algorithm: 'ecdsa-sha2-nistp384' },
  { keyType: 'ecdsa-sha2-nistp521', algorithm: 'ecdsa-sha2-nistp521' },
  { keyType: 'ssh-rsa', algorithm: 'rsa-sha2-512' },
  { keyType: 'ssh-rsa', algorithm: 'rsa-sha2-256' },
];

/** The types on file first: a node asked for another type than the filed one would look unknown. */
function hostKeyAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = ({ keyType }: { readonly keyType: string }) => knownTypes.includes(keyType);
  const first = HOST_KEY_ALGORITHMS.filter(isKnown);
  return [...first, ...HOST_KEY_ALGORITHMS.filter((entry) => !isKnown(entry))].map(({ algorithm }) => algorithm);
}
