import { nodeName } from '../../src/model/ids.ts';
import type { WatchedFleet } from '../sim/watched-fleet.ts';

/** The node the tests of one poller are about. */
export const N1 = nodeName('n1');

/** What became of the answers to a question, oldest first. */
export const outcomes = (watched: WatchedFleet, probe: string, target?: string) =>
  watched.observations('n1', probe, target).map(({ outcome }) => outcome);

/** The lines that asked it. */
export const asksOf = (watched: WatchedFleet, probe: string) =>
  watched.nodes.node('n1').heard.filter(({ line }) => line.startsWith('A ') && line.split(' ')[2] === probe);

/** The lines that killed a child. */
export const killsOf = (watched: WatchedFleet) =>
  watched.nodes.node('n1').heard.filter(({ line }) => line.startsWith('K '));
