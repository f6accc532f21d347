"""What the design says of rules: plain dictionaries, as their authors write them."""

from __future__ import annotations

from typing import Any

from tests.commands.model_of.world import Asked


def decided(policy: tuple[int, str, Any], asked: Asked) -> tuple[str, str]:
    """The answer of a policy, and the rule that gave it."""
    _, mode, rules = policy
    if not asked.guarded:
        return "approve", "needs_no_approval"
    if mode != "conditional":
        return ("approve" if mode == "auto" else "review"), mode
    return next(((rule["then"], rule["name"]) for rule in rules if _holds(rule.get("when", {}), asked)), ("review", "no_rule_held"))


def keeps_open(policy: tuple[int, str, Any], name: str) -> bool:
    """Whether the policy's rule of that name keeps open what it let in."""
    return any(rule["name"] == name and rule.get("when_changed") == "stay_open" for rule in policy[2])


def _holds(when: Any, asked: Asked) -> bool:  # noqa: ANN401 - JSON
    held: list[bool] = []
    for what, wanted in when.items():
        if what == "products":
            held.append(str(asked.product) in wanted)
        elif what == "categories":
            held.append(asked.category in wanted)
        elif what == "owner_kind":
            held.append(wanted == asked.owner_kind)
        elif what == "attributes":
            held += [_is_wanted(asked.attributes.get(name), value) for name, value in wanted.items()]
        elif what == "callback_hosts":
            held += [_hosts(asked.hosts, how, patterns) for how, patterns in wanted.items()]
        elif what == "earlier_rejections":
            held.append(wanted.get("at_least", 0) <= asked.rejections <= wanted.get("at_most", 99_999))
        else:
            raise AssertionError(f"the model knows no condition on {what}")
    return all(held)


def _is_wanted(value: str | None, wanted: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(wanted, dict):
        return (value is not None) is wanted["present"]
    return value in ([wanted] if isinstance(wanted, str) else wanted)


def _hosts(hosts: frozenset[str], how: str, patterns: list[str]) -> bool:
    fitting = {host for host in hosts if host in patterns or any("*." + host.split(".", 1)[-1] == each for each in patterns)}
    return bool(fitting) and (how == "any" or fitting == hosts)
