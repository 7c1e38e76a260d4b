/** The nodes a command is run on. */
export const NODES_FIELD = {
  kind: 'nodes',
  title: 'Nodes',
  help: 'node set, e.g. gpu[01-16] or @gpu',
  isRequired: true,
  completes: 'nodes',
} as const;

/** Whose rights a command has. */
export const AS_FIELD = {
  kind: 'choice',
  title: 'As',
  help: 'whose rights it has: root (through sudo where the login user is not root) or the login user',
  choices: ['root', 'login-user'],
  default: 'root',
} as const;

/** What a command costs others. */
export const RISK_FIELD = {
  kind: 'choice',
  title: 'Risk',
  help: 'what it costs others; a program known to destroy data or to interrupt users raises it by itself; destroys-data needs what it destroys',
  choices: ['changes', 'reads', 'interrupts-users', 'destroys-data'],
  default: 'changes',
} as const;

/** When a command is given up. */
export const TIMEOUT_FIELD = {
  kind: 'count',
  title: 'Timeout',
  help: 'seconds after which it is killed with everything it started, 1 to 86400',
  min: 1,
  max: 86_400,
  default: 600,
} as const;
