import type { Check } from '../model/check.ts';
import type { KubeNodeState } from '../model/drain.ts';
import { ParseError } from '../model/errors.ts';
import { AS_LOGIN_USER } from '../model/git-shell.ts';
import { at, elements, type Json, text } from '../model/json.ts';
import { KUBECTL_SAID, KUBECTL_SH, KUBECTL_WORDS, kubectlSentence } from '../model/kubectl.ts';
import { exitCodeOf, type Section, sections } from '../probes/text.ts';

const NAME = 'kubeNode';

/** What an answer calls the machine it was asked on. */
export const HERE = 'the node kubectl runs on';

/**
 * A node of a cluster as its API server has it now: target as `kubectlTarget` writes it, with the node's name. Answers `== node CODE` and the
 * object on one line, `== words` and what kubectl said. It asks as the login user, whose kubeconfig it is.
 */
export const kubeNode = {
  name: NAME,
  deadlineMs: 45_000,
  sh: `
${AS_LOGIN_USER}
as_login_user sh -c '
${KUBECTL_WORDS}
${KUBECTL_SH}
${KUBECTL_SAID}
raw node "/api/v1/nodes/$one"
' muster "$1" </dev/null`,
  parse: ({ stdout, exitCode }, target): KubeNodeState => {
    const answer = saidIn(NAME, sections(stdout), 'node');
    if (answer === undefined)
      throw new ParseError(NAME, 1, stdout, `kubectl could not be asked: exit code ${exitCode}`);
    const { part: node, code, words } = answer;
    if (/\(NotFound\)/.test(words)) return { kind: 'none', because: `the cluster has no node ${wordOf(target)}` };
    if (code !== 0)
      return { kind: 'none', because: kubectlSentence(words, code, { wanted: 'get nodes', where: HERE }).because };
    const object = jsonOf(NAME, node);
    const uid = text(at(object, 'metadata', 'uid'));
    if (uid === '') throw new ParseError(NAME, node.line, node.text, 'this is no node of Kubernetes');
    const ready = elements(at(object, 'status', 'conditions')).find((each) => at(each, 'type') === 'Ready');
    return {
      kind: 'node',
      uid,
      isCordoned: at(object, 'spec', 'unschedulable') === true,
      ready: text(at(ready, 'status')) || 'Unknown',
    };
  },
} satisfies Check<'kubeNode'>;

/** The first word of a target that `kubectlTarget` wrote. */
const wordOf = (target: string): string => target.split('\n')[2] ?? '';

/** What a command of `KUBECTL_SAID` answered under a name, how it ended and what it said; undefined where the answer has no such part, or is cut. */
export function saidIn(
  name: string,
  parts: readonly Section[],
  wanted: string,
): { readonly part: Section; readonly code: number; readonly words: string } | undefined {
  const at = parts.findIndex((part) => part.name === wanted);
  const part = parts[at];
  if (part === undefined) return undefined;
  const end = parts[at + 1];
  if (end?.name !== 'end') throw new ParseError(name, part.line, part.text, 'the answer of kubectl is cut');
  return { part, code: exitCodeOf(end), words: end.text };
}

/** JSON of a section; throws where it is none. */
export function jsonOf(name: string, { text: source, line }: Section): Json {
  try {
    return JSON.parse(source);
  } catch {
    throw new ParseError(name, line, source, 'the API server answered something that is no JSON');
  }
}
