// A place to play playbooks from: an empty home, two nodes that are this machine, and a program that stands in for ansible-playbook.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { projectRoot } from './driver.ts';

/** A home, and the environment of everything that is started from it. */
export interface Place {
  readonly home: string;
  readonly env: Record<string, string>;
}

/** The built program. */
export const program = join(projectRoot, 'bin', 'muster');

/**
 * It lists two hosts, and then tells what the real callback tells, in the same words, on the descriptor it is given: n1 goes well, n2 fails
 * unless the file `mended` is there. It waits for the file `go` in the middle, with a child of its own beside it. Its calls and its starts
 * are written down, and so is the password it can read.
 */
const STAND_IN = `#!/bin/sh
echo "$*" >>"$HOME/calls"
limit=n1,n2 vault= list=
while [ $# -gt 0 ]; do
  case $1 in
  --limit) limit=$2; shift ;;
  --vault-password-file) vault=$2; shift ;;
  --list-hosts) list=yes ;;
  *mistake.yml) echo "ERROR! no action detected in task."; echo "The error appears to be in '/srv/mistake.yml': line 3, column 7"; exit 4 ;;
  esac
  shift
done
hosts=$(echo "$limit" | tr , ' ')
[ -z "$vault" ] || read -r password <"$vault"
[ -z "$vault" ] || [ "$password" = "open  sesame" ] || { echo 'ERROR! Decryption failed'; exit 1; }
if [ -n "$list" ]; then
  printf '\\nplaybook: site.yml\\n\\n  play #1 (all): Web\\tTAGS: []\\n    hosts (2):\\n'
  for host in $hosts; do echo "      $host"; done
  printf '    tasks:\\n      Say\\tTAGS: []\\n'
  exit 0
fi
tell() { echo "$1" >&3; }
task() { tell "{\\"kind\\":\\"task-$1\\",\\"host\\":\\"$2\\",\\"task\\":\\"$3\\",\\"title\\":\\"$3\\",\\"module\\":\\"command\\",\\"outcome\\":\\"$4\\",\\"says\\":\\"$5\\",\\"text\\":\\"$6\\"}"; }
echo once >>"$HOME/starts"
echo 'PLAY [Web] ***'
for host in $hosts; do task started $host Say; done
for host in $hosts; do task ended $host Say changed '' "hello from $host"; done
for host in $hosts; do task started $host Wait; done
if [ ! -e "$HOME/go" ]; then
  sleep 300 &
  : >"$HOME/began"
  until [ -e "$HOME/go" ]; do sleep 0.05; done
  kill $!
fi
code=0
for host in $hosts; do
  if [ $host = n2 ] && [ ! -e "$HOME/mended" ]; then
    task ended $host Wait failed 'exited 9: bad disk' 'bad disk'
    tell '{"kind":"host-ended","host":"n2","failed":1,"unreachable":0}'
    code=2
  else
    task ended $host Wait ok '' "over on $host"
    tell "{\\"kind\\":\\"host-ended\\",\\"host\\":\\"$host\\",\\"failed\\":0,\\"unreachable\\":0}"
  fi
done
echo 'PLAY RECAP ***'
exit $code
`;

/** A place with the stand-in first on its path; `isMissing` leaves it out, and the real one, too. */
export function playbookPlace({ isMissing = false, nodes = {} }: { isMissing?: boolean; nodes?: object } = {}): Place {
  const home = mkdtempSync(join(tmpdir(), 'muster-e2e-'));
  const bin = join(home, 'bin');
  mkdirSync(bin);
  if (!isMissing) writeFileSync(join(bin, 'ansible-playbook'), STAND_IN, { mode: 0o755 });
  const local = { via: 'local' };
  writeFileSync(join(home, 'muster.yaml'), JSON.stringify({ name: 'here', nodes: { n1: local, n2: local, ...nodes } }));
  writeFileSync(join(home, 'site.yml'), '- hosts: all\n');
  writeFileSync(join(home, 'mistake.yml'), '- hosts: all\n');
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const others = isMissing ? path.filter((folder) => !existsSync(join(folder, 'ansible-playbook'))) : path;
  return {
    home,
    env: { PATH: [bin, ...others].join(delimiter), HOME: home, LANG: 'C.UTF-8', MUSTER_SPOOL: join(home, 'spool') },
  };
}

/** Runs a command of muster to its end. */
export function muster({ home, env }: Place, ...args: readonly string[]) {
  const options = { cwd: home, encoding: 'utf8', timeout: 200_000, env } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], options);
  return { status, stdout, stderr };
}

/** Plays site.yml to its end. */
export const play = (at: Place, ...args: readonly string[]) =>
  muster(at, 'apply', 'playbook', '--playbook', 'site.yml', '--yes', ...args);

/** The folder of the newest rollout. */
export function rolloutFolder({ home }: Place): string {
  const folder = join(home, '.local', 'state', 'muster', 'rollouts');
  return join(folder, readdirSync(folder).toSorted().at(-1) ?? '');
}

/** What the stand-in wrote down, line by line. */
export const linesOf = ({ home }: Place, name: string): readonly string[] =>
  existsSync(join(home, name)) ? readFileSync(join(home, name), 'utf8').trim().split('\n') : [];

/** Resolves when the file is in the home. */
export function appears({ home }: Place, name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(home, () => look());
    const look = () => {
      if (!existsSync(join(home, name))) return;
      watcher.close();
      resolve();
    };
    look();
  });
}
