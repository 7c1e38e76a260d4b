import type { NodeRule } from './rule.ts';
import { messageClass } from './words.ts';

/** Nodes where muster may not become root, so that some facts stay unseen and changes are off. */
export const sudoRefused = {
  kind: 'node',
  name: 'sudo-refused',
  title: 'Root refused',
  severities: ['warning'],
  reads: ['privilege'],
  isLive: true,
  find: ({ name, facts }) => {
    const slot = facts.slots.privilege;
    if (slot?.kind !== 'ok' || slot.value.kind !== 'refused') return [];
    const { because } = slot.value;
    const evidence = { node: name, about: 'privilege', text: because };
    return [{ cause: messageClass(because, name), severity: 'warning', evidence, sinceMs: slot.changedAtMs }];
  },
  tell: ({ nodes, first }) => ({
    title: `sudo is refused on ${nodes}: ${first.text}`,
    nextMove: `Allow muster's user "sudo -n" on ${nodes} (a NOPASSWD rule), or live without the kernel's export table and without changes there.`,
  }),
} satisfies NodeRule;
