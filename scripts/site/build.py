"""Build the documentation site in build/site, or serve it: `make docs`, `make docs SERVE=1`.

A broken link, a missing anchor or a page that the navigation lacks fails the build. Nothing is
fetched while it is built or read; the generator has an environment of its own, build/docs.
"""

import argparse
from pathlib import Path

from scripts.checkout.shell import ROOT, run, run_script, say
from scripts.lock.virtual_environments import prepare_environment

FOLDER = Path(__file__).parent
LOCK = "scripts/site/requirements.lock"
# The theme's notice about a rewrite of MkDocs, which the lock file keeps out.
_QUIET = {"NO_MKDOCS_2_WARNING": "1"}


def main() -> None:
    """Build or serve."""
    parser = argparse.ArgumentParser(description="Build or serve the documentation site.")
    parser.add_argument("--output", type=Path, default=ROOT / "build/site")
    parser.add_argument("--serve", action="store_true", help="serve it and follow changes")
    parser.add_argument("--port", type=int, default=8000, help="of --serve (default: 8000)")
    arguments = parser.parse_args()
    program = str(prepare_environment("docs", [LOCK], ["."]) / "mkdocs")
    settings = ["--config-file", str(FOLDER / "mkdocs.yml")]
    if arguments.serve:
        address = f"127.0.0.1:{arguments.port}"
        run([program, "serve", *settings, "--dev-addr", address], _QUIET)
    else:
        output = arguments.output.absolute()
        strict = [program, "build", "--strict", *settings, "--site-dir", str(output)]
        run(strict, _QUIET)
        say(f"{output / 'index.html'}")


if __name__ == "__main__":
    run_script(main)
