"""The embedded engine with the permissions of one of the users of ``deploy/clickhouse``.

The engine has one user, ``default``, who needs no password. So the definition of another user is
given to it; what is read from the environment is the password alone.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

ROOT: Final = Path(__file__).parents[2]
CLICKHOUSE: Final = ROOT / "deploy" / "clickhouse"


def engine_config(
    directory: Path, user: str | None, *more: Path, users: Path | None = None
) -> Path:
    """A configuration file for an engine that is used as ``user``; None is one who may do anything.

    Args:
        directory: where to write it.
        user: a name in ``users``.
        more: configuration files whose elements are taken over as they are.
        users: the file with the users; ``deploy/clickhouse/users.d/spanbridge.xml`` unless told.
    """
    given = ElementTree.parse(users or CLICKHOUSE / "users.d" / "spanbridge.xml").getroot()
    root = ElementTree.Element("clickhouse")
    profiles = ElementTree.SubElement(root, "profiles")
    ElementTree.SubElement(profiles, "default")
    profiles.extend(given.find("profiles") or [])
    # Needs a setting of the server that the embedded engine does not read.
    for constraint in profiles.findall("*/constraints/*"):
        for changeable in constraint.findall("changeable_in_readonly"):
            constraint.remove(changeable)
    defined = ElementTree.Element("default")
    if user is not None:
        defined = copy.deepcopy(given.find(f"users/{user}"))
        assert defined is not None, user
        defined.tag = "default"
        secret = defined.find("password")
        assert secret is not None
        defined.remove(secret)
        # `USE default` is how the embedded engine is told the database of a query; a server is told
        # beside the query, and asks for no permission.
        grants = defined.find("grants")
        assert grants is not None
        ElementTree.SubElement(grants, "query").text = "GRANT SHOW DATABASES ON default.*"
    else:
        networks = ElementTree.SubElement(defined, "networks")
        ElementTree.SubElement(networks, "ip").text = "::/0"
        ElementTree.SubElement(defined, "profile").text = "default"
    ElementTree.SubElement(defined, "password").text = ""
    ElementTree.SubElement(root, "users").append(defined)
    ElementTree.SubElement(ElementTree.SubElement(root, "quotas"), "default")
    users_file = directory / f"users-{user}.xml"
    ElementTree.ElementTree(root).write(users_file, "utf-8")

    config = ElementTree.Element("clickhouse")
    logger = ElementTree.SubElement(config, "logger")
    ElementTree.SubElement(logger, "level").text = "none"
    for file in more:
        config.extend(_kept(ElementTree.parse(file).getroot()))
    ElementTree.SubElement(config, "users_config").text = str(users_file)
    out = directory / f"config-{user}.xml"
    ElementTree.ElementTree(config).write(out, "utf-8")
    return out


def _kept(element: ElementTree.Element) -> ElementTree.Element:
    """What an element adds: what it removes from the server's own files is not there here."""
    for child in list(element):
        if "remove" in child.attrib:
            element.remove(child)
        else:
            _kept(child)
    return element
