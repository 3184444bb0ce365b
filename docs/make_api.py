"""Write docs/api.md: the public names of aftertone, from their docstrings.

python docs/make_api.py
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aftertone

PAGE = Path(__file__).with_name("api.md")
_HEADING = re.compile(r"^([A-Z][a-z]+)\n-{3,}\n", re.MULTILINE)
_WIDTH = 100
_HEAD = """# API

The public names of `aftertone`, made from their docstrings by `make docs`. `import aftertone as at` loads
none of them before it is used. Every error is an `AftertoneError`; the tree stands in the docstring of
`aftertone.errors`, and the words used in that of `aftertone`.
"""


def page() -> str:
    """The whole page."""
    kinds: dict[str, Callable[[object], bool]] = {"Functions": inspect.isfunction, "Classes": inspect.isclass}
    public = {name: getattr(aftertone, name) for name in aftertone.__all__}
    parts = [_HEAD]
    for title, is_one in kinds.items():
        named = {name: value for name, value in sorted(public.items()) if is_one(value)}
        parts.append(f"## {title}\n\n" + " · ".join(f"[{name}](#{name.lower()})" for name in named) + "\n")
        parts += [_entry(name, value) for name, value in named.items()]
    return "\n".join(parts)


def _entry(name: str, value: Any) -> str:
    signature = f"\n```python\n{_signature(name, value)}\n```\n" if inspect.isfunction(value) else ""
    text = f"### {name}\n{signature}\n{_markdown(inspect.getdoc(value) or '')}\n"
    return text + "".join(_members(value)) if inspect.isclass(value) else text


class _Bare(str):
    """An annotation that is shown without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _signature(name: str, function: Any) -> str:
    given = inspect.signature(function)
    parameters = [each.replace(annotation=_Bare(each.annotation)) for each in given.parameters.values()]
    line = f"{name}{given.replace(parameters=parameters, return_annotation=_Bare(given.return_annotation))}"
    if len(line) <= _WIDTH:
        return line
    parts = [str(each) for each in parameters]
    keywords = [place for place, each in enumerate(parameters) if each.kind is each.KEYWORD_ONLY]
    if keywords:
        parts.insert(keywords[0], "*")
    inside = "".join(f"    {part},\n" for part in parts)
    return f"{name}(\n{inside}) -> {given.return_annotation}"


def _members(cls: type) -> Iterator[str]:
    """The methods and properties that the class itself has, a line for each."""
    for name, member in vars(cls).items():
        plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        is_method = inspect.isfunction(plain)
        if name.startswith("_") or not (is_method or isinstance(plain, property)) or not plain.__doc__:
            continue
        first = _inline(re.split(r"\n\s*\n", inspect.getdoc(plain) or "")[0])
        yield f"- `{name}{'()' if is_method else ''}`: {first}\n"


def _inline(text: str) -> str:
    return re.sub(r"``([^`]+)``", r"`\1`", re.sub(r"\s*\n\s*", " ", text.strip()))


def _markdown(text: str) -> str:
    """A docstring in numpy's style as Markdown."""
    about, *rest = _HEADING.split(text)
    parts = [_prose(about)]
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        entries = _prose(body) if title == "Examples" else "\n".join(_definitions(body))
        parts.append(f"**{title}**\n\n{entries}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _prose(text: str) -> str:
    """Paragraphs on a line each; examples fenced."""
    found = []
    for block in re.split(r"\n\s*\n", text.strip()):
        is_example = block.lstrip().startswith(">>>")
        found.append(f"```python\n{inspect.cleandoc(block)}\n```" if is_example else _inline(block))
    return "\n\n".join(block for block in found if block)


def _definitions(body: str) -> Iterator[str]:
    """``name : type`` with what follows indented, as items of a list."""
    for name, about in re.findall(
        r"^(\S[^\n]*)\n?((?:[ ]+[^\n]*\n?|\n(?=[ ]))*)", body.strip(), re.MULTILINE
    ):
        title, _, kind = name.partition(" : ")
        kind = f" ({_inline(kind)})" if kind else ""
        yield f"- `{title}`{kind}" + (f": {_inline(about)}" if about.strip() else "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
