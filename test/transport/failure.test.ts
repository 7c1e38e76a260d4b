// How a node that cannot be reached is told: what happened, where, and what to do, over both transports alike.
import { describe, expect, test } from 'vitest';
import type { CloseReason } from '../../src/engine/ports.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { explainError, explainTimeout, notSsh } from '../../src/transport/failure.ts';
import { explainOpenSsh } from '../../src/transport/openssh-failure.ts';
import { foundIn } from '../diagnosis/support.ts';
import { inventory, lost } from '../store/builders.ts';
import { endpoint } from './support.ts';

const node = endpoint(22, { address: '10.0.0.1', sshName: 'gpu01', connectTimeoutMs: 10_000 });
const PLACE = 'gpu01 (10.0.0.1)';

const system = (code: string) => explainError(Object.assign(new Error(code), { code }), node, 'connecting');
const bySsh = (words: string, at: Endpoint = node) => explainOpenSsh(at, 255, `${words}\n`);
const connect = (words: string) => bySsh(`ssh: connect to host 10.0.0.1 port 22: ${words}`);
/** The next move of the finding about a node that is lost for a reason. */
const moveFor = (reason: CloseReason | undefined) =>
  foundIn(inventory(['gpu01']), [
    lost('gpu01', 0, reason !== undefined && 'because' in reason ? reason.because : ''),
  ])[0]?.nextMove.replace(/; muster tries again .*/, '');

describe.each([
  ['refused', system('ECONNREFUSED'), connect('Connection refused')],
  ['without a route', system('EHOSTUNREACH'), connect('No route to host')],
  ['silent', system('ETIMEDOUT'), connect('Connection timed out')],
  ['without a name', system('ENOTFOUND'), bySsh('ssh: Could not resolve hostname gpu01: Name or service not known')],
  [
    'at MaxStartups',
    explainError(new Error('Connection lost before handshake'), node, 'waiting for the SSH greeting'),
    bySsh('kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.1 port 22'),
  ],
  [
    'silent after the connection',
    explainTimeout(node, 'waiting for the SSH greeting'),
    bySsh('Connection timed out during banner exchange\nConnection to 10.0.0.1 port 22 timed out'),
  ],
])('a node that is %s', (_, own, openssh) => {
  test('is told in the same sentence over both transports', () => {
    expect(openssh).toEqual(own);
    expect(own).toMatchObject({ kind: 'lost', because: expect.stringContaining(PLACE) });
  });
});

test('the next move is about what happened', () => {
  expect([
    moveFor(system('ECONNREFUSED')),
    moveFor(system('EHOSTUNREACH')),
    moveFor(system('ETIMEDOUT')),
    moveFor(system('ENOTFOUND')),
    moveFor(explainError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }), node, 'agreeing on keys')),
    moveFor(explainTimeout(node, 'waiting for the SSH greeting')),
    moveFor(explainTimeout(node, 'connecting')),
    moveFor(notSsh(node, 'HTTP/1.1 400 Bad Request\r\n')),
  ]).toEqual([
    'The machine at the address of gpu01 is there: start sshd on it ("systemctl start ssh"), or mend port or firewall',
    "Look at this machine's network or VPN, then at the power and the network of gpu01",
    'Check power, network and sshd of gpu01',
    'Give gpu01 an "address" in the inventory (or a HostName in ssh_config), or mend the DNS server of this machine',
    'Read sshd\'s log on gpu01 ("journalctl -u ssh"): raise MaxStartups, or take this machine off its list of banned addresses',
    'gpu01 can be reached and logs nobody in: look at its load and at its login services on its console (BMC), or reboot it there',
    'Check power, network and sshd of gpu01',
    'Correct the "port" of gpu01 in the inventory',
  ]);
});

test('behind a jump host the words of ssh stay, because they may be about any machine on the way', () => {
  const behind = endpoint(22, { address: '10.0.0.1', sshName: 'gpu01', jumps: [node] });
  expect(bySsh('ssh: connect to host bastion port 22: Connection refused', behind)).toEqual({
    kind: 'lost',
    because: `${PLACE}: ssh: connect to host bastion port 22: Connection refused`,
  });
});
