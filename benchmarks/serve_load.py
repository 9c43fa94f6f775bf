"""`seal serve` under load: clients that ask at once about pictures never seen before, a picture a question.

    python benchmarks/serve_load.py --clients 8 --requests 200

Each picture says a number of its own, and the answer must be that number: none is lost, none is mixed up. A client that
gets 429 waits as long as Retry-After says. Memory is that of the server's process (Linux), after each quarter.
"""

from __future__ import annotations

import argparse
import io
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import PIL.Image
import PIL.ImageDraw


def picture(number: int) -> bytes:
    """A page of 400x200 pixels on which `number` is the total."""
    page = PIL.Image.new("RGB", (400, 200), "white")
    draw = PIL.ImageDraw.Draw(page)
    for row, (name, value) in enumerate((("Net", number - 7), ("Tax", 7), ("Total", number))):
        draw.text((20, 20 + 60 * row), name, "black", font_size=26)
        draw.text((280, 20 + 60 * row), str(value), "black", font_size=26)
    data = io.BytesIO()
    page.save(data, "PNG")
    return data.getvalue()


def resident(process: int) -> float:
    """MB of memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--waiting", type=int, default=4, help="requests that may wait (default 4)")
    parser.add_argument("--at-work", type=int, default=1)
    args = parser.parse_args()

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "seal", "serve", "--listen", address]
    command += ["--waiting", str(args.waiting), "--at-work", str(args.at_work)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    statuses: Counter[int] = Counter()
    seconds: list[float] = []
    wrong: list[int] = []
    lost: list[str] = []
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=300) as client:
            started = time.perf_counter()
            while True:
                try:
                    if client.get("/ready").status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                time.sleep(0.2)
            print(f"ready after {time.perf_counter() - started:.1f} s, {resident(server.pid):.0f} MB")

            def ask(number: int) -> None:
                sent, began = picture(number), time.perf_counter()
                while True:
                    try:
                        told = client.post(
                            "/v1/ask",
                            files={"image": (f"{number}.png", sent)},
                            data={"question": "What is the value next to 'Total'?"},
                        )
                    except httpx.TransportError as error:
                        lost.append(f"{number}: {error!r}")
                        return
                    statuses[told.status_code] += 1
                    if told.status_code != 429:
                        break
                    time.sleep(float(told.headers["Retry-After"]))
                seconds.append(time.perf_counter() - began)
                if told.status_code != 200 or told.json()["answer"] != str(number):
                    wrong.append(number)

            numbers = range(1000, 1000 + args.requests)
            quarter = max(1, args.requests // 4)
            began = time.perf_counter()
            for start in range(0, args.requests, quarter):
                with ThreadPoolExecutor(args.clients) as clients:
                    list(clients.map(ask, numbers[start : start + quarter]))
                print(f"{len(seconds)} answered, {resident(server.pid):.0f} MB")
            took = time.perf_counter() - began
    finally:
        server.terminate()
        server.wait(30)
    told = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    print(
        f"{args.requests} requests of {args.clients} clients in {took:.0f} s ({args.requests / took:.1f} a second)"
    )
    print(f"statuses {told}; wrong: {len(wrong)} {wrong[:9]}; lost: {len(lost)} {lost[:9]}")
    ordered = sorted(seconds)
    print(
        f"seconds from the first try to the answer: median {statistics.median(ordered):.1f}, 95 % "
        f"{ordered[int(0.95 * (len(ordered) - 1))]:.1f}, longest {ordered[-1]:.1f}"
    )


if __name__ == "__main__":
    main()
