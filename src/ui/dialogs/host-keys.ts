import { nodeName, whyNotNodeName } from '../../model/ids.ts';
import type { HostKeyReview } from '../../model/link.ts';
import { foldNodes } from '../../model/node-set.ts';
import type { Scene } from '../scene.ts';
import { type Effect, type Outcome, only, say, type UiState } from '../ui-state.ts';
import type { Line } from '../view.ts';
import { type ConfirmDialog, close, DEAF_MS, type Dialog, type DialogKind, moved, stay, windowOf } from './dialog.ts';

type HostKeys = Extract<Dialog, { kind: 'host-keys' }>;

/** The one screen on which host keys are looked at. Nothing is marked at the start. */
export function openHostKeys(nowMs: number): HostKeys {
  return { kind: 'host-keys', cursor: 0, marked: new Set(), openedAtMs: nowMs };
}

const CHANGED_WORDS = 'a changed key is never accepted here: find out why, then mend known_hosts';

const idOf = ({ node, fingerprint }: HostKeyReview): string => `${node} ${fingerprint}`;

/** In the order of the inventory, as everywhere else; keys arrive in the order nodes happen to answer. */
function reviewsOf({ state: { inventory, reviews } }: Scene): readonly HostKeyReview[] {
  const places = new Map<string, number>(inventory.nodes.map(({ name }, index) => [name, index]));
  return reviews.toSorted((a, b) => (places.get(a.node) ?? 0) - (places.get(b.node) ?? 0));
}

/** A key can be accepted unless another one is on file. */
const isNew = ({ knownFingerprint }: HostKeyReview): boolean => knownFingerprint === undefined;

/** Unknown keys with their fingerprints, accepted one by one or all marked; changed keys with both fingerprints, only to be looked at. */
export const hostKeysScreen: DialogKind<HostKeys> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind !== 'key' || scene.nowMs - dialog.openedAtMs < DEAF_MS) return only(ui);
    const reviews = reviewsOf(scene);
    const here = reviews[dialog.cursor];
    const cursor = moved(dialog.cursor, { j: 'down', k: 'up' }[event.key] ?? event.key, reviews.length);
    if (cursor !== undefined) return stay(ui, { ...dialog, cursor });
    switch (event.key) {
      case 'esc':
      case 'q':
      case 'ctrl-c':
        return close(ui);
      case 'space':
        return here === undefined ? only(ui) : mark(dialog, here, reviews.length, ui);
      case 'M':
        return stay(ui, { ...dialog, marked: new Set(reviews.filter(isNew).map(idOf)) });
      case 'a': {
        const marked = reviews.filter((review) => dialog.marked.has(idOf(review)));
        return accept(marked.length > 0 ? marked : here === undefined ? [] : [here], ui, scene);
      }
      default:
        return only(ui);
    }
  },
  look: (dialog, _ui, scene, space) => {
    const reviews = reviewsOf(scene);
    const blocks = reviews.map((review, index) =>
      blockOf(review, index === dialog.cursor, dialog.marked.has(idOf(review))),
    );
    const none: Line = [{ text: 'No host key waits for you.', role: 'good' }];
    const changed = reviews.filter((review) => !isNew(review)).length;
    return {
      form: 'box',
      title: `Host keys: ${reviews.length - changed} unknown, ${changed} changed`,
      lines:
        blocks.length === 0
          ? [none]
          : windowOf(blocks, dialog.cursor, Math.max(1, Math.floor((space.height - 3) / (changed > 0 ? 4 : 3)))).flat(),
      hint: 'compare first · Space marks · M marks all unknown · a accepts · Esc leaves',
      width: Math.min(space.width, 100),
    };
  },
};

function blockOf(review: HostKeyReview, isHere: boolean, isMarked: boolean): readonly Line[] {
  const head: Line = [
    {
      text: `${isHere ? '>' : ' '} ${isNew(review) ? (isMarked ? '[x]' : '[ ]') : ' ! '} `,
      role: isNew(review) ? 'accent' : 'critical',
    },
    { text: review.node, role: isHere ? 'strong' : 'plain' },
    { text: `  ${review.address}  ${review.keyType}`, role: 'dim' },
    ...(isNew(review) ? [] : [{ text: '  CHANGED: cannot be accepted here', role: 'critical' as const }]),
  ];
  const offered: Line = [
    { text: '      offers ', role: 'dim' },
    { text: review.fingerprint, role: isNew(review) ? 'plain' : 'critical' },
  ];
  const known: Line = [{ text: '      on file ', role: 'dim' }, { text: review.knownFingerprint ?? '' }];
  const from: Line = [
    { text: `      in ${review.knownFrom ?? 'a file or setting that ssh does not name'}`, role: 'dim' },
  ];
  return isNew(review) ? [head, offered, []] : [head, offered, known, from];
}

function mark(dialog: HostKeys, review: HostKeyReview, count: number, ui: UiState): Outcome {
  if (!isNew(review)) return only(say(ui, CHANGED_WORDS, 'warning'));
  const marked = new Set(dialog.marked);
  if (!marked.delete(idOf(review))) marked.add(idOf(review));
  return stay(ui, { ...dialog, marked, cursor: Math.min(count - 1, dialog.cursor + 1) });
}

function accept(chosen: readonly HostKeyReview[], ui: UiState, scene: Scene): Outcome {
  const fresh = chosen.filter((review) => isNew(review) && whyNotNodeName(review.node) === undefined);
  if (fresh.length === 0) return only(say(ui, CHANGED_WORDS, 'warning'));
  const effects = fresh.map(
    ({ node, fingerprint }): Effect => ({
      kind: 'request',
      request: { kind: 'accept-host-key', node: nodeName(node), fingerprint },
    }),
  );
  const confirm: ConfirmDialog = {
    kind: 'confirm',
    title: 'Accept host keys',
    lines: [
      [
        {
          text: `${fresh.length === 1 ? 'The key' : `The ${fresh.length} keys`} of ${foldNodes(fresh.map(({ node }) => node))} will be trusted from now on.`,
        },
      ],
      ...fresh.slice(0, 8).map(({ node, fingerprint }): Line => [{ text: `  ${node}  ${fingerprint}` }]),
    ],
    key: 'y',
    label: fresh.length === 1 ? 'accept it' : `accept all ${fresh.length}`,
    effects,
    openedAtMs: scene.nowMs,
  };
  return stay(ui, confirm);
}
