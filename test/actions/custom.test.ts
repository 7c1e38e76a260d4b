// Actions of the user's own: what values may do and may not, and the same road as any other action, broken at every command.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { actionsOf } from '../../src/actions/registry.ts';
import type { GivenInput } from '../../src/model/input.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { apply, type Break, planOn, planText, type SimFleet, simFleet } from './plan-cases.ts';

const ACTIONS = `
name: lab
nodes: { gpu01: {}, gpu02: {} }
actions:
  set-up-agent:
    title: Set up the agent
    on: all
    maxAtOnce: 1
    fields:
      level: { kind: choice, choices: [info, debug], help: how much it says }
    steps:
      - title: write the settings of {{ node }}
        path: /etc/agent.conf
        text: |
          node={{ node }}
          level={{ level }}
      - title: make its folder
        run: [install, -d, -m, "0750", --, /var/lib/agent]
        done: [{ directory: { path: /var/lib/agent, mode: "0750" } }]
        undo:
          - run: [rmdir, --, /var/lib/agent]
            done: [{ no-file: { path: /var/lib/agent } }]
      - title: start it
        run: [systemctl, enable, --now, --, agent.service]
        risk: interrupts-users
        guard: [{ file: { path: /etc/agent.conf, text: "node={{ node }}\\nlevel={{ level }}\\n" } }]
        done: [{ unit: { unit: agent.service, active: active, enabled: true } }]
  say:
    title: Say something
    fields:
      word: { help: a word, required: true }
      more: { kind: lines, help: more words }
      free: { help: an option, default: "x", dash: true }
      key: { kind: secret, help: a key, required: true }
    steps:
      - run: [printf, "<%s>", "{{ word }}", "a{{ word }}b", "{{ more }}", --, "{{ word }}"]
        done: exit-code
      - run: printf '<%s>' {{ word }} x{{ word }} {{ more }}
        shell: true
        stdin: "{{ key }}"
        done: exit-code
        as: login-user
  put-out:
    title: Put it out
    steps:
      - { run: [uptime], risk: reads, done: exit-code }
      - { run: [sudo, reboot], done: exit-code }
  wipe:
    title: Wipe a disk
    fields: { disk: { kind: disk, help: a disk, required: true } }
    steps:
      - run: [wipefs, --all, --, "{{ disk }}"]
        risk: destroys-data
        guard: [{ same-disk: { device: "{{ disk }}" } }, { disk-unused: { device: "{{ disk }}" } }]
        done: [{ disk-blank: { device: "{{ disk }}" } }]
`;

const NODE = { services: { 'agent.service': 'inactive' }, disks: [{ path: '/dev/sdb', serial: 'S1' }] };

async function planned(action: string, input: GivenInput): Promise<{ readonly fleet: SimFleet; readonly plan: Plan }> {
  const fleet = await simFleet({ inventory: ACTIONS, nodes: { gpu01: NODE, gpu02: NODE } });
  const found = actionsOf(fleet.inventory).find(({ name }) => name === action);
  if (found === undefined) throw new Error(`no action ${action}`);
  return { fleet, plan: planOn(found, input, fleet) };
}

const stepsOf = (plan: Plan): readonly Step[] => (plan.kind === 'change' ? plan.stages[0].jobs[0].steps : []);

test('an action of the user’s own is planned with preview, guard, done and undo', async () => {
  const { plan } = await planned('set-up-agent', { nodes: 'gpu01', level: 'debug' });
  await expect(planText(plan)).toMatchFileSnapshot('../fixtures/custom/set-up-agent.txt');
});

test('it comes about, and a second plan changes nothing', async () => {
  const { fleet, plan } = await planned('set-up-agent', {});
  expect(apply(plan, fleet)).toEqual([]);
  const action = actionsOf(fleet.inventory).find(({ name }) => name === 'set-up-agent');
  expect(action === undefined ? undefined : planOn(action, {}, fleet)).toEqual({
    kind: 'no-op',
    title: 'Set up the agent',
    because: 'all of it holds already',
    already: [{ nodes: ['gpu01', 'gpu02'], because: 'all of it holds already' }],
  });
});

test('broken at any command in any way, the same plan converges', async () => {
  const ways: readonly Break[] = ['exit', 'timeout', 'lost'];
  for (let at = 0; at < 6; at += 1) {
    for (const how of ways) {
      const { fleet, plan } = await planned('set-up-agent', {});
      apply(plan, fleet, at, how);
      expect(apply(plan, fleet), `command ${at} broken by ${how}`).toEqual([]);
    }
  }
});

describe('values', () => {
  const hostile = ['two words', `"'`, '$(id) `id` $HOME', 'a\nb', '; rm -rf /', '*', '\\', '{{ word }}', 'ä€'];

  test.each(hostile)('%j reaches the program as it is, in its own argument', async (word) => {
    const [argv, shell] = stepsOf((await planned('say', { nodes: 'gpu01', word, more: [word, 'z'], key: 'k' })).plan);
    const lines = word.split('\n');
    expect(argv?.run.argv).toEqual(['printf', '<%s>', word, `a${word}b`, ...lines, 'z', '--', word]);
    const [program = '', ...rest] = shell?.run.argv ?? [];
    expect(execFileSync(program, rest, { encoding: 'utf8' })).toBe(
      [word, `x${word}`, ...lines, 'z'].map((one) => `<${one}>`).join(''),
    );
  });

  test('one of two lines stays one line of a title', async () => {
    const { plan } = await planned('say', { nodes: 'gpu01', word: 'a\nb', key: 'k' });
    expect(stepsOf(plan)[0]?.title).toBe('run printf <%s> a b aa bb -- a b');
  });

  test('a field that was left empty is no argument', async () => {
    const [argv] = stepsOf((await planned('say', { nodes: 'gpu01', word: 'w', key: 'k' })).plan);
    expect(argv?.run.argv).toEqual(['printf', '<%s>', 'w', 'awb', '--', 'w']);
  });

  test('one that a program would read as an option is refused', async () => {
    const { plan } = await planned('say', { nodes: 'gpu01', word: '--help', key: 'k' });
    expect(planText(plan)).toBe(
      'Say something: refused: "--help" begins with "-", and the program would read it as an option\n' +
        '  try: give another word, or let the action say "--" before it, or dash: true in the field\n' +
        'refused gpu01: "--help" begins with "-", and the program would read it as an option (try: give another word, or let the action say "--" before it, or dash: true in the field)\n',
    );
  });

  test('a secret stands on standard input, and is masked', async () => {
    const [, shell] = stepsOf((await planned('say', { nodes: 'gpu01', word: 'w', key: 'hunter2' })).plan);
    expect({
      stdin: shell?.run.stdin,
      secrets: shell?.run.secrets,
      argv: shell?.run.argv.join(' ').includes('hunter2'),
    }).toEqual({
      stdin: 'hunter2',
      secrets: ['hunter2'],
      argv: false,
    });
  });

  test('a disk that is none is refused before anything is destroyed', async () => {
    const { plan } = await planned('wipe', { nodes: 'gpu01', disk: '/etc/passwd' });
    expect(planText(plan).split('\n')[0]).toBe('Wipe a disk: refused: "/etc/passwd": not a device path');
  });
});

test('a step keeps the risk it was given, and a program known to interrupt users raises it and is named', async () => {
  const { plan } = await planned('put-out', { nodes: 'gpu01' });
  expect(stepsOf(plan).map(({ risk, warnings }) => ({ risk, warnings }))).toEqual([
    { risk: 'reads', warnings: [] },
    {
      risk: 'interrupts-users',
      warnings: ['reboot ends everything that runs on the node; nothing looks beforehand at what it hits'],
    },
  ]);
});
