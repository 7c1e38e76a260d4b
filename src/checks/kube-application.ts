import type { Check } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { AS_LOGIN_USER } from '../model/git-shell.ts';
import { at, elements, type Json, text } from '../model/json.ts';
import type { KubeApplication } from '../model/kube-sharing.ts';
import { KUBECTL_SH } from '../model/kubectl.ts';
import { neutralise } from '../model/neutralise.ts';
import { exitCodeOf, nonEmptyLines, section, sections } from '../probes/text.ts';

const NAME = 'kubeApplication';

/**
 * An Application of Argo CD: target `CONTEXT KUBECONFIG NAMESPACE NAME REF ROOT`. Answers `== application CODE` with the API server's JSON and, where
 * a clone is named (REF and ROOT are not `-`), `== pushed` with `REVISION yes|no` for each revision that was synced: whether it holds what the clone's
 * branch does.
 */
export const kubeApplication = {
  name: NAME,
  deadlineMs: 45_000,
  sh: `
${AS_LOGIN_USER}
as_login_user sh -c '
rest=$1
set -f
set -- $1
context=$1 config=$2 namespace=$3 name=$4 ref=$5
root=\${rest#"$1 $2 $3 $4 $5 "}
command -v kubectl >/dev/null 2>&1 || { printf "== application 127\\nkubectl is not installed here\\n"; exit 0; }
${KUBECTL_SH}
path=/apis/argoproj.io/v1alpha1/namespaces/$namespace/applications/$name
out=$(k get --raw "$path" 2>/dev/null) || out=$(k get --raw "$path" 2>&1)
code=$?
printf "== application %s\\n%s\\n" "$code" "$out"
[ $code = 0 ] && [ "$ref" != - ] || exit 0
wanted=$(git -C "$root" rev-parse -q --verify "refs/remotes/$ref") || exit 0
printf "== pushed\\n"
out=$(k get applications.argoproj.io "$name" -n "$namespace" -o jsonpath="{.status.sync.revision} {.status.sync.revisions[*]}" 2>/dev/null)
for revision in $out; do
[ "$revision" = "$wanted" ] || git -C "$root" merge-base --is-ancestor "$wanted" "$revision" 2>/dev/null && echo "$revision yes" || echo "$revision no"
done
' muster "$1" </dev/null`,
  parse: ({ stdout, exitCode }): KubeApplication => {
    const parts = sections(stdout);
    const application = section(parts, 'application');
    if (application === undefined)
      throw new ParseError(NAME, 1, stdout, `kubectl could not be asked: exit code ${exitCode}`);
    if (exitCodeOf(application) !== 0) {
      const last = nonEmptyLines(application.text).at(-1) ?? 'kubectl said nothing';
      return { kind: 'none', because: neutralise(last.replace(/^Error from server(?: \(\w+\))?: /, '').slice(0, 300)) };
    }
    const pushed = section(parts, 'pushed');
    return {
      ...readApplication(jsonOf(application.text, application.line)),
      ...(pushed === undefined ? {} : { isAtPush: / yes$/m.test(pushed.text) }),
    };
  },
} satisfies Check<'kubeApplication'>;

function jsonOf(source: string, line: number): Json {
  try {
    return JSON.parse(source);
  } catch {
    throw new ParseError(NAME, line, source, 'the Application is no JSON');
  }
}

function readApplication(object: Json): Extract<KubeApplication, { readonly kind: 'seen' }> {
  const [spec, status] = [at(object, 'spec'), at(object, 'status')];
  const operation = at(status, 'operationState');
  const [source] = [at(spec, 'source'), ...elements(at(spec, 'sources'))].filter((each) => each !== undefined);
  const words = (value: Json, most = 400): string => neutralise(text(value, most).replace(/\s+/g, ' '));
  const [complaint] = elements(at(status, 'conditions')).filter((each) => /Error$/.test(text(at(each, 'type'))));
  return {
    kind: 'seen',
    sync: words(at(status, 'sync', 'status')),
    revision: words(at(status, 'sync', 'revision')) || words(elements(at(status, 'sync', 'revisions'))[0]),
    health: words(at(status, 'health', 'status')),
    phase: words(at(operation, 'phase')),
    message: words(at(complaint, 'message')) || words(at(operation, 'message')),
    isAutomated:
      at(spec, 'syncPolicy', 'automated') !== undefined && at(spec, 'syncPolicy', 'automated', 'enabled') !== false,
    targetRevision: words(at(source, 'targetRevision')),
    repository: words(at(source, 'repoURL')),
  };
}
