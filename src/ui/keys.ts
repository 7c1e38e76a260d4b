import type { AnyRow, AnyView, Binding } from './view.ts';

/** What the shell itself can do, whatever view is shown. */
export type Command =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'page-up'
  | 'page-down'
  | 'top'
  | 'bottom'
  | 'mark'
  | 'mark-range'
  | 'mark-all'
  | 'unmark-all'
  | 'palette'
  | 'filter'
  | 'faults-only'
  | 'sort'
  | 'reverse-sort'
  | 'columns'
  | 'describe'
  | 'describe-up'
  | 'describe-down'
  | 'act'
  | 'rollouts'
  | 'shell'
  | 'refresh'
  | 'reconnect'
  | 'review-host-keys'
  | 'copy-cell'
  | 'copy-row'
  | 'copy-nodes'
  | 'copy-place'
  | 'save-table'
  | 'back'
  | 'backward'
  | 'forward'
  | 'next-view'
  | 'view-by-number'
  | 'previous-view'
  | 'theme'
  | 'inject-fault'
  | 'help'
  | 'messages'
  | 'repaint'
  | 'suspend'
  | 'quit';

/** Actions a binding of a view may name. Later rooms add theirs through `ShellOptions.actions`. */
export const BUILT_IN_ACTIONS = [
  'open-view',
  'describe',
  'shell',
  'refresh',
  'reconnect',
  'review-host-keys',
  'rollout',
] as const;

/** A key of the shell: in the footer if it has a hint, always in help, in KEYS.md, and in the duplicate-key test. */
export interface GlobalKey {
  readonly command: Command;
  readonly keys: readonly string[];
  readonly title: string;
  readonly group: 'move' | 'mark' | 'show' | 'node' | 'copy' | 'go' | 'program';
  /** A short word for the footer, for the keys a newcomer needs. */
  readonly hint?: string;
}

/** The keys as shipped. */
export const GLOBAL_KEYS: readonly GlobalKey[] = [
  {
    command: 'help',
    keys: ['?', 'f1'],
    title: 'help: every key of this view, searchable',
    group: 'program',
    hint: 'help',
  },
  {
    command: 'palette',
    keys: [':'],
    title: 'go to a view, a node, a node set, or run a command',
    group: 'go',
    hint: 'go to',
  },
  {
    command: 'filter',
    keys: ['/'],
    title: 'filter: words, ~regex, !not, terms such as gpu.temp>85',
    group: 'show',
    hint: 'filter',
  },
  { command: 'faults-only', keys: ['!'], title: 'only what is at fault, or everything', group: 'show', hint: 'faults' },
  { command: 'describe', keys: ['d'], title: 'open or close the describe pane', group: 'show', hint: 'describe' },
  { command: 'describe-down', keys: ['}', 'shift-down'], title: 'scroll the describe pane down', group: 'show' },
  { command: 'describe-up', keys: ['{', 'shift-up'], title: 'scroll the describe pane up', group: 'show' },
  { command: 'sort', keys: ['o'], title: 'choose the column to sort by', group: 'show', hint: 'sort' },
  { command: 'reverse-sort', keys: ['O'], title: 'sort the other way round', group: 'show' },
  { command: 'columns', keys: ['C'], title: 'choose the columns', group: 'show' },
  { command: 'up', keys: ['up', 'k'], title: 'up', group: 'move' },
  { command: 'down', keys: ['down', 'j'], title: 'down', group: 'move' },
  { command: 'left', keys: ['left', 'h'], title: 'left, in pictures', group: 'move' },
  { command: 'right', keys: ['right', 'l'], title: 'right, in pictures', group: 'move' },
  { command: 'page-up', keys: ['pageup', 'ctrl-u'], title: 'page up', group: 'move' },
  { command: 'page-down', keys: ['pagedown', 'ctrl-d', 'ctrl-f'], title: 'page down', group: 'move' },
  { command: 'top', keys: ['home', 'g'], title: 'first row', group: 'move' },
  { command: 'bottom', keys: ['end', 'G'], title: 'last row', group: 'move' },
  { command: 'mark', keys: ['space'], title: 'mark or unmark the row, and go on', group: 'mark', hint: 'mark' },
  { command: 'mark-range', keys: ['v'], title: 'start a range at the row; again: mark all of it', group: 'mark' },
  { command: 'mark-all', keys: ['M'], title: 'mark every row shown', group: 'mark' },
  { command: 'unmark-all', keys: ['U'], title: 'take all marks away', group: 'mark' },
  {
    command: 'act',
    keys: ['a'],
    title: 'act on the row or the marks: mount, export, run …',
    group: 'node',
    hint: 'act',
  },
  { command: 'rollouts', keys: ['J'], title: 'what muster is doing and has done', group: 'go' },
  { command: 'shell', keys: ['s'], title: 'login shell on the node of the row', group: 'node', hint: 'shell' },
  { command: 'refresh', keys: ['r'], title: 'ask the nodes of the row or the marks again now', group: 'node' },
  { command: 'reconnect', keys: ['R'], title: 'connect to the nodes of the row or the marks again now', group: 'node' },
  { command: 'review-host-keys', keys: ['H'], title: 'review host keys that wait for a person', group: 'node' },
  { command: 'copy-row', keys: ['y'], title: 'copy the row, or the marked rows', group: 'copy' },
  { command: 'copy-cell', keys: ['c'], title: 'copy the cell of the sorted column', group: 'copy' },
  { command: 'copy-nodes', keys: ['Y'], title: 'copy the node names, folded', group: 'copy' },
  {
    command: 'copy-place',
    keys: ['P'],
    title: 'copy the command that opens muster at this view and filter',
    group: 'copy',
  },
  { command: 'save-table', keys: ['w'], title: 'save the table to a file (TSV)', group: 'copy' },
  { command: 'back', keys: ['esc'], title: 'leave: range, filter, pane, this view', group: 'go', hint: 'back' },
  { command: 'backward', keys: ['[', 'alt-left'], title: 'where you were before', group: 'go' },
  { command: 'forward', keys: [']', 'alt-right'], title: 'and forward again', group: 'go' },
  {
    command: 'view-by-number',
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'],
    title: 'the view of that number',
    group: 'go',
  },
  { command: 'next-view', keys: ['tab'], title: 'next view', group: 'go' },
  { command: 'previous-view', keys: ['shift-tab'], title: 'previous view', group: 'go' },
  { command: 'messages', keys: ['N'], title: 'what was said so far, in full', group: 'program' },
  { command: 'theme', keys: ['T'], title: 'next theme', group: 'program' },
  { command: 'inject-fault', keys: ['F'], title: 'demo: break something, or mend it', group: 'program' },
  { command: 'repaint', keys: ['ctrl-l'], title: 'draw the screen again', group: 'program' },
  { command: 'suspend', keys: ['ctrl-z'], title: 'back to the shell you came from; `fg` returns', group: 'program' },
  { command: 'quit', keys: ['q', 'ctrl-c'], title: 'quit', group: 'program', hint: 'quit' },
];

/** Keys the operator chose: command (`save-table`) or binding (`mounts.export`) to keys; an empty list takes the key away. */
export interface KeySettings {
  readonly [name: string]: readonly string[];
}

/** The keys in force. */
export interface Keymap {
  readonly commandOf: (key: string) => Command | undefined;
  readonly keysOf: (command: Command) => readonly string[];
  /** Keys of one binding of a view. */
  readonly keysOfBinding: (view: AnyView, binding: Binding<AnyRow>) => readonly string[];
  /** What is wrong with the operator's choice, one sentence each. */
  readonly notices: readonly string[];
}

/** The name of a binding in the settings, e.g. `mounts.open-exports`. */
export function bindingName(view: AnyView, binding: Binding<AnyRow>): string {
  return `${view.name}.${binding.title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
}

/** The shipped keys with the operator's choice on top. Where two meanings want one key, the view's wins and a notice says so. */
export function keymapOf(views: readonly AnyView[], settings: KeySettings): Keymap {
  const known = new Set([
    ...GLOBAL_KEYS.map(({ command }): string => command),
    ...views.flatMap((view) => view.bindings.map((binding) => bindingName(view, binding))),
  ]);
  const unknown = Object.keys(settings).filter((name) => !known.has(name));
  const keysOf = (command: Command): readonly string[] =>
    settings[command] ?? GLOBAL_KEYS.find((one) => one.command === command)?.keys ?? [];
  const commands = new Map<string, Command>();
  for (const { command } of GLOBAL_KEYS)
    for (const key of keysOf(command)) if (!commands.has(key)) commands.set(key, command);
  const keymap: Keymap = {
    commandOf: (key) => commands.get(key) ?? (key === 'ctrl-c' ? 'quit' : undefined),
    keysOf,
    keysOfBinding: (view, binding) => settings[bindingName(view, binding)] ?? [binding.key],
    notices: [],
  };
  return {
    ...keymap,
    notices: [
      ...unknown.map((name) => `keys: there is no command or binding "${name}"; the help screen (?) names them`),
      ...conflictsOf(views, keymap),
    ],
  };
}

/** Keys that mean two things at once, one sentence each: within the shell, within a view, and a view against the shell. */
export function conflictsOf(views: readonly AnyView[], keymap: Keymap): readonly string[] {
  const conflicts: string[] = [];
  const shell = new Map<string, string>();
  for (const { command } of GLOBAL_KEYS) {
    for (const key of keymap.keysOf(command)) {
      const other = shell.get(key);
      if (other !== undefined) conflicts.push(`keys: "${key}" is both ${other} and ${command}; ${other} has it`);
      else shell.set(key, command);
    }
  }
  for (const view of views) {
    const own = new Map<string, string>();
    for (const binding of view.bindings) {
      for (const key of keymap.keysOfBinding(view, binding)) {
        const other = own.get(key) ?? shell.get(key);
        if (other !== undefined)
          conflicts.push(
            `keys: "${key}" in ${view.name} is both ${other} and ${binding.title}; ${own.has(key) ? other : binding.title} has it`,
          );
        if (!own.has(key)) own.set(key, binding.title);
      }
    }
  }
  return conflicts;
}

/** Chosen keys that never arrive because the terminal multiplexer around us keeps them, one sentence each. */
export function prefixNotices(
  settings: KeySettings,
  environment: { readonly [name: string]: string | undefined },
): readonly string[] {
  const [name, prefix] = environment['TMUX'] ? ['tmux', 'ctrl-b'] : environment['STY'] ? ['screen', 'ctrl-a'] : [];
  if (name === undefined) return [];
  const taken = Object.entries(settings).filter(([, keys]) => keys.includes(prefix ?? ''));
  return taken.map(
    ([command]) => `keys: "${prefix}" of ${command} is the prefix of ${name} unless you changed that; press it twice`,
  );
}

/** A key as people write it: `Enter`, `Ctrl-L`, `G`. */
export function keyLabel(key: string): string {
  const labels: { readonly [name: string]: string } = {
    up: '↑',
    down: '↓',
    left: '←',
    right: '→',
    pageup: 'PgUp',
    pagedown: 'PgDn',
  };
  return (
    labels[key] ??
    (key.length === 1
      ? key
      : key.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase()))
  );
}
