"""Writing a playbook: a commented one to begin with, and a JSON Schema for editors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from aftertone.errors import PlaybookError
from aftertone.measurements import MEASURES
from aftertone.playbook.reading import CONDITION_HEADS, RULE_ID, ConditionToml, PlaybookToml, RuleToml

SCHEMA_FILE = "aftertone-playbook.schema.json"


def playbook_schema() -> dict[str, Any]:
    """The JSON Schema of a playbook, with every measure's name, for editors that complete and check.

    >>> page = playbook_schema()
    >>> page["required"], "fillers.per_min" in page["$defs"]["condition"]["properties"]["measure"]["enum"]
    (['title', 'rule'], True)
    """
    _, parts = msgspec.json.schema_components([PlaybookToml, RuleToml])
    names = {
        PlaybookToml.__name__: "playbook",
        RuleToml.__name__: "rule",
        ConditionToml.__name__: "condition",
    }
    shapes = {names[name]: _for_toml(shape, names) for name, shape in parts.items()}
    playbook, rule = shapes.pop("playbook"), shapes["rule"]
    playbook["properties"]["rule"] |= {"items": {"$ref": "#/$defs/rule"}, "minItems": 1}
    playbook["properties"]["template"] |= {"minItems": 1}
    rule["properties"]["id"]["pattern"] = f"^{RULE_ID.pattern}$"
    rule["properties"]["weight"]["exclusiveMinimum"] = 0
    rule["required"] = [*rule["required"], "advice"]
    for shape in shapes.values():
        shape["properties"]["measure"]["enum"] = [n for n, m in MEASURES.items() if m.kind != "curve"]
        shape["oneOf"] = [{"required": [head]} for head in CONDITION_HEADS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "aftertone playbook",
        **playbook,
        "$defs": shapes,
    }


def _for_toml(shape: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A schema without null, which TOML does not have."""
    properties = {}
    for key, declared in shape["properties"].items():
        ways = [way for way in declared.get("anyOf", [declared]) if way.get("type") != "null"]
        kind = dict(ways[0]) if len(ways) == 1 else {"anyOf": ways}
        kind.pop("default", None)
        items = kind.get("items")
        if isinstance(items, dict) and "$ref" in items:
            name = names[items["$ref"].rpartition("/")[2]]
            kind |= {"items": {"$ref": f"#/$defs/{name}"}, "minItems": 1}
        properties[key] = {"description": declared["description"], **kind}
    return {
        "type": "object",
        "properties": properties,
        "required": shape["required"],
        "additionalProperties": False,
    }


_STARTER = """\
#:schema {schema}
# The line above is for editors: `aftertone playbooks schema > {schema}` writes what it names.
# `aftertone measures` lists every measure that a rule may name. To check this file:
# `aftertone playbooks show {name}.toml`.

title = "{title}"
description = "What these messages are for."
source = "who says so"

# The sentences of a good message, for “say it like this”. {{fact}} is a fact of the message, or a blank:
# recipient, caller, company, number, purpose, ask, deadline, reason, thanks, gain, connection, earlier_mail,
# will_call. What stands in square brackets is left out where a fact in it is missing. purpose, ask, reason,
# thanks, gain, connection, earlier_mail and will_call are sentences of the message.
template = [
    "Hi {{recipient}}, this is {{caller}}[ from {{company}}].",
    "{{purpose}}.",
    "{{ask: what you would like them to do}}[ {{deadline}}].",
    "My number is {{number}}.",
    "Again, {{number}}.",
    "[{{thanks}}.]",
]

# A rule names a measure and what it should be: at_least, at_most, between, is (of a flag, a text, a number)
# or said (of a text or spans). Where it is missed the advice is shown, with measures in braces filled in.
[[rule]]
id = "length"                       # lower-case words with hyphens between, each once
title = "Take half a minute at most"
measure = "message.duration_s"
at_most = 30
weight = 1                          # its part in the score, against the other rules' weights
advice = "The message lasts {{message.duration_s}}. Keep the detail for the conversation."

# Several conditions: all_of, any_of, or first_of, where the first that can be judged decides. Each
# may have an advice of its own.
[[rule]]
id = "number-twice"
title = "Say the same number twice"
all_of = [
    {{ measure = "number.readings", at_least = 2 }},
    {{ measure = "number.agree", is = true, advice = "The readings differ: use a note." }},
]
weight = 3
source = "a source of its own"
advice = "You said it once only. Say it early, and again at the end."
advice_not_said = "Leave your number, and say it twice."  # where there was no number at all

# Something that should not be said. Of other rules, one whose thing was not said at all is missed. Where it
# should not be judged instead, write when_not_said = "not judged".
[[rule]]
id = "no-threat"
title = "Leave out every threat"
measure = "threat.spans"
said = false
weight = 4
advice = "Leave this out: {{threat.spans}}."
"""


def starter(name: str) -> str:
    """A commented playbook to begin with, as TOML."""
    return _STARTER.format(name=name, title=name.replace("-", " ").capitalize(), schema=SCHEMA_FILE)


def write_starter(name: str, folder: Path) -> Path:
    """Write a commented playbook to begin with, and return its path: ``NAME.toml`` in a folder.

    A name that breaks the rules, a file that is there already or cannot be written raises `PlaybookError`.
    """
    name = name.removesuffix(".toml")
    if not re.fullmatch(RULE_ID, name):
        raise PlaybookError(f"{name!r}: expected lower-case words with hyphens between, such as support-desk")
    path = folder / f"{name}.toml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter(name))
    except FileExistsError as error:
        raise PlaybookError(
            f"{path}: is there already, and was left as it is; choose another name"
        ) from error
    except OSError as error:
        raise PlaybookError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path
