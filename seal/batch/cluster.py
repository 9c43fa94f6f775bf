"""A cluster of Ray for a batch: one of our own on this machine, started and ended, or one that is there already.

- A cluster runs whatever code somebody who reaches it sends. Ours listens on the loopback alone, asks for a token that
  nobody else knows, reports to nobody and has no dashboard. One that is there is connected to, and never ended.
- Ray is imported here, when it is needed, after the variables are set that it reads then.
"""

from __future__ import annotations

import logging
import math
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from ..memory.errors import AgentError, MissingExtraError, SettingError
from ..memory.source import one_line

__all__ = ["RayCluster", "capacity", "connected"]

REACH = 5.0
"""Seconds in which somebody has to answer at an address."""
NO_SUCH_COMMAND = 2
"""Exit code of a Ray that cannot be asked for its health; then it is tried."""
LONGEST = 20
"""Characters of the folder for temporary files: the name of a socket within has at most 107."""
STORE = 80 << 20
"""Bytes of the object store of our own cluster, where images are opened by their paths."""
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # what Ray prints of workers that die, on standard output
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
_OWN = {
    # No other machine takes part: then all of Ray listens on the loopback alone, as it does on Windows and macOS.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # As workers without Ray; 15 by default, with which they get little where other programs compute too.
    "RAY_worker_niceness": "0",
}


@dataclass(frozen=True, slots=True)
class RayCluster:
    """Where the workers of a batch run, and what each takes of a node.

    address: "local": a cluster of this command's own, on this machine. "auto": the one that runs on this machine, or
    that RAY_ADDRESS names (as `ray job submit` sets it). "HOST:PORT": the head node of one of which this machine is a
    part. cpus, gpus: of a node, a worker; a GPU may be shared (0.25: four workers on one).
    """

    address: str = "local"
    cpus: float = 1.0
    gpus: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.cpus) and self.cpus > 0):
            raise SettingError(f"cpus, of a worker, must be more than 0; got {self.cpus}.")
        if not (math.isfinite(self.gpus) and self.gpus >= 0) or (self.gpus > 1 and self.gpus % 1):
            raise SettingError(
                f"gpus, of a worker, must be a part of one (0.25) or a whole number; got {self.gpus}."
            )

    @property
    def own(self) -> bool:
        """Whether it is started and ended by this command."""
        return self.address == "local"

    def check(self) -> None:
        """Raises MissingExtraError without Ray, SettingError where nobody answers at the address."""
        if find_spec("ray") is None:
            raise MissingExtraError(
                "A batch on Ray needs the package ray: pip install 'seal-visual-search[ray]'"
            )
        named = os.environ.get("RAY_ADDRESS", "") if self.address == "auto" else self.address
        if named.startswith("ray://"):
            raise SettingError(
                f"{named}: addresses of Ray Client are not supported; run the command on a node of the cluster (or by "
                "`ray job submit`), with the address auto."
            )
        is_looked_for = self.address == "auto" and not named
        if not self.own and not is_looked_for:
            _reach(named)


@contextmanager
def connected(cluster: RayCluster, workers: int | None) -> Iterator[ModuleType]:
    """The package `ray`, connected to a cluster while the block runs; one of our own has room for so many workers.

    A process that is connected already stays so. Raises SettingError when the cluster cannot be used (another Python,
    another Ray), AgentError when ours does not start, and when Ray fails inside the block.
    """
    ours = _QUIET | (_OWN if cluster.own else {})
    if cluster.own and "RAY_AUTH_MODE" not in os.environ:
        ours |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": _token()}
    with _environment(ours), _own_folder() as folder:
        ray = import_module("ray")
        if ray.is_initialized():
            if cluster.own:
                raise SettingError(
                    "This program is connected to Ray: its cluster is meant by the address auto."
                )
            yield ray
            return
        try:
            if cluster.own:
                cores = max(os.cpu_count() or 1, math.ceil((workers or 1) * cluster.cpus))
                ray.init(
                    "local",
                    num_cpus=cores,
                    include_dashboard=False,
                    object_store_memory=STORE,
                    _temp_dir=str(folder / "ray"),
                    logging_level=logging.CRITICAL,
                    log_to_driver=False,
                )
            else:
                if cluster.address == "auto" and not os.environ.get("RAY_ADDRESS"):
                    running = import_module("ray._private.utils").read_ray_address()  # it may be gone by now
                    if running:
                        _reach(running)
                ray.init(cluster.address, logging_level=logging.CRITICAL, log_to_driver=False)
        except SettingError:
            raise
        except (Exception, SystemExit) as error:  # of Ray: with SystemExit it gives up an address
            ray.shutdown()
            why = one_line(error, 400)
            if cluster.own:
                raise AgentError(f"No cluster of Ray can be started here ({why}).") from error
            raise SettingError(f"{cluster.address}: this cluster of Ray cannot be used ({why}).") from error
        try:
            yield ray
        except ray.exceptions.RayError as error:
            raise AgentError(
                f"The cluster of Ray fails ({one_line(error, 300)}); what is done is kept, and the same command goes "
                "on from there."
            ) from error
        finally:
            ray.shutdown()


def capacity(ray: ModuleType, cluster: RayCluster) -> int:
    """How many workers the nodes take that are up now. Raises SettingError when none takes even one."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    count = sum(_fitting(node, cluster) for node in nodes)
    if not count:
        most = " and ".join(
            f"{max((n.get(r, 0.0) for n in nodes), default=0.0):g} {r}" for r in ("CPU", "GPU")
        )
        raise SettingError(
            f"No node of the cluster has {cluster.cpus:g} CPU and {cluster.gpus:g} GPU for a worker; the most that one "
            f"has are {most}. Ask for less with --cpus and --gpus."
        )
    return count


def _reach(address: str) -> None:
    """Raises SettingError where no cluster answers soon. Ray itself would try for minutes, and tell all of it."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingError(f"An address of Ray is local, auto or HOST:PORT; got {one_line(address, 80)!r}.")
    words = [sys.executable, "-m", "ray.scripts.scripts", "health-check", "--skip-version-check", "--address"]
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACH).close()
        done = subprocess.run([*words, address], capture_output=True, timeout=2 * REACH, check=False)
        if done.returncode not in (0, NO_SUCH_COMMAND):
            raise OSError(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])
    except (OSError, subprocess.TimeoutExpired) as error:
        why = "no reply" if isinstance(error, subprocess.TimeoutExpired) else one_line(error, 200)
        raise SettingError(
            f"{address}: no cluster of Ray answers there ({why}). Is its head node up?"
        ) from error


def _fitting(node: dict[str, float], cluster: RayCluster) -> int:
    """Workers that a node takes when nobody else is there."""
    wanted = (("CPU", cluster.cpus), ("GPU", cluster.gpus))
    return min(math.floor(node.get(name, 0.0) / part + 1e-6) for name, part in wanted if part)


@cache
def _token() -> str:
    """What those who talk to our clusters have to know; one a process, since Ray reads it once."""
    return secrets.token_hex(32)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """These variables in the environment while the block runs; what Ray starts has them too."""
    before = {name: os.environ.get(name) for name in values}
    os.environ |= values
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _own_folder() -> Iterator[Path]:
    """A folder for the sockets and logs of Ray, which only this user can enter."""
    usual = tempfile.gettempdir()
    short = usual if os.name != "posix" or len(usual) <= LONGEST else "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="seal-ray-", dir=short))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
