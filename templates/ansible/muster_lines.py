# What happens in a playbook, host by host and task by task, as JSON lines on the file descriptor that MUSTER_LINES names.
#
# It is loaded beside whatever callbacks the user has and changes nothing of what they print. A result is first cleaned by Ansible
# (`no_log`), and only its words, its output and its differences are passed on: never arguments and never variables.
from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: muster_lines
    type: aggregate
    short_description: JSON lines for muster
    version_added: historical
    description: Tells muster what every task came to on every host.
"""

SAYS_CHARACTERS = 500
TEXT_CHARACTERS = 32 * 1024


def of(result, name):
    """Ansible 2.19 has public names for what was private before."""
    return getattr(result, name) if hasattr(result, name) else getattr(result, "_" + name)


def words(value):
    """One line of a message."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return " ".join(text.split())[:SAYS_CHARACTERS]


def cut(text):
    left = len(text) - TEXT_CHARACTERS
    return text if left <= 0 else "%s\n... %d more characters" % (text[:TEXT_CHARACTERS], left)


def said(answer):
    """Why it failed or was skipped, or what it said, in one line."""
    if answer.get("rc") and not answer.get("censored"):
        last = [line for line in str(answer.get("stderr") or answer.get("stdout") or "").splitlines() if line.strip()]
        return words("exited %s%s" % (answer["rc"], ": " + last[-1] if last else ""))
    for name in ("censored", "msg", "skipped_reason", "skip_reason", "stderr", "stdout", "reason", "exception"):
        if answer.get(name):
            return words(answer[name])
    return ""


def differences(answer):
    """Files before and after, where both are text that is not too long."""
    diffs = answer.get("diff") or []
    found = []
    for one in diffs if isinstance(diffs, list) else [diffs]:
        if not isinstance(one, dict):
            continue
        before, after = one.get("before", ""), one.get("after", "")
        path = answer.get("dest") or answer.get("path") or one.get("before_header") or one.get("after_header") or "a file"
        if isinstance(before, str) and isinstance(after, str) and len(before) + len(after) <= TEXT_CHARACTERS:
            found.append({"path": words(path), "before": before, "after": after})
    return found[:20]


def is_rescued(task):
    """Whether a block above has a `rescue` for what fails here; a guess that the recap at the end puts right."""
    try:
        child, parent = task, task._parent
        while parent is not None:
            if getattr(parent, "rescue", None) and any(one._uuid == child._uuid for one in parent.block):
                return True
            child, parent = parent, getattr(parent, "_parent", None)
    except AttributeError:
        pass
    return False


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "muster_lines"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._file = int(os.environ.get("MUSTER_LINES", "-1"))
        self.disabled = self._file < 0

    def tell(self, **line):
        try:
            left = memoryview((json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            # Whoever listens is gone; the playbook goes on.
            self.disabled = True

    def text(self, answer):
        if answer.get("censored"):
            return ""
        parts = []
        for name in ("stdout", "stderr"):
            if answer.get(name):
                parts.append(str(answer[name]).rstrip("\n"))
        for one in answer["results"] if isinstance(answer.get("results"), list) else []:
            if isinstance(one, dict):
                label = one.get("_ansible_item_label", one.get("item", ""))
                parts.append("item %s: %s" % (words(label), said(one)))
        diff = answer.get("diff")
        if diff:
            parts.append(self._get_diff(diff).rstrip("\n"))
        return cut("\n".join(part for part in parts if part))

    def ended(self, result, outcome):
        task, answer = of(result, "task"), of(result, "result")
        # Ansible cleans results for callbacks already; this holds for whatever it forgot.
        if getattr(task, "no_log", False) is True:
            answer = {"censored": "hidden: the task has no_log", "changed": answer.get("changed", False)}
        self.tell(
            kind="task-ended",
            host=of(result, "host").get_name(),
            task=task._uuid,
            title=words(task.get_name()),
            module=str(task.action),
            outcome=outcome,
            says=said(answer),
            text=self.text(answer),
            diffs=[] if answer.get("censored") else differences(answer),
        )

    def v2_runner_on_start(self, host, task):
        self.tell(
            kind="task-started",
            host=host.get_name(),
            task=task._uuid,
            title=words(task.get_name()),
            module=str(task.action),
        )

    def v2_runner_on_ok(self, result):
        self.ended(result, "changed" if of(result, "result").get("changed") else "ok")

    def v2_runner_on_skipped(self, result):
        self.ended(result, "skipped")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.ended(result, "ignored" if ignore_errors or is_rescued(of(result, "task")) else "failed")

    def v2_runner_on_unreachable(self, result):
        self.ended(result, "ignored" if getattr(of(result, "task"), "ignore_unreachable", False) else "unreachable")

    def v2_playbook_on_stats(self, stats):
        for host in sorted(stats.processed):
            recap = stats.summarize(host)
            self.tell(kind="host-ended", host=host, failed=recap["failures"], unreachable=recap["unreachable"])
