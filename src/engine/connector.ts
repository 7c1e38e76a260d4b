import type { NodeName } from '../model/ids.ts';
import {
  MASS_LOSS_AT_LEAST,
  MASS_LOSS_HOLD_MS,
  MASS_LOSS_RATIO,
  MASS_LOSS_WINDOW_MS,
  OPENING_PER_HANDSHAKE,
} from './limits.ts';
import type { NodeLink } from './node-link.ts';

/** Decides which nodes may connect now: a few at a time, those in front of the operator first. */
export interface Connector {
  /** Opens some of these: all links that are not up are among them. */
  readonly tick: (apart: readonly NodeLink[], nowMs: number) => void;
  /** A node that was up is lost. */
  readonly dropped: (link: NodeLink, nowMs: number) => void;
}

/** A connector over so many links; `isFocused` says whether somebody looks at a node. */
export function createConnector(
  links: number,
  maxConnecting: number,
  isFocused: (node: NodeName) => boolean,
): Connector {
  const window = Math.max(1, maxConnecting) * OPENING_PER_HANDSHAKE;
  let losses: { readonly link: NodeLink; readonly atMs: number }[] = [];
  let heldUntilMs = 0;

  const hold = (link: NodeLink) => {
    const now = link.now();
    // A node that keeps falling over has a back-off of its own.
    if (now.kind === 'lost' && now.attempt <= 1) link.hold(heldUntilMs);
  };

  return {
    tick: (apart, nowMs) => {
      let free = window;
      const ready: NodeLink[] = [];
      for (const link of apart) {
        if (link.now().kind === 'connecting') free -= 1;
        else if (link.isReady(nowMs)) ready.push(link);
      }
      if (free <= 0 || ready.length === 0) return;
      const focused = ready.filter(({ endpoint }) => isFocused(endpoint.node));
      const others = ready
        .filter(({ endpoint }) => !isFocused(endpoint.node))
        .sort((a, b) => waitingSince(a) - waitingSince(b));
      for (const link of [...focused, ...others].slice(0, free)) link.connect();
    },
    dropped: (link, nowMs) => {
      losses = losses.filter(({ atMs }) => nowMs - atMs < MASS_LOSS_WINDOW_MS);
      losses.push({ link, atMs: nowMs });
      if (losses.length < MASS_LOSS_AT_LEAST || losses.length <= MASS_LOSS_RATIO * links) return;
      if (nowMs >= heldUntilMs) {
        heldUntilMs = nowMs + MASS_LOSS_HOLD_MS;
        for (const loss of losses) hold(loss.link);
      } else hold(link);
    },
  };
}

/** First lost, first tried. */
function waitingSince(link: NodeLink): number {
  const now = link.now();
  return now.kind === 'lost' ? now.retryAtMs : 0;
}
