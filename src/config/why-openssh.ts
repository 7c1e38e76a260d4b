import { existsSync, readFileSync } from 'node:fs';
import type { ResolvedHost, SshEnvironment } from './ssh-config.ts';

/**
 * Why a host needs the system ssh, in words for the screen, or undefined when ssh2 will do. `hasOwnJump`: the inventory names the way, so
 * the configuration's ProxyCommand does not count.
 */
export function whyOpenSsh(
  resolved: ResolvedHost,
  ownIdentities: readonly string[] | undefined,
  hasOwnJump: boolean,
  environment: SshEnvironment,
): string | undefined {
  const { values, unresolved } = resolved;
  const [match] = unresolved;
  if (match !== undefined) return `only ssh itself can tell whether "${match}" applies`;
  const command = values.get('proxycommand');
  if (command !== undefined && !hasOwnJump && !/^none$/i.test(command.rest))
    return `it has a ProxyCommand (${command.where})`;
  const canonical = values.get('canonicalizehostname');
  if (canonical !== undefined && !/^(no|none)$/i.test(canonical.words[0] ?? ''))
    return `it has CanonicalizeHostname (${canonical.where})`;
  const provider = values.get('pkcs11provider');
  if (provider !== undefined && !/^none$/i.test(provider.words[0] ?? ''))
    return `its key is on a PKCS#11 token (${provider.where})`;
  const securityKey = values.get('securitykeyprovider');
  if (securityKey !== undefined && !/^(none|internal)$/i.test(securityKey.words[0] ?? ''))
    return `its key is on a security key (${securityKey.where})`;
  const gssapi = values.get('gssapiauthentication');
  if (/^yes$/i.test(gssapi?.words[0] ?? '') && hasTicket(environment))
    return `it logs in by Kerberos ticket (${gssapi?.where})`;
  return whyByKeys(resolved, ownIdentities ?? []);
}

function whyByKeys(
  { certificateFiles, identityFiles, expand }: ResolvedHost,
  ownIdentities: readonly string[],
): string | undefined {
  const certificate = certificateFiles.map(expand).find((file) => existsSync(file));
  if (certificate !== undefined) return `it logs in by certificate (${certificate})`;
  const named = [...ownIdentities, ...identityFiles].map(expand);
  // ssh(1) takes a certificate beside a key without being told.
  const beside = (named.length > 0 ? named : DEFAULTS.map(expand))
    .map((file) => `${file}-cert.pub`)
    .find((file) => existsSync(file));
  if (beside !== undefined) return `it logs in by certificate (${beside})`;
  const itself = named.find((file) => publicType(file).includes('-cert-v01@'));
  if (itself !== undefined) return `it logs in by certificate (${itself})`;
  const onToken = named.find((file) => publicType(file).startsWith('sk-'));
  if (onToken !== undefined) return `its key is on a security key (${onToken})`;
  const hasPlain = DEFAULTS.some((file) => existsSync(expand(file)));
  const defaultToken =
    named.length > 0 || hasPlain ? undefined : SECURITY_KEYS.map(expand).find((file) => existsSync(file));
  return defaultToken === undefined ? undefined : `its key is on a security key (${defaultToken})`;
}

const DEFAULTS = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];
const SECURITY_KEYS = ['~/.ssh/id_ed25519_sk', '~/.ssh/id_ecdsa_sk'];

/** The public half tells the kind: `sk-ssh-ed25519@openssh.com AAAA…`. Empty where it cannot be read. */
function publicType(file: string): string {
  try {
    return readFileSync(file.endsWith('.pub') ? file : `${file}.pub`, 'utf8').split(' ', 1)[0] ?? '';
  } catch {
    return '';
  }
}

/** Distributions switch GSSAPIAuthentication on for everyone; it means something only to who holds a ticket. */
function hasTicket({ variables, userId }: SshEnvironment): boolean {
  const cache = variables['KRB5CCNAME'];
  if (cache === undefined || cache === '') return existsSync(`/tmp/krb5cc_${userId}`);
  if (cache.startsWith('/')) return existsSync(cache);
  // KCM, KEYRING and the like cannot be looked into from here: whoever sets them uses Kerberos.
  return cache.startsWith('FILE:') || cache.startsWith('DIR:') ? existsSync(cache.slice(cache.indexOf(':') + 1)) : true;
}
