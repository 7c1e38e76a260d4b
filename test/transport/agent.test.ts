// What only ssh itself can use of an agent: asked for, told, and used through the system ssh where ssh2 does not get in.
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { askAgent } from '../../src/transport/agent.ts';
import { hasOpenSsh, keygen, type Sshd, startAgent, startSshd, systemSsh, to } from './sshd.ts';
import { collector, folder, transport, watch } from './support.ts';

/** An sshd that lets in whoever has a certificate of its authority, and an agent with a certified key whose files are gone. */
async function certified(name?: string): Promise<{ readonly sshd: Sshd; readonly at: Endpoint }> {
  const sshd = await startSshd((home) => [`TrustedUserCAKeys ${keygen(join(home, 'authority'))}.pub`]);
  const key = keygen(join(sshd.folder, 'certified'), '-C', 'ada@desk');
  const authority = join(sshd.folder, 'authority');
  execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'test', '-n', name ?? sshd.user, `${key}.pub`]);
  const agentSocket = await startAgent(sshd, key);
  for (const file of [key, `${key}.pub`, `${key}-cert.pub`]) rmSync(file);
  const { sshArguments = [] } = systemSsh(sshd, `IdentityAgent ${agentSocket}`);
  const whole = [...sshArguments, '-oIdentitiesOnly=no'];
  return { sshd, at: to(sshd, { identityFiles: [], agentSocket, sshArguments: whole }) };
}

describe.runIf(hasOpenSsh)('a certificate in a real agent', () => {
  test('opens the door through the system ssh where plain keys do not, and the reason is told', async () => {
    const { at } = await certified();
    const told = Promise.withResolvers<object>();
    const stdout = collector();
    const session = transport().open(at, 'while read -r line; do echo "got $line"; done', {
      onOpen: told.resolve,
      onStdout: stdout.add,
      onStderr: () => {},
      onClose: told.reject,
    });
    session.write('early\n');
    await stdout.until('got early\n');
    session.write('later\n');
    expect(await stdout.until('got later\n')).toBe('got early\ngot later\n');
    expect(await told.promise).toEqual({
      transport: 'openssh',
      because: 'it logs in by a certificate (ada@desk) of the agent',
    });
  });

  test('is not needed where a plain key opens the door', async () => {
    const { sshd, at } = await certified();
    expect(await watch(transport(), { ...at, identityFiles: [sshd.key] }).opened).toBe('ssh');
  });

  test('a node that was reached by it once is not knocked at by ssh2 again', async () => {
    const { sshd, at } = await certified();
    const over = transport();
    const first = watch(over, at);
    await first.until('ready');
    first.session.close();
    await first.closed;
    // A plain key that ssh2 would get in with.
    appendFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${sshd.key}.pub`));
    expect(await watch(over, { ...at, identityFiles: [sshd.key] }).opened).toBe('openssh');
  });

  test('opens a login shell, too', async () => {
    const { at } = await certified();
    const seen = collector();
    const shell = transport().shell(at, { columns: 100, rows: 30 }, { onData: seen.add, onClose: () => {} });
    shell.write('echo $((6 * 7))\n');
    await seen.until('42');
    shell.close();
  });

  test('that names somebody else is refused with what was tried', async () => {
    const { at } = await certified('nobody-here');
    expect(await watch(transport(), at).closed).toMatchObject({
      reason: 'authentication',
      because: expect.stringMatching(
        /does not let .* in: .*Permission denied.* \(asked by the system ssh: it logs in by a certificate \(ada@desk\) of the agent\)$/,
      ),
    });
  });

  test.each([
    ['the inventory wants ssh2', { sshArguments: undefined }],
    ['only named keys may be shown', { identitiesOnly: true }],
  ])('is only told of where %s', async (_, change) => {
    const { at } = await certified();
    const { sshArguments, ...rest } = { ...at, ...change };
    const why = await watch(transport(), sshArguments === undefined ? rest : { ...rest, sshArguments }).closed;
    expect(why).toMatchObject({
      reason: 'authentication',
      because: expect.stringContaining('only ssh itself could use a certificate (ada@desk) in it'),
    });
  });
});

describe('asking an agent', () => {
  test('a key on a token is told by its type, and a plain one is usable', async () => {
    const token = Buffer.concat([text('sk-ssh-ed25519@openssh.com'), text('k'.repeat(32)), text('ssh:')]);
    const plain = Buffer.concat([text('ssh-ed25519'), text('p'.repeat(32))]);
    const socket = await fakeAgent(answer(text(token), text('ada@token'), text(plain), text('ada@desk')));
    const keys = await askAgent(socket);
    if (keys instanceof Error) throw keys;
    expect(keys.others).toEqual([{ type: 'sk-ssh-ed25519@openssh.com', comment: 'ada@token' }]);
    expect(keys.usable.map(({ type, comment }) => `${type} ${comment}`)).toEqual(['ssh-ed25519 ada@desk']);
  });

  test.each([
    ['is cut off', Buffer.from([0, 0, 0, 9, 12, 0, 0, 0, 1, 0, 0, 0, 99]), /makes no sense/],
    ['is a refusal', Buffer.from([0, 0, 0, 1, 5]), /refuses/],
    ['is endless', Buffer.from([255, 255, 255, 255, 12]), /too long/],
  ])('an answer that %s is an error', async (_, bytes, words) => {
    expect(String(await askAgent(await fakeAgent(bytes)))).toMatch(words);
  });

  test('an agent that is not there is an error', async () => {
    expect(await askAgent(join(folder(), 'none'))).toBeInstanceOf(Error);
  });
});

function text(content: string | Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(content)]);
}

/** Keys and comments in turn, as the agent answers. */
function answer(...parts: readonly Buffer[]): Buffer {
  return text(Buffer.concat([Buffer.from([12, 0, 0, 0, parts.length / 2]), ...parts]));
}

/** A socket that answers whatever it is asked with these bytes, in two pieces. */
function fakeAgent(bytes: Buffer): Promise<string> {
  const path = join(folder(), 'agent');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(bytes.subarray(0, 3));
      socket.write(bytes.subarray(3));
    });
  });
  onTestFinished(() => void server.close());
  return new Promise((resolve) => {
    server.listen(path, () => resolve(path));
  });
}
