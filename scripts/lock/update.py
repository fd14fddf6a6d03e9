"""Lock again: the checkout for any platform, the images for theirs, on the same versions."""

import sys
from collections.abc import Collection, Sequence

from scripts.checkout.project import list_images
from scripts.checkout.shell import ROOT, run, run_script, say
from scripts.checkout.variants import PLAIN, VARIANTS, Variant
from scripts.lock import aws_clients, lock_file, uv
from scripts.lock.wheelhouse import PYTHON

CHECKOUT = ("--universal", "--fork-strategy=fewest")
VERSIONS = "build/uv/versions.txt"
# On the versions of the checkout, so that a peer differs in what it is and not in what it is on;
# XGBoost's library for several GPUs has half a gigabyte.
PEER = (
    f"--python-platform={PLAIN.machine}-manylinux_2_28",
    f"--constraints={VERSIONS}",
    "--no-emit-package=nvidia-nccl-cu12",
)


def main() -> None:
    """Write every lock file; `--upgrade` takes the newest versions the requirements allow."""
    upgrade = [flag for flag in sys.argv[1:] if flag == "--upgrade"]
    compile_lock("requirements.in", "requirements.lock", [*CHECKOUT, *upgrade])
    write_versions(VERSIONS)
    for name, lock in aws_clients.LOCKS.items():
        alone = ["--no-deps"] if name in aws_clients.ALONE else []
        compile_lock(lock.replace(".lock", ".in"), lock, [*CHECKOUT, *alone, *upgrade])
    site = "scripts/site/requirements"
    compile_lock(f"{site}.in", f"{site}.lock", [*CHECKOUT, *upgrade])
    tested = [*CHECKOUT, "--constraints=requirements.lock", *upgrade]
    compile_lock("tests/deploy/lambda.in", "tests/deploy/lambda.lock", tested)
    for name in ("requirements", "image"):
        compile_lock(f"examples/iris/{name}.in", f"examples/iris/{name}.lock", tested)
    compile_lock("tests/deploy/emulator.in", "tests/deploy/emulator.lock", ["--no-deps", *upgrade])
    free = PEER[:1]
    peers = {"mlserver": PEER, "feast": free, "evidently": free, "flaml": PEER[::2]}
    for peer, options in peers.items():
        path = f"benchmarks/baselines/{peer}"
        compile_lock(f"{path}.in", f"{path}.lock", options)
    for variant in VARIANTS:
        for name in list_images():
            if (ROOT / variant.find_requirements(name)).exists():
                lock = str(variant.find_lock(name).relative_to(ROOT))
                compile_lock(variant.find_requirements(name), lock, lock_images(variant))
    compile_lock("containers/tools.in", "containers/tools.lock", [*lock_images(PLAIN), *upgrade])


def lock_images(variant: Variant) -> list[str]:
    """Lock for one platform, on the versions of the checkout."""
    versions = "requirements.lock"
    if variant.own_requirements:
        versions = f"build/uv/versions{variant.dotted}.txt"
        write_versions(versions, variant.untested)
    target = f"--python-platform={variant.machine}-manylinux_2_28"
    return [target, f"--constraints={versions}"]


def write_versions(path: str, but: Collection[str] = ()) -> None:
    """Write the checkout's versions without their platforms and hashes, `but` some packages'."""
    locked = lock_file.read_pins(ROOT / "requirements.lock")
    lines = [f"{pin.name}=={pin.version}\n" for pin in locked if pin.name not in but]
    (ROOT / path).write_text("".join(lines))


def compile_lock(requirements: str, lock: str, options: Sequence[str]) -> None:
    """Compile requirements into a lock file."""
    say(f"{requirements} -> {lock}")
    compiling = [str(uv.find_uv()), "pip", "compile", "--quiet", "--no-header"]
    fixed = ["--generate-hashes", f"--python-version={PYTHON}"]
    run([*compiling, *fixed, *options, requirements, f"--output-file={lock}"])


if __name__ == "__main__":
    run_script(main)
