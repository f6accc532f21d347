"""The jars of a Kafka broker, brought by Maven once and kept; and what this machine lacks for that."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import platformdirs

from adapters.local import LocalServerError

POM = Path(__file__).with_name("pom.xml")
JAVA_MIN = 17
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""Colours, which some Mavens write whatever they are told."""
INSTALL = "on Debian or Ubuntu: sudo apt install default-jre-headless maven; on macOS: brew install openjdk maven"


def default_folder() -> Path:
    """Name the cache that survives: the user's, for root the system's."""
    place = platformdirs.site_cache_dir if os.geteuid() == 0 else platformdirs.user_cache_dir
    return Path(place("launchpad-apps", appauthor=False)) / "kafka-libs"


def missing(libs: Path | None = None) -> str | None:
    """Say in one line what a local Kafka needs and can't find here, with what installs it, or nothing."""
    found = _java_version()
    if found < JAVA_MIN:
        has = f"found Java {found}" if found else "found none"
        return f"Kafka needs Java {JAVA_MIN} or newer ({has}); {INSTALL}; or set LAUNCHPAD_KAFKA to a broker that you have"
    if shutil.which("mvn") is None and not _folder(libs).exists():
        return f"Kafka's jars are brought by Maven (mvn), which is not here; {INSTALL}; or set LAUNCHPAD_KAFKA to a broker that you have"
    return None


def java() -> str:
    """Name the java program: JAVA_HOME's, else the one in PATH."""
    home = Path(os.environ.get("JAVA_HOME", "")) / "bin" / "java"
    return str(home) if "JAVA_HOME" in os.environ and home.exists() else shutil.which("java") or "java"


def jars(libs: Path | None = None) -> Path:
    """Give the folder of jars; Maven brings them the first time, from wherever it is told to."""
    folder = _folder(libs)
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Renamed when whole, so that an interrupted download is never taken for a good one.
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder.parent) as unfinished:
        new = Path(unfinished) / "libs"
        # A copy of the pom, since Maven may leave a target folder beside the one it reads.
        pom = shutil.copy(POM, unfinished)
        brought = subprocess.run(
            [
                shutil.which("mvn") or "mvn",
                "-q",
                "-B",
                "-Dstyle.color=never",
                "-f",
                pom,
                "dependency:copy-dependencies",
                f"-DoutputDirectory={new}",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if brought.returncode:
            said = ESCAPES.sub("", brought.stdout)
            lines = [line for line in said.splitlines() if "ERROR" in line] or ["it said nothing"]
            mend = "mend Maven (try: mvn -v), or set LAUNCHPAD_KAFKA to a broker that you have"
            raise LocalServerError(f"Maven could not bring Kafka's jars: {lines[0]}; {mend}")
        new.chmod(0o755)
        try:
            new.rename(folder)
        except OSError:
            if not folder.exists():  # Otherwise another process was quicker, and brought the same.
                raise
    return folder


def _folder(libs: Path | None) -> Path:
    """Name the folder by version, so that a newer pom brings newer jars."""
    stated = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([^<]+)</version>", POM.read_text())
    return (libs or default_folder()) / (stated[1] if stated else "unknown")


def _java_version() -> int:
    """Ask java for its major version; 0 where there is none."""
    try:
        said = subprocess.run([java(), "-version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError:
        return 0
    stated = re.search(r'version "(\d+)', said.stderr)
    return int(stated[1]) if stated else 0
