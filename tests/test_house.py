"""The rules of this house that no linter knows."""

import ast
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import grimp
import pytest
import yaml

import commands
from commands.catalogue import CATALOGUE
from commands.command import Command

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["importlinter"]["root_packages"]
CLIENT = Path("adapters/client/src")
# What no other machine has, or need not use: written in pieces, so that this file passes its own test.
MACHINE_PATHS = [rf"/{place}/" for place in ("ro" + "ot", "wo" + "rk")] + [rf"/{place}/[a-z]" for place in ("ho" + "me", "Us" + "ers")]
REGISTRY_HOSTS = [
    re.escape(f"{name}.{end}")
    for name, end in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("maven.apache", "org"),
        ("repo1.maven", "org"),
        ("npmjs", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
    )
]


def our_files() -> list[Path]:
    """Every file of the clone but what running and building leave behind."""
    kept_out = {"__pycache__", "dist", "data"}
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in kept_out and (not name.startswith(".") or name == ".ci")]
        found += [Path(folder) / name for name in names]
    return found


def modules_of_the_tree() -> set[str]:
    """Every Python file as the name it is imported by, whether or not its folder has an __init__.py."""
    names = set()
    for package in PACKAGES:
        base = ROOT / CLIENT if package == "launchpad_client" else ROOT
        for file in (base / package).rglob("*.py"):
            if package == "adapters" and file.is_relative_to(ROOT / CLIENT.parent):
                continue  # The client is a project of its own.
            names.add(".".join(file.relative_to(base).with_suffix("").parts).removesuffix(".__init__"))
    return names


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def test_import_linter_sees_every_module(graph: grimp.ImportGraph) -> None:
    """A folder without an __init__.py would be skipped silently, and could import what it likes."""
    seen = {module for module in graph.modules if module.partition(".")[0] in PACKAGES}
    assert seen == modules_of_the_tree()


def test_the_domain_imports_the_standard_library_and_pydantic_alone(graph: grimp.ImportGraph) -> None:
    imported = {
        outside.partition(".")[0]
        for module in graph.modules
        if module.partition(".")[0] == "domain"
        for outside in graph.find_modules_directly_imported_by(module)
    }
    # pydantic_core is pydantic's own half, and typing_extensions what it reads types from on Python 3.11.
    assert imported - {"domain", "pydantic", "pydantic_core", "typing_extensions"} <= sys.stdlib_module_names


def test_every_command_is_in_the_catalogue_and_its_file_is_named_after_it() -> None:
    defined = {}
    for found in pkgutil.iter_modules(commands.__path__):
        module = importlib.import_module(f"commands.{found.name}")
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Command) and not kind.__subclasses__() and kind.__module__ == module.__name__:
                defined[name] = found.name
    assert {entry.command.__name__ for entry in CATALOGUE.values()} == set(defined)
    assert {name: re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in defined} == defined


def test_no_file_names_a_machine_or_a_registry() -> None:
    here = [re.escape(str(ROOT))] if len(ROOT.parts) > 2 else []
    forbidden = re.compile("|".join([*MACHINE_PATHS, *REGISTRY_HOSTS, *here]))
    named = [
        f"{file.relative_to(ROOT)}:{number}: {found[0]}"
        for file in our_files()
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
        if (found := forbidden.search(line))
    ]
    assert named == []


def test_what_the_readme_tells_to_make_can_be_made() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = set(re.findall(r"(?:^|`|\$ )make(?: -C \S+)? ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert told <= targets
    assert {"run", "test", "soak", "bench"} <= told


def test_every_dependency_is_pinned_by_name_and_version_alone() -> None:
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._!+-]+", pin)] == []
    pinned = {re.sub(r"[-_.]+", "-", pin.partition("==")[0]).lower() for pin in pins}
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(wish for extra in extras for wish in extra)]
    names = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", wish)[0]).lower() for wish in wanted}
    assert names - pinned == set()


def test_the_wheel_holds_every_module_and_what_lies_beside_it(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    ours = {str(file.relative_to(ROOT)) for file in our_files() if file.relative_to(ROOT).parts[0] in PACKAGES}
    in_the_wheel = {name.removeprefix(f"{CLIENT}/") for name in ours if not re.fullmatch(r"adapters/client/[^/]+\.(toml|md)", name)}
    assert in_the_wheel - held == set()


def test_containers_run_the_servers_that_we_test_with() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    pom = (ROOT / "adapters/local/pom.xml").read_text()
    stated = re.search(r"kafka_2\.13</artifactId>\s*<version>(.+?)<", pom)
    assert stated is not None
    assert services["kafka"]["image"] == f"apache/kafka:{stated[1]}"
    assert services["postgres"]["image"] == "postgres:18"


def test_every_test_file_holds_a_test() -> None:
    """A function that pytest does not collect is a promise that nobody checks."""
    for file in (ROOT / "tests").rglob("test_*.py"):
        names = {
            node.name
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }
        assert any(name.lower().startswith("test") for name in names) or "TestCase" in file.read_text(), f"{file.name} holds no test"
