import type { Action, FleetView, Input } from '../model/action.ts';
import { nodeName, whyNotNodeName } from '../model/ids.ts';
import { type Job, type NodeNote, type Plan, refuse, type Step } from '../model/plan.ts';
import { type PlaybookStudy, THIS_MACHINE } from '../model/playbook.ts';
import { needsOn } from './node-plans.ts';
import { TIMEOUT_FIELD } from './run-fields.ts';

/** Linux takes no longer word of a command: MAX_ARG_STRLEN of execve(2). */
const WORD_BYTES = 131_071;

/** A playbook of the user's own, played once from this machine, with what each task came to on each node. */
export const playbook = {
  name: 'playbook',
  title: 'Play an Ansible playbook',
  summary:
    'Your playbook as a rollout: its plays, hosts and tasks are read first, then each task is told node by node while it runs.',
  targets: [{ view: 'nodes', fills: { nodes: 'nodes' } }],
  fields: {
    playbook: {
      kind: 'text',
      title: 'Playbook',
      help: 'its file on this machine; a relative path is meant from where muster was started, and so is ansible.cfg',
      isRequired: true,
      completes: 'files',
    },
    nodes: {
      kind: 'nodes',
      title: 'Nodes',
      help: 'limits the playbook to these; empty: every host it names that muster knows, and localhost',
      completes: 'nodes',
    },
    check: {
      kind: 'flag',
      title: 'Check',
      help: 'plays it with --check --diff first, and shows in the plan what it would change',
      default: false,
    },
    diff: { kind: 'flag', title: 'Diff', help: 'writes what changes in files into the logs (--diff)', default: false },
    tags: { kind: 'text', title: 'Tags', help: 'only tasks with these tags, parted by commas' },
    skipTags: { kind: 'text', title: 'Skip tags', help: 'no tasks with these tags, parted by commas' },
    extraVars: {
      kind: 'lines',
      title: 'Extra vars',
      help: 'one a line: name=value or @@FILE; everybody on this machine can read them, so no secrets',
      default: [],
    },
    forks: {
      kind: 'count',
      title: 'Forks',
      help: "nodes at once, 1 to 1000; empty: what ansible.cfg says, or Ansible's 5",
      min: 1,
      max: 1000,
    },
    vault: { kind: 'flag', title: 'Vault', help: 'asks for the password of the vault', default: false },
    vaultPassword: { kind: 'secret', title: 'Vault password', help: 'kept in memory only', onlyWith: 'vault' },
    become: { kind: 'flag', title: 'Become', help: 'asks for the password of become (sudo)', default: false },
    becomePassword: { kind: 'secret', title: 'Become password', help: 'kept in memory only', onlyWith: 'become' },
    timeout: { ...TIMEOUT_FIELD, default: 3600 },
  },
  studies: 'playbook',
  needs: (_, fleet) => {
    const named = namedIn(fleet.playbook);
    const nodes = fleet.inventory.nodes.map(({ name }) => name).filter((name) => named.has(name));
    return needsOn(nodes, () => [{ kind: 'probe', probe: 'identity' }]);
  },
  plan(input, fleet) {
    const title = `play ${String(input['playbook'])}`;
    const study = fleet.playbook;
    if (study === undefined) return refuse(title, 'nobody read it', 'plan again');
    if (study.kind === 'problem') return refuse(title, study.because, study.tryThis);
    return planned(title, input, study, fleet);
  },
} satisfies Action;

type Studied = Extract<PlaybookStudy, { kind: 'studied' }>;

/** Every host that any play is for, once, in the order of the inventory; one whose name muster cannot take is left out and counted. */
function hostsOf({ playbook: study, inventory }: FleetView): readonly string[] {
  const named = namedIn(study);
  const known = inventory.nodes.map(({ name }): string => name).filter((name) => named.has(name));
  const strangers = [...named].filter((host) => !known.includes(host) && whyNotNodeName(host) === undefined);
  return [...known, ...strangers];
}

const namedIn = (study: PlaybookStudy | undefined): ReadonlySet<string> =>
  new Set(study?.kind === 'studied' ? study.plays.flatMap(({ hosts }) => hosts) : []);

function planned(title: string, input: Input, study: Studied, fleet: FleetView): Plan {
  const hosts = hostsOf(fleet);
  const notes = hosts.map((host): NodeNote | undefined => whyNotPlayed(host, fleet));
  const refused = notes.filter((note) => note !== undefined);
  const good = hosts.filter((_, at) => notes[at] === undefined);
  const limit = good.join(',');
  if (Buffer.byteLength(limit) > WORD_BYTES)
    return refuse(title, `the names of ${good.length} nodes are too long for one command`, 'name fewer nodes');
  const driver = driverStep(title, input, study, limit);
  const jobs = good.map((host): Job => ({ node: nodeName(host), steps: [stepOn(host, driver, study)] }));
  const [first, ...others] = jobs;
  if (first === undefined) {
    const [because] = refused;
    return because === undefined
      ? { kind: 'no-op', title, because: 'none of its plays is for any of these nodes', already: [] }
      : { kind: 'refused', title, because: because.because, tryThis: because.tryThis ?? 'plan again', refused };
  }
  const stage = {
    title,
    note: noteOf(study, namedIn(study).size - hosts.length),
    jobs: [first, ...others],
    driver: { step: driver, nodesAt: study.nodesAt },
  } as const;
  return { kind: 'change', title, stages: [stage], already: [], refused };
}

function whyNotPlayed(host: string, { inventory, nodes }: FleetView): NodeNote | undefined {
  const node = nodeName(host);
  const view = nodes.get(node);
  const note = (because: string, tryThis: string): NodeNote => ({ nodes: [node], because, tryThis });
  if (view === undefined)
    return host === THIS_MACHINE ? undefined : note(`it is not in ${inventory.name}`, 'add it, or limit the playbook');
  if (view.offLimits !== undefined) return note(view.offLimits, 'allow changes there');
  return view.unreachable === undefined ? undefined : note(view.unreachable, 'see why with doctor, then plan again');
}

/** What is played, how it is steered, and what Ansible does by itself. */
function noteOf({ plays }: Studied, strangers: number): string {
  const told = plays.map(
    ({ title, hosts, tasks }) => `"${title}" (${counted(hosts.length, 'host')}, ${counted(tasks.length, 'task')})`,
  );
  const more = told.length > 5 ? `, and ${told.length - 5} more` : '';
  const left = strangers === 0 ? '' : `; left out for a name that muster cannot take: ${counted(strangers, 'host')}`;
  return `${told.slice(0, 5).join(', ')}${more}${left}; waves are those of the plays (serial, forks); it can be aborted, not paused`;
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function driverStep(title: string, input: Input, { argv, nodesAt }: Studied, limit: string): Step {
  const [program, ...rest] = argv;
  const secrets = ['vaultPassword', 'becomePassword'].flatMap((field) => {
    const given = String(input[field] ?? '');
    // As it would stand in a line of the callback, too.
    return given === '' ? [] : [given, JSON.stringify(given).slice(1, -1)];
  });
  return {
    title,
    run: {
      argv: [program, ...rest.with(nodesAt - 1, limit)],
      stdin: ['vaultPassword', 'becomePassword'].map((field) => `${String(input[field] ?? '')}\n`).join(''),
      ...(secrets.length === 0 ? {} : { secrets }),
    },
    as: 'login-user',
    risk: 'changes',
    guard: [],
    done: 'exit-code',
    timeoutMs: Number(input['timeout']) * 1000,
    preview: [],
    undo: { never: 'Ansible knows no way back; play one that undoes it' },
    warnings: [],
  };
}

/** The same command, without what it reads: it runs once, for all of them. */
const stepOn = (host: string, driver: Step, { wouldDo }: Studied): Step => ({
  ...driver,
  run: { argv: driver.run.argv },
  preview: wouldDo === undefined ? [] : (wouldDo.get(host) ?? NOTHING),
});

const NOTHING = [{ kind: 'state', now: 'the check', after: 'nothing would change' }] as const;
