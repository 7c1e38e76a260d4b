import type { NodeName } from '../model/ids.ts';
import type { JobProgress, RolloutEvent, StepOutcome, StepState } from '../model/rollout.ts';
import type { StepFailure } from '../model/step-failure.ts';
import { type DriverLine, driverLines, parseDriverLine, type TaskPlace } from './driver-lines.ts';
import { DRIVEN_STEPS } from './limits.ts';

/** What a board works on. */
export interface TaskBoardTools {
  readonly stage: number;
  readonly nodes: readonly NodeName[];
  readonly nowMs: () => number;
  /** A secret that may stand in what the tasks say was lost with the runner that knew it: their words are not kept. */
  readonly isMuted: boolean;
  readonly record: (event: RolloutEvent) => void;
  /** How far a node is by the journal. */
  readonly progress: (node: NodeName) => JobProgress | undefined;
  readonly logs: {
    readonly at: (node: NodeName) => number;
    readonly write: (node: NodeName, bytes: Buffer) => number;
    readonly pour: (node: NodeName, bytes: Buffer) => void | Promise<void>;
    readonly settle: (node: NodeName) => Promise<number>;
  };
  /** Where the words of this stage begin in a node's log. */
  readonly logStart: (node: NodeName) => number;
  readonly says: (node: NodeName, step: number, text: string) => void;
}

/** What a driver told of each node, as records of the journal and lines of the nodes' logs. */
export interface TaskBoard {
  /** Output of the driver from its first byte on. What the journal and the logs have already is not written again. */
  readonly take: (bytes: Buffer) => void;
  /** The driver is over: how, for those of whom it told no end. Resolves when the logs have the end of what found no room. */
  readonly end: (outcome: StepOutcome) => Promise<void>;
}

/** A task on a node; `step` is undefined past the limit of the board. */
interface Cell {
  readonly task: string;
  readonly title: string;
  readonly step: number | undefined;
  isOpen: boolean;
}

interface Host {
  readonly node: NodeName;
  readonly cells: Cell[];
  /** Bytes of its log by the driver's output; the file may have more already. */
  toByte: number;
  /** Of what was said, found no room and stands nowhere; known at its end. */
  unkeptBytes: number;
  isPastRoom: boolean;
  isChanged: boolean;
  failure: StepFailure | undefined;
  recap: Extract<DriverLine, { kind: 'host-ended' }> | undefined;
}

interface Board {
  readonly tools: TaskBoardTools;
  readonly hosts: ReadonlyMap<string, Host>;
}

/** A board for the nodes of one driven stage. The same output always makes the same steps, which is what a successor builds on. */
export function createTaskBoard(tools: TaskBoardTools): TaskBoard {
  const hosts = new Map(
    tools.nodes.map((node): readonly [string, Host] => [
      node,
      {
        node,
        cells: [],
        toByte: tools.logStart(node),
        unkeptBytes: 0,
        isPastRoom: false,
        isChanged: false,
        failure: undefined,
        recap: undefined,
      },
    ]),
  );
  const board: Board = { tools, hosts };
  const take = driverLines((line) => {
    const told = parseDriverLine(line);
    if (told !== undefined) hear(board, told);
  });
  return {
    take,
    end: async (outcome) => {
      for (const host of hosts.values()) await endHost(board, host, outcome);
    },
  };
}

const MUTED = 'not kept: the password that would be masked in it was lost with the process that knew it';

function hear(board: Board, line: DriverLine): void {
  const host = board.hosts.get(line.host);
  if (host === undefined) return;
  const told = board.tools.isMuted && line.kind === 'task-ended' ? { ...line, says: MUTED, text: '' } : line;
  if (told.kind === 'host-ended') host.recap = told;
  else if (told.kind === 'task-started') begin(board, host, told);
  else endTask(board, host, told);
}

function begin({ tools }: Board, host: Host, { task, title, module }: TaskPlace): Cell {
  const step = host.cells.length + 1;
  const cell: Cell = { task, title, step: step > DRIVEN_STEPS ? undefined : step, isOpen: true };
  host.cells.push(cell);
  if (cell.step !== undefined && stateOf(tools, host, step) === undefined)
    tools.record({ kind: 'step-appeared', stage: tools.stage, node: host.node, step, title, does: module });
  tools.says(host.node, step, title);
  return cell;
}

function endTask(board: Board, host: Host, told: Extract<DriverLine, { kind: 'task-ended' }>): void {
  const { title, says } = told;
  const cell = host.cells.findLast(({ task, isOpen }) => isOpen && task === told.task) ?? begin(board, host, told);
  cell.isOpen = false;
  const fromByte = host.toByte;
  const words = told.text === '' && says !== '' ? `${says}\n` : told.text === '' ? '' : `${told.text}\n`;
  say(board, host, `TASK ${title}: ${told.outcome}\n${words}`);
  const outcome = outcomeOf(told);
  if (outcome.kind === 'failed') host.failure = outcome.failure;
  if (outcome.kind === 'changed') host.isChanged = true;
  if (cell.step !== undefined) endStep(board, host, cell.step, outcome, fromByte);
}

function outcomeOf({ outcome, title, says }: Extract<DriverLine, { kind: 'task-ended' }>): StepOutcome {
  switch (outcome) {
    case 'ok':
      return { kind: 'already' };
    case 'changed':
      return { kind: 'changed' };
    case 'skipped':
      return { kind: 'omitted', because: says };
    case 'ignored':
      return { kind: 'ignored', failure: { kind: 'task', task: title, says } };
    case 'unreachable':
      return { kind: 'failed', failure: { kind: 'unreachable', because: says } };
    case 'failed':
      return { kind: 'failed', failure: { kind: 'task', task: title, says } };
  }
}

/**
 * Into the node's log, but for what an earlier runner wrote there before it was killed, be it in the middle of a line. What finds no room
 * there is given to the log all the same: it keeps the end of it until the host is over.
 */
function say({ tools }: Board, host: Host, text: string): void {
  if (tools.isMuted) {
    host.toByte = tools.logs.at(host.node);
    return;
  }
  const bytes = Buffer.from(text);
  const missing = bytes.subarray(Math.max(0, tools.logs.at(host.node) - host.toByte));
  const unkept = host.isPastRoom || missing.length === 0 ? missing.length : tools.logs.write(host.node, missing);
  host.isPastRoom ||= unkept > 0;
  if (unkept > 0) void tools.logs.pour(host.node, missing.subarray(missing.length - unkept));
  host.toByte += bytes.length;
}

const stateOf = ({ progress }: TaskBoardTools, { node }: Host, step: number): StepState | undefined =>
  progress(node)?.steps[step];

function endStep({ tools }: Board, host: Host, step: number, outcome: StepOutcome, fromByte = host.toByte): void {
  const before = stateOf(tools, host, step);
  if (before === undefined || before.outcome !== undefined) return;
  tools.record(endOf(tools, host, step, before, outcome, fromByte));
}

const endOf = (
  tools: TaskBoardTools,
  host: Host,
  step: number,
  before: StepState,
  outcome: StepOutcome,
  fromByte: number,
): RolloutEvent => ({
  kind: 'step-ended',
  stage: tools.stage,
  node: host.node,
  step,
  attempt: before.attempt,
  outcome,
  tookMs: tools.nowMs() - (before.startedAtMs ?? tools.nowMs()),
  // Words that found no room stand further on by their number than anything in the file.
  log: {
    fromByte: Math.min(fromByte, tools.logs.at(host.node)),
    toByte: Math.min(host.toByte, tools.logs.at(host.node)),
    droppedBytes: step === 0 ? host.unkeptBytes : 0,
  },
});

/** The first step of a node ends with what the whole came to there. */
async function endHost(board: Board, host: Host, driven: StepOutcome): Promise<void> {
  const { recap, node } = host;
  host.unkeptBytes = await board.tools.logs.settle(node);
  host.toByte = board.tools.logs.at(node);
  if (recap !== undefined && recap.failed === 0 && recap.unreachable === 0) forgive(board, host);
  for (const { step, title, isOpen } of host.cells)
    if (isOpen && step !== undefined) endStep(board, host, step, { kind: 'failed', failure: cutShort(title) });
  endStep(board, host, 0, wholeOf(host, driven));
}

const cutShort = (task: string): StepFailure => ({
  kind: 'task',
  task,
  says: 'the playbook ended while it ran; what it had begun there may have gone on',
});

/** A failure that the recap does not count was taken up by a rescue. */
function forgive({ tools }: Board, host: Host): void {
  host.failure = undefined;
  for (const { step } of host.cells) {
    const before = step === undefined ? undefined : stateOf(tools, host, step);
    if (step === undefined || before?.outcome?.kind !== 'failed' || before.log === undefined) continue;
    const { failure } = before.outcome;
    tools.record({
      kind: 'step-ended',
      stage: tools.stage,
      node: host.node,
      step,
      attempt: before.attempt,
      outcome: { kind: 'ignored', failure },
      tookMs: (before.endedAtMs ?? 0) - (before.startedAtMs ?? 0),
      log: before.log,
    });
  }
}

function wholeOf({ recap, failure, isChanged, cells }: Host, driven: StepOutcome): StepOutcome {
  const good: StepOutcome = { kind: isChanged ? 'changed' : 'already' };
  if (failure !== undefined) return { kind: 'failed', failure };
  if (recap !== undefined) {
    const says = `the recap counts ${recap.failed} failed and ${recap.unreachable} unreachable`;
    return recap.failed + recap.unreachable === 0
      ? good
      : { kind: 'failed', failure: { kind: 'task', task: 'recap', says } };
  }
  if (driven.kind !== 'failed') return good;
  if (cells.length > 0 || driven.failure.kind !== 'exit') return driven;
  const { exitCode, lastWords } = driven.failure;
  const words = lastWords === '' ? `it exited ${exitCode}` : lastWords;
  return { kind: 'failed', failure: { kind: 'not-started', because: `the playbook ended before its turn: ${words}` } };
}
