"""Batches on Ray: the same results, workers and nodes that are killed, what is refused (stage extras of .ci/run)."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from batch_agents import asked, command, questions, results, start
from test_batch import sealed
from test_batch_killed import complete, gone, kept, killed, pids, wait_for
from typer.testing import CliRunner

from seal.batch import RayCluster, Recipe, ask_many
from seal.batch import cluster as module
from seal.cli.app import app
from seal.memory.errors import MissingExtraError, SettingError

needs_ray = pytest.mark.skipif(
    not Path("/proc/self/stat").exists() or module.find_spec("ray") is None,
    reason="ray is not installed (the extra ray), or this is not Linux",
)
NODES = """
import json, sys
from ray.cluster_utils import Cluster
small = {"num_cpus": 2, "object_store_memory": 80 << 20, "include_dashboard": False}
nodes = Cluster(initialize_head=True, head_node_args=small | {"num_cpus": 0})
raylets = []
for _ in range(2):
    (raylet,) = nodes.add_node(**small).all_processes["raylet"]
    raylets.append(raylet.process.pid)
print(json.dumps([nodes.address, raylets]), flush=True)
sys.stdin.read()
nodes.shutdown()
"""
"""Two nodes of two processors each, and a head node that has none."""


LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
"""127.0.0.1, the same in IPv6, and ::1, as /proc/net writes them."""


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    found = list[int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


class Nodes:
    """A cluster that is there: its address, and of each node with processors the process that starts workers."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.environment = environment
        self.host = subprocess.Popen(
            [sys.executable, "-c", NODES],
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self.host.stdout is not None
        self.address, self.raylets = json.loads(self.host.stdout.readline())

    def kill(self, number: int) -> None:
        """SIGKILL for a node: what starts its workers, and these."""
        raylet = self.raylets[number]
        for pid in (raylet, *children(raylet)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def end(self) -> None:
        self.host.communicate("", timeout=60)


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    _, environment = command(tmp_path)
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as short:  # for names of sockets
        there = Nodes(tmp_path, environment | _known(short) | {"SLOW_SECONDS": "0.05"})
        yield there
        there.end()


def _known(folder: str) -> dict[str, str]:
    """What a cluster's nodes and those who use it have in common."""
    token = secrets.token_hex(16)
    known = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token, "RAY_TMPDIR": folder}
    return known | {"RAY_USAGE_STATS_ENABLED": "0"}


def on_nodes(nodes: Nodes, folder: Path, *more: object) -> subprocess.Popen[str]:
    """The command, working there; it looks for the cluster, which its user knows how to talk to."""
    known = {name: value for name, value in nodes.environment.items() if name.startswith("RAY_")}
    return start(folder, "--ray", "auto", *more, **known)


@needs_ray
def test_killed_workers_and_a_killed_node_cost_no_item_and_the_cluster_stays(
    nodes: Nodes, tmp_path: Path
) -> None:
    count = 90
    questions(tmp_path, [f"q{i}" for i in range(count)])
    run = on_nodes(nodes, tmp_path)
    wait_for(tmp_path, 12)
    os.kill(sorted(pids(tmp_path))[0], signal.SIGKILL)
    wait_for(tmp_path, 40)
    nodes.kill(0)
    seen = pids(tmp_path)
    for pid in seen:  # those of the other node are left
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    out, errors = run.communicate(timeout=120)
    assert (run.returncode, errors) == (0, ""), out
    complete(tmp_path, count)
    assert pids(tmp_path) - seen  # those in their place
    assert count <= asked(tmp_path).total() <= count + len(seen) + 1
    # The other node is there for the next command, which finds nothing to do but what was added.
    questions(tmp_path, [f"q{i}" for i in range(count)] + ["kill me", "more", "fail"])
    run = on_nodes(nodes, tmp_path)
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 3 and "died with this item" in errors and "no power" in errors, errors
    rows = results(tmp_path)
    assert [row["status"] for row in rows[count:]] == ["error", "answered", "error"]
    assert asked(tmp_path)["kill me"] == rows[count]["tries"] == 2
    assert asked(tmp_path)["fail"] == rows[count + 2]["tries"] == 2
    assert rows[count + 1]["result"]["image"] == rows[0]["result"]["image"]
    questions(tmp_path, [*(f"q{i}" for i in range(count)), "kill me", "more", "fail", "again"])
    run = on_nodes(nodes, tmp_path, "--gpus", 0.25)
    _, errors = run.communicate(timeout=60)
    before, told = errors.splitlines()
    assert run.returncode == 2 and "93 of 94 items are done" in before
    assert "No node of the cluster has 1 CPU and 0.25 GPU" in told


@needs_ray
def test_our_own_cluster_gives_the_results_of_one_process_and_is_gone_afterwards(tmp_path: Path) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    for folder in (ours, other):
        folder.mkdir()
        questions(folder, ["q0", "q1", "fail", "once more"])
    run = start(ours, "--ray", "local", "--workers", 2)
    told = run.communicate(timeout=120)
    alone = start(other)
    alone.communicate(timeout=120)
    assert run.returncode == alone.returncode == 3, told

    def plain(folder: Path) -> list[dict[str, Any]]:
        """What does not depend on the moment."""
        rows = results(folder)
        for row in rows:
            row["answer"] = (row["answer"] or "").split("!")[0]
            if row["result"] is not None:
                row["result"] = (
                    row["result"]["status"],
                    row["result"]["image"],
                    row["result"]["origin"]["vqa"],
                )
        return json.loads(json.dumps(rows).replace(str(folder), "HERE"))  # type: ignore[no-any-return]

    assert plain(ours) == plain(other)
    assert [row["tries"] for row in results(ours)] == [1, 1, 2, 2]
    assert all(map(gone, pids(ours)))


@needs_ray
def test_ctrl_c_ends_what_is_begun_and_kill_leaves_nobody_behind(tmp_path: Path) -> None:
    questions(tmp_path, [f"q{i}" for i in range(30)])
    run = start(tmp_path, "--ray", "local", "--workers", 2, SLOW_SECONDS="0.15")
    wait_for(tmp_path, 4)
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130 and "the same command goes on" in errors and "Traceback" not in errors
    done = kept(tmp_path)
    assert len(done) == asked(tmp_path).total() < 30
    assert all(map(gone, pids(tmp_path)))
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # what a killed command leaves
        run = start(tmp_path, "--ray", "local", "--workers", 2, SLOW_SECONDS="0.15", TMPDIR=short)
        wait_for(tmp_path, len(done) + 3)
        killed(run)
        assert all(map(gone, pids(tmp_path)))
    assert start(tmp_path).communicate(timeout=60)[0].startswith("30 items: 30 answered")  # without Ray
    assert not done.items() - kept(tmp_path).items()
    complete(tmp_path, 30)


@needs_ray
def test_workers_that_cannot_have_their_agents_are_told_in_one_line(tmp_path: Path) -> None:
    """This process has the agent; where its workers look for it, it is broken."""
    questions(tmp_path, ["q0", "q1"])
    words, _ = command(tmp_path)
    agent = tmp_path / "site" / "slow_agents.py"
    agent.write_text(
        agent.read_text().replace(
            "def load(name):",
            "def load(name):\n    import sys\n    if 'default_worker' in sys.argv[0]:\n"
            "        raise RuntimeError('no weights on this node')\n    #",
        )
    )
    assert words
    run = start(tmp_path, "--ray", "local", "--workers", 2)
    out, errors = run.communicate(timeout=60)
    assert (run.returncode, out) == (3, "") and "no weights on this node" in errors, errors
    assert errors.count("\n") == 1 and kept(tmp_path) == {}


@needs_ray
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="no list of sockets")
def test_our_own_cluster_listens_on_the_loopback_alone_and_asks_for_a_token(tmp_path: Path) -> None:
    """Told by a command that has it running: sockets of its own processes, and what somebody without the token gets."""
    told = tmp_path / "told"
    code = f"""
import json, os, subprocess, sys
from pathlib import Path
from seal.batch import cluster
before = dict(os.environ)
with cluster.connected(cluster.RayCluster(), 1) as ray:
    address = ray.get_runtime_context().gcs_address
    mine, grown = {{str(os.getpid())}}, True
    while grown:
        grown = False
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, parent = stat.parent.name, stat.read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if parent in mine and pid not in mine:
                mine.add(pid)
                grown = True
    links = set()
    for pid in mine:
        for fd in Path(f"/proc/{{pid}}/fd").glob("*"):
            try:
                links.add(os.readlink(fd))
            except OSError:
                pass
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{{table}}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{{words[9]}}]" in links:
                listening.append(words[1].split(":")[0])
    stranger = {{n: v for n, v in os.environ.items() if not n.startswith("RAY_AUTH")}} | {{"RAY_AUTH_MODE": "disabled"}}
    words = [sys.executable, "-m", "ray.scripts.scripts", "health-check", "--address", address]
    refused = subprocess.run(words, env=stranger, capture_output=True, text=True)
    home = cluster.Path(ray._private.worker._global_node.get_temp_dir_path()).parent
    mode = home.stat().st_mode & 0o777
Path({str(told)!r}).write_text(json.dumps([listening, refused.returncode, refused.stderr, mode, home.exists(),
    [n for n in (*cluster._QUIET, *cluster._OWN, "RAY_AUTH_MODE", "RAY_AUTH_TOKEN") if n in os.environ and
     n not in before]]))
"""
    _, environment = command(tmp_path)
    subprocess.run([sys.executable, "-c", code], env=environment | {"HOME": str(tmp_path)}, check=True)
    listening, code_, said, mode, left, variables = json.loads(told.read_text())
    assert len(listening) > 3 and set(listening) <= LOOPBACK, listening
    assert code_ != 0 and "token" in said.lower()
    assert (mode, left, variables) == (0o700, False, [])
    assert not (tmp_path / ".ray").exists()


# --- what needs no cluster ----------------------------------------------------------------------------------


def test_without_ray_the_command_to_install_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'seal-visual-search\[ray\]'"):
        ask_many(questions(tmp_path, ["q"]), tmp_path / "out", Recipe(vqa="reader"), on=RayCluster())
    assert not (tmp_path / "out").exists()


WRONG = {
    "nobody there": ({"address": "127.0.0.1:{free}"}, "no cluster of Ray answers there"),
    "no address": ({"address": "somewhere"}, "local, auto or HOST:PORT; got 'somewhere'"),
    "a client's": ({"address": "ray://127.0.0.1:10001"}, "Ray Client are not supported"),
    "empty": ({"address": ""}, "local, auto or HOST:PORT; got ''"),
    "no processor": ({"cpus": 0}, "cpus, of a worker"),
    "not a number": ({"cpus": float("nan")}, "cpus, of a worker"),
    "one GPU and a half": ({"gpus": 1.5}, "gpus, of a worker"),
    "negative": ({"gpus": -1}, "gpus, of a worker"),
}


@pytest.mark.parametrize(("given", "why"), WRONG.values(), ids=WRONG)
def test_a_cluster_that_cannot_be_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], why: str
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: True)
    if "address" in given:
        with socket.socket() as free:  # bound, and not listened on
            free.bind(("127.0.0.1", 0))
            given = {"address": given["address"].format(free=free.getsockname()[1])}
    with pytest.raises(SettingError, match=why) as raised:
        ask_many(questions(tmp_path, ["q"]), tmp_path / "out", Recipe(vqa="reader"), on=RayCluster(**given))
    assert "\n" not in str(raised.value) and not (tmp_path / "out").exists()


def test_what_a_cluster_cannot_share_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: True)
    file = questions(tmp_path, ["q"])
    with pytest.raises(SettingError, match="Recipe"):
        ask_many(file, tmp_path / "out", sealed(), on=RayCluster())
    with pytest.raises(SettingError, match="leave out --keep"):
        ask_many(
            file, tmp_path / "out", Recipe(memory=tmp_path / "runs"), on=RayCluster("auto"), workers=4096
        )
    with pytest.raises(SettingError, match="workers must be from 1 to 4096"):
        ask_many(file, tmp_path / "out", Recipe(), on=RayCluster(), workers=4097)
    done = CliRunner().invoke(app, ["ask-many", str(file), "--out", str(tmp_path / "out"), "--gpus", "1"])
    assert isinstance(done.exception, SettingError) and "give --ray too" in str(done.exception)
    assert not (tmp_path / "out").exists()


NODES_UP = [
    {"Alive": True, "Resources": {"CPU": 8.0, "GPU": 2.0}},
    {"Alive": True, "Resources": {"CPU": 3.0}},
    {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0}},
]


@pytest.mark.parametrize(
    ("cpus", "gpus", "count"), [(1, 0, 11), (1, 0.25, 8), (0.1, 0.1, 20), (3, 0, 3), (1, 2, 1), (5, 1, 1)]
)
def test_workers_that_fit_on_the_nodes_that_are_up(cpus: float, gpus: float, count: int) -> None:
    ray: Any = SimpleNamespace(nodes=lambda: NODES_UP)
    assert module.capacity(ray, RayCluster("auto", cpus, gpus)) == count


@pytest.mark.parametrize(("cpus", "gpus"), [(9, 0), (1, 3)])
def test_what_no_node_has_is_told_with_what_there_is(cpus: float, gpus: float) -> None:
    ray: Any = SimpleNamespace(nodes=lambda: NODES_UP)
    with pytest.raises(SettingError, match="the most that one has are 8 CPU and 2 GPU"):
        module.capacity(ray, RayCluster("auto", cpus, gpus))


def test_settings_of_this_machine_go_with_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAL_LOOKS", "7")
    monkeypatch.setenv("SEAL_VQA", "replay:x")
    there = Recipe(vqa="reader").resolved()
    assert (there.vqa, there.budget and there.budget.looks, there.dpi) == ("reader", 7, 200.0)
    assert there.resolved() == there and there.memory is None
