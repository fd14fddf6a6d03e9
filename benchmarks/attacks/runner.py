"""`python -m benchmarks.attacks.runner [ATTACK...]`: attack what runs here, and count what breaks.

Everything is on loopback and bounded in time. Exit code 1 where a server answered 5xx, a process
died, an answer was wrong, or something accepted or acknowledged was lost.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.attacks.base import Attack, AttackContext, Skipped, Tally, find_targets
from benchmarks.attacks.malformed_bodies import encode_numbers, encode_records
from benchmarks.attacks.raw_http import post
from benchmarks.attacks.registry import ATTACKS
from benchmarks.attacks.reliability_table import Line, insert_table
from benchmarks.harness import results_file
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load import workload
from benchmarks.load.deployments import (
    Deployment,
    has_images,
    serve_in_containers,
    serve_in_processes,
)

ROOT = Path(__file__).parents[2]
FOLDER, PAGE = ROOT / "build" / "bench" / "attack", ROOT / "docs" / "reliability.md"
IMAGES = {"transform": "preprocessor", "xgboost": "xgboost"}
_ROWS = 8
_MOST_MEMORY, _MORE_MEMORY_MB, _MOST_OPEN = 1.5, 100.0, 12


def main(words: Sequence[str] | None = None) -> None:
    """Make the named attacks, or all; the table is printed, and written where that is wanted."""
    names = {attack.name: attack for attack in ATTACKS}
    lines = [f"{name}: {attack.sentence}" for name, attack in names.items()]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.attacks.runner",
        description=f"{__doc__} {'; '.join(lines)}",
    )
    parser.add_argument("names", nargs="*", metavar="ATTACK", help="these alone (default: all)")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each attack (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (default: 1)")
    parser.add_argument("--engine", choices=("process", "docker"), default="process")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    options = parser.parse_args(words)
    unknown = [name for name in options.names if name not in names]
    if unknown:
        parser.error(f"there is no attack {unknown[0]!r}; there are {', '.join(names)}")
    if options.engine == "docker" and not has_images():
        parser.error("no Docker engine with both images: start it, and run `make build`")
    chosen = [names[name] for name in options.names] or list(ATTACKS)
    try:
        found = list(run_attacks(chosen, FOLDER, options.seconds, options.seed, options.engine))
    except BenchmarkFailed as failure:
        sys.exit(str(failure))
    conclude(found, options.seed, options.engine, options.write)


def run_attacks(
    chosen: Sequence[Attack], folder: Path, seconds: float, seed: int, engine: str
) -> Iterator[Line]:
    """Make attacks one after the other; gives the counts of each when it is over."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with _open_context(
        folder, seconds, seed, engine, any(each.serving for each in chosen)
    ) as context:
        for attack in chosen:
            print(f"{attack.name}: {attack.sentence}", flush=True)
            yield judge_attack(attack, context)


@contextmanager
def _open_context(
    folder: Path, seconds: float, seed: int, engine: str, serving: bool
) -> Iterator[AttackContext]:
    """Start both images' servers where an attack needs them."""
    if not serving:
        yield AttackContext([], {}, {}, {}, seconds, seed, folder)
        return
    work = workload.prepare_workload(folder / "workload")
    served = {name: Deployment(image, work.models[name]) for name, image in IMAGES.items()}
    rows = {
        name: work.bodies[name][workload.MANY].splitlines(keepends=True)[:_ROWS] for name in IMAGES
    }
    bodies = {
        "transform": encode_records(rows["transform"][0], [*workload.NUMBERS, *workload.WORDS]),
        "xgboost": encode_numbers(rows["xgboost"][0]),
    }
    models = {name: (one.image, one.model) for name, one in served.items()}
    with (
        serve_in_containers(served, 1.0)
        if engine == "docker"
        else serve_in_processes(served, folder) as places
    ):
        yield AttackContext(find_targets(places, rows), bodies, models, rows, seconds, seed, folder)


def judge_attack(attack: Attack, context: AttackContext) -> Line:
    """Run an attack; check that each server answers correctly, runs, and has not grown."""
    attacked = context.targets if attack.serving else []
    warm = Tally()
    for target in attacked:
        for number in range(_ROWS):
            target.check_row(warm, number)
            for content_type, body in context.bodies[target.name].items():
                post(target.port, body, {"Content-Type": content_type})
    before = [
        (each.list_processes(), each.measure_memory_mb(), each.count_descriptors())
        for each in attacked
    ]
    try:
        tally = attack.run(context)
    except Skipped as reason:
        return Line(attack.name, Tally(), str(reason))
    for target, (processes, memory, descriptors) in zip(attacked, before, strict=True):
        for number in range(_ROWS):
            target.check_row(tally, number)
        gone = processes - target.list_processes()
        if gone and not attack.kills:
            tally.dead.append(f"{target.name}: {len(gone)} processes ended")
        more = target.measure_memory_mb() - memory
        opened = target.count_descriptors() - descriptors
        tally.memory_mb += more
        tally.descriptors += opened
        if more > _MORE_MEMORY_MB and more > memory * (_MOST_MEMORY - 1):
            tally.grown.append(f"{target.name}: memory grew by {more:.0f} MB from {memory:.0f} MB")
        if opened > _MOST_OPEN and not attack.kills:
            tally.grown.append(f"{target.name}: {opened} more descriptors are open")
    return Line(attack.name, tally)


def conclude(lines: Sequence[Line], seed: int, engine: str, write: bool) -> None:
    """Print the table, write it where that is wanted; a failure ends the program with code 1."""
    today = datetime.now(UTC).date().isoformat()
    page = PAGE.read_text(encoding="utf-8")
    text = insert_table(page, lines, f"{today}, seed {seed}, engine {engine}")
    print("\n".join(line.format_row() for line in lines), flush=True)
    facts = [{"attack": line.name, **vars(line.tally)} for line in lines]
    results_file.write_json(FOLDER / "attack.json", {"date": today, "seed": seed, "attacks": facts})
    if write:
        PAGE.write_text(text, encoding="utf-8")
    failures = [f"{line.name}: {text}" for line in lines for text in line.tally.failures]
    if failures:
        sys.exit("\n".join([f"{len(failures)} failures:", *failures[:20]]))


if __name__ == "__main__":
    main()
