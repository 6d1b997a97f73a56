"""Options that were not given: from `PERTURB_*` variables, else from perturb.toml, else their defaults.

perturb.toml is that of the current directory alone, so that nothing above it changes a run. Its top
level is for every command that has the option, a table such as [smooth] for one; keys are the long
options without dashes. What runs code, whom to trust with it, and which file to write are left to
the command line and the variables: the file may have come with the data. What a saved fit says is
left to the command line alone: neither a variable nor the file is about that fit.
"""

from __future__ import annotations

import os
from typing import Any

from typer.core import TyperCommand, TyperGroup, TyperOption

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import files
from perturbcli.edge.reading.words import clipped, found, meant
from perturbcli.reporting import KEYS, Complaints, note

FILE = "perturb.toml"
PREFIX = "PERTURB_"
GUARDED = ("allow-code", "cluster", "output", "data", "checkpoint")
FITTED = {"predict": ("epsilon", "noise")}  # command -> options whose default a saved fit says
JSON = ("json", "jsonl")
LARGEST = 2**16  # characters of the file: keys of many parts take the square of them to read
NOTED = "perturb.noted"  # under which a context says that variables of no option were told of
SHOWN = 200  # characters of what is said of broken TOML, which may repeat a name of any length

Tables = dict[str, dict[str, Any]]  # command -> long option -> value; "" for every command


class Configured(TyperCommand):
    """A command whose options may also come from the environment and the file."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        for name, option in named(self).items():
            option.envvar, option.show_envvar = variable(name), False  # the rule is said once

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        asked = not (ctx.resilient_parsing or {"-h", "--help"} & set(args))
        if asked:
            configure(self, ctx)
        try:
            rest = super().parse_args(ctx, args)
        finally:
            if asked:
                misspelt(ctx, quiet=bool(ctx.params.get("quiet")))
        if isinstance(ctx.obj, Complaints):
            ctx.obj.as_json |= ctx.params.get("format_") in JSON
            ctx.obj.debug |= bool(ctx.params.get("debug"))
        return rest


def named(command: Any) -> dict[str, TyperOption]:
    """The options of a command by their long names, without dashes in front."""
    return {
        max(option.opts, key=len).removeprefix("--"): option
        for option in command.params
        if isinstance(option, TyperOption)
    }


def variable(name: str) -> str:
    """The environment variable of a long option."""
    return PREFIX + name.upper().replace("-", "_")


def configure(command: Any, ctx: Any) -> None:
    """Give click the defaults of the file, and take what is meant for other commands out of its way."""
    assert ctx.parent is not None
    commands = siblings(ctx)
    tables = read(commands)
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for name, option in named(command).items():
        if name in FITTED.get(str(command.name), ()):
            option.envvar = None
            continue
        if others(commands, name, option, os.environ.get(variable(name))):
            option.envvar = None
        own = tables.get(str(command.name), {})
        shared = tables[""].get(name)
        if name in own:
            values[option.name], places[option.name] = own[name], f"{command.name}.{name}"
        elif shared is not None and not others(commands, name, option, shared):
            values[option.name], places[option.name] = shared, name
        if option.multiple and isinstance(values.get(option.name), str):
            values[option.name] = [values[option.name]]
    ctx.default_map = values
    ctx.meta[KEYS] = (FILE, places)


def misspelt(ctx: Any, *, quiet: bool) -> None:
    """Tell of variables that no option of any command has: once, though the jobs of a batch are calls too."""
    if ctx.meta.setdefault(NOTED, ctx) is not ctx or quiet:
        return
    every = {variable(name) for one in siblings(ctx).values() for name in named(one)}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in every:
            note(f"{name}: no option has this variable{meant(name, every)}")


def siblings(ctx: Any) -> dict[str, Any]:
    """All commands of the program."""
    group = ctx.find_root().command
    assert isinstance(group, TyperGroup)
    return dict(group.commands)


def others(commands: dict[str, Any], name: str, option: TyperOption, value: Any) -> bool:
    """Whether a value for every command is one that only others have, as jsonl is no format of families."""
    choices = option.type_descriptor.choices
    if value is None or choices is None or value in choices:
        return False
    alike = [named(command).get(name) for command in commands.values()]
    return any(other and value in (other.type_descriptor.choices or ()) for other in alike)


def read(commands: dict[str, Any]) -> Tables:
    """What the file says, checked to be options of commands. Raises `InputError`."""
    import tomllib  # which the help has no use for

    if not os.path.lexists(FILE):  # a dangling link is a mistake, not an absence
        return {"": {}}
    text = files.text(FILE)
    if len(text) > LARGEST:
        raise InputError(FILE, None, f"expected at most {LARGEST} characters, found {len(text)}")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"expected valid TOML, found: {clipped(str(error), SHOWN)}"
        raise InputError(FILE, None, message) from None
    except ValueError:
        message = "expected numbers of ordinary length, found an integer of thousands of digits"
        raise InputError(FILE, None, message) from None
    except RecursionError:
        raise InputError(FILE, None, "expected less nesting, found too much of it") from None
    every = {name: option for one in commands.values() for name, option in named(one).items()}
    tables: Tables = {"": {}}
    for key, value in document.items():
        if key in commands and isinstance(value, dict):
            options = named(commands[key])
            for name, entry in value.items():
                if name in FITTED.get(key, ()):
                    message = f"expected --{name} on the command line: the fit says it"
                    raise InputError(FILE, f"{key}.{name}", message)
                check(f"{clipped(key)}.{clipped(name)}", name, entry, options, f"of perturb {key}")
            tables[key] = value
        else:
            known = every if not isinstance(value, dict) else {}
            check(clipped(key), key, value, known, "or a command's name", [*every, *commands])
            tables[""][key] = value
    return tables


def check(
    where: str,
    name: str,
    value: Any,
    options: dict[str, TyperOption],
    whose: str,
    known: list[str] | None = None,
) -> None:
    """Raise `InputError` for a key that is no option, and for a value of another kind."""
    if name not in options:
        message = f"expected a long option {whose}, found an unknown one"
        raise InputError(FILE, where, message + meant(name, known or options))
    if name in GUARDED:
        message = f"expected --{name} or {variable(name)}: a file may have come with the data"
        raise InputError(FILE, where, message)
    option = options[name]
    if option.is_flag:
        right, wanted = isinstance(value, bool), "true or false"
    elif option.multiple:
        entries = value if isinstance(value, list) else [value]
        right, wanted = all(isinstance(one, str) for one in entries), "a list of strings"
    else:
        right = isinstance(value, str | int | float) and not isinstance(value, bool)
        wanted = "a number or a string"
    if not right:
        raise InputError(FILE, where, f"expected {wanted}, found {found(value)}")
