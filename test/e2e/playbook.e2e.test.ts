// The built program plays playbooks: with a stand-in for ansible-playbook that tells what the real callback tells, and with the real one.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasOpenSsh, startSshd } from '../transport/sshd.ts';
import { start } from './driver.ts';
import { knownLine, newHome, nodeAt, processesIn, trust } from './nodes.ts';
import { appears, linesOf, muster, type Place, play, playbookPlace, program, rolloutFolder } from './playbooks.ts';

const LONG_MS = 240_000;
/** Its blanks are its own. */
const PASSWORD = 'open  sesame';
const hasAnsible = (process.env['PATH'] ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'ansible-playbook')));

const ready = (at: Place, ...files: readonly string[]): Place => {
  for (const file of files) writeFileSync(join(at.home, file), '');
  return at;
};

/** Plays in the background; resolves with the exit code. */
function playOn(at: Place) {
  const args = [program, 'apply', 'playbook', '--playbook', 'site.yml', '--yes'];
  const command = spawn(process.execPath, args, { cwd: at.home, env: at.env, stdio: 'ignore' });
  return { command, ended: new Promise<number | null>((resolve) => command.on('exit', resolve)) };
}

const recordsOf = (at: Place): readonly { readonly kind: string; readonly node?: string; readonly step?: number }[] =>
  readFileSync(join(rolloutFolder(at), 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('with a stand-in for ansible-playbook', () => {
  test(
    'its tasks are told by node, the nodes keep their logs, and a retry is limited to what failed',
    () => {
      const at = ready(playbookPlace(), 'go');
      const { status, stdout } = play(at);
      expect(stdout).toContain('"Web" (2 hosts, 1 task)');
      expect(stdout).toMatch(
        /\$ \/bin\/sh \S+play\.sh \S+ ansible-playbook -i \S+hosts\.yml --limit n1,n2 \S+site\.yml/,
      );
      expect(stdout).toContain('n2: Wait: exited 9: bad disk, 1 changed\nn1: succeeded, 1 changed, 1 ok\n');
      expect(status).toBe(1);
      expect(muster(at, 'rollouts', 'log', 'last', 'n1').stdout).toBe(
        'TASK Say: changed\nhello from n1\nTASK Wait: ok\nover on n1\n',
      );
      expect(muster(at, 'rollouts', 'log', 'last', 'ansible-playbook').stdout).toBe('PLAY [Web] ***\nPLAY RECAP ***\n');
      expect(muster(at, 'rollouts', 'undo', 'last', '--yes').stdout).toContain('Ansible knows no way back');

      ready(at, 'mended');
      const [failed = ''] = muster(at, 'rollouts', 'list').stdout.match(/\d{8}-\d{6}-\w{4}(?=.*failed)/) ?? [];
      const retried = muster(at, 'rollouts', 'retry', failed, '--yes');
      expect(retried.stdout).toContain('n2: succeeded, 1 changed, 1 ok\n1 succeeded of 1 node');
      expect(linesOf(at, 'calls').at(-1)).toMatch(/--limit n2 /);
    },
    LONG_MS,
  );

  test(
    'its runner is killed in the middle: it goes on, starts once, and nothing is lost or told twice',
    async () => {
      const at = playbookPlace();
      const { command, ended } = playOn(at);
      await appears(at, 'began');
      command.kill('SIGKILL');
      process.kill(JSON.parse(readFileSync(join(rolloutFolder(at), 'runner.json'), 'utf8')).pid, 'SIGKILL');
      await ended;
      ready(at, 'mended', 'go');
      const { status, stdout } = muster(at, 'rollouts', 'attach', 'last');
      expect(stdout).toContain('n[1-2]: succeeded, 1 changed, 1 ok\n2 succeeded of 2 nodes');
      expect(status).toBe(0);
      expect(linesOf(at, 'starts')).toEqual(['once']);
      for (const node of ['n1', 'n2'])
        expect(muster(at, 'rollouts', 'log', 'last', node).stdout).toBe(
          `TASK Say: changed\nhello from ${node}\nTASK Wait: ok\nover on ${node}\n`,
        );
      const told = recordsOf(at).filter(({ kind }) => kind === 'step-appeared' || kind === 'step-ended');
      expect(told.map(({ kind, node, step }) => `${kind} ${node} ${step}`).toSorted()).toEqual([
        'step-appeared n1 1',
        'step-appeared n1 2',
        'step-appeared n2 1',
        'step-appeared n2 2',
        'step-ended n1 0',
        'step-ended n1 1',
        'step-ended n1 2',
        'step-ended n2 0',
        'step-ended n2 1',
        'step-ended n2 2',
      ]);
    },
    LONG_MS,
  );

  test(
    'it cannot be paused, which is said; an abort leaves no process, and what was under way has failed',
    async () => {
      const at = playbookPlace();
      const { ended } = playOn(at);
      await appears(at, 'began');
      expect(muster(at, 'rollouts', 'pause', 'last')).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('a playbook cannot be paused between its tasks; let it end, or abort it'),
      });
      expect(muster(at, 'rollouts', 'limit', 'last', '--max-unavailable', '2').stderr).toContain('its forks');
      expect(muster(at, 'rollouts', 'skip', 'last', 'n1').stderr).toContain('cannot leave a node out');
      expect(muster(at, 'rollouts', 'abort', 'last').status).toBe(0);
      expect(await ended).toBe(1);
      expect(muster(at, 'rollouts', 'show', 'last').stdout).toContain('n[1-2]: stopped by the operator, 1 changed\n');
      const home = { ...newHome(), path: at.home };
      // The runner tidies up after it has said that the rollout is over, then it goes, too.
      await expect.poll(() => processesIn(home), { timeout: 30_000, interval: 50 }).toEqual([]);
    },
    LONG_MS,
  );

  test(
    'what is wrong is one sentence in the plan: no file, a mistake, no Ansible, no host, read-only, the demo',
    () => {
      const at = ready(playbookPlace(), 'go');
      const refused = (place: Place, ...args: readonly string[]) => {
        const { status, stdout } = muster(place, 'plan', 'playbook', '--playbook', ...args);
        return { status, words: stdout.split('\n').find((line) => line.startsWith('refused:')) };
      };
      expect(refused(at, 'none.yml')).toEqual({
        status: 3,
        words: `refused: there is no playbook ${at.home}/none.yml; name another file`,
      });
      expect(refused(at, 'mistake.yml').words).toBe(
        'refused: no action detected in task (/srv/mistake.yml, line 3); correct the playbook, then plan again',
      );
      expect(refused(playbookPlace({ isMissing: true }), 'site.yml').words).toBe(
        'refused: ansible-playbook is not on the PATH of this machine; install ansible-core here',
      );
      expect(refused(at, 'site.yml', '--read-only')).toMatchObject({
        status: 3,
        words: expect.stringContaining('read-only'),
      });
      expect(muster(at, 'plan', 'playbook', '--playbook', 'site.yml', '-l', 'n9').stderr).toContain('n9');
      expect(refused(at, 'site.yml', '--demo').words).toContain('have no Python for Ansible');
      expect(linesOf(at, 'starts')).toEqual([]);
    },
    LONG_MS,
  );

  test(
    'the password of a vault is asked for once, reaches Ansible through a pipe, and stands nowhere else',
    async () => {
      const at = playbookPlace();
      const args = ['apply', 'playbook', '--playbook', 'site.yml', '--vault', '--yes'];
      const terminal = start({ args, cwd: at.home, env: { ...at.env, XDG_STATE_HOME: '', XDG_CONFIG_HOME: '' } });
      onTestFinished(() => terminal.close());
      await terminal.see('Vault password', 30_000);
      // Keys soon after a question are thrown away, and nothing shows whether these were.
      const typing = setInterval(() => terminal.press(`\u0015${PASSWORD}`, '\r'), 400);
      await appears(at, 'calls');
      clearInterval(typing);
      await appears(at, 'began');
      const files = spawnSync('grep', ['-rlF', PASSWORD, '--exclude-dir=bin', at.home], { encoding: 'utf8' }).stdout;
      expect(files).toBe('');
      const processes = spawnSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null'], {
        maxBuffer: 1024 ** 3,
      }).stdout;
      expect(processes.includes(Buffer.from(PASSWORD))).toBe(false);
      ready(at, 'mended', 'go');
      await terminal.see('2 succeeded of 2 nodes', 30_000);
    },
    LONG_MS,
  );
});

describe.runIf(hasOpenSsh && hasAnsible)('with the real ansible-playbook on OpenSSH', () => {
  test(
    'muster writes its inventory, the check is in the plan, and every task is told',
    async () => {
      const sshds = [await startSshd(sftp), await startSshd(sftp)] as const;
      const home = newHome();
      trust(home, ...sshds.map(knownLine));
      home.inventory({ n1: nodeAt(sshds[0]), n2: nodeAt(sshds[1]) }, { groups: { web: ['n1', 'n2'] } });
      const at = { home: home.path, env: { ...home.env, PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' } };
      writeFileSync(join(at.home, 'site.yml'), REAL_PLAYBOOK);
      const { stdout } = play(at, '-i', 'qa.yaml', '--check', '--extra-vars', `folder=${at.home}`);
      expect(stdout).toContain('      + x=1\n');
      expect(stdout).toContain('n2: Fail on one: exited 9: bad disk, 1 changed, 1 ignored\n');
      expect(stdout).toContain('n1: succeeded, 2 changed, 1 skipped, 1 ignored\n');
      expect(stdout).toContain('localhost: succeeded, 1 changed\n');
      expect(readFileSync(join(at.home, 'here.txt'), 'utf8')).toBe('x=1\n');
      const log = muster(at, 'rollouts', 'log', 'last', 'n1').stdout;
      expect(log).toContain('TASK Hide: changed\nhidden: the task has no_log\n');
      expect(log).not.toContain('topsecret');
    },
    LONG_MS,
  );
});

const sftp = () => ['Subsystem sftp internal-sftp'];

const REAL_PLAYBOOK = `
- name: Web
  hosts: web
  gather_facts: false
  tasks:
    - name: Hide
      ansible.builtin.command: echo topsecret
      no_log: true
    - name: Fail softly
      ansible.builtin.command: sh -c 'exit 3'
      ignore_errors: true
    - name: Fail on one
      ansible.builtin.command: sh -c 'echo bad disk >&2; exit 9'
      when: inventory_hostname == 'n2'
    - name: Go on
      ansible.builtin.command: "true"
- name: Here
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Write
      ansible.builtin.copy: { content: "x=1\\n", dest: "{{ folder }}/here.txt" }
`;
