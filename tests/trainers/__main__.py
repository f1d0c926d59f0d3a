"""Lets every trainer read what is exported for it, each in an environment of its own.

    python -m tests.trainers [llama-factory trl axolotl ms-swift] [--folder .venv-trainers]

An environment that was made from the same lines is used as it is; one whose making was interrupted, or whose lines
changed, is completed. The first run downloads some gigabytes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.trainers.exports import write

ROOT = Path(__file__).resolve().parents[2]
TRAINERS = ("llama-factory", "trl", "axolotl", "ms-swift")
BORROWS = {"axolotl": "llama-factory", "ms-swift": "llama-factory"}  # installed without requirements of their own
# Their builds seldom fit a torch for CPUs, and the rows are text.
NOT_NEEDED = {"llama-factory": ["torchvision", "torchaudio"]}


def environment(name: str, folder: Path) -> Path:
    """The Python of a trainer's environment, which is made where it is missing or was not finished."""
    python = folder / name / "bin" / "python"
    lender = environment(BORROWS[name], folder) if name in BORROWS else None
    lines = (ROOT / "requirements-trainers.txt").read_text().splitlines()
    packages = [line.split()[0] for line in lines if line.endswith(f"  # {name}")]
    installed = folder / name / "installed.txt"
    if installed.exists() and installed.read_text().split() == packages:
        return python
    subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
    installing = list(packages)
    if lender is not None:
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        own, lent = (subprocess.check_output([which, "-c", where], text=True).strip() for which in (python, lender))
        (Path(own) / "borrowed.pth").write_text(f"{lent}\n")
        installing.append("--no-deps")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *installing], check=True)
    if name in NOT_NEEDED:
        subprocess.run([python, "-m", "pip", "uninstall", "--quiet", "--yes", *NOT_NEEDED[name]], check=True)
    installed.write_text("\n".join(packages) + "\n")
    return python


def main() -> int:
    """Read with each trainer that is named; 1 where one reads anything else than what was written."""
    parser = argparse.ArgumentParser(prog="python -m tests.trainers")
    parser.add_argument("names", nargs="*", metavar="TRAINER", help=f"of {', '.join(TRAINERS)}; default: all")
    parser.add_argument("--folder", type=Path, default=ROOT / ".venv-trainers")
    options = parser.parse_args()
    names = options.names or list(TRAINERS)
    if strange := sorted({*names} - {*TRAINERS}):
        parser.error(f"{', '.join(strange)}: there are {', '.join(TRAINERS)}")
    failed = []
    for name in names:
        python = environment(name, options.folder.resolve())
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder))
            reader = Path(__file__).with_name(f"read_{name.replace('-', '_')}.py")
            offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": f"{folder}/cache", "CUDA_VISIBLE_DEVICES": ""}
            done = subprocess.run(
                [python, reader, folder], env={**os.environ, **offline}, capture_output=True, text=True, check=False
            )
        print(done.stdout.splitlines()[-1] if done.returncode == 0 else done.stderr[-3000:], flush=True)
        failed += [name] if done.returncode else []
    print(f"failed: {', '.join(failed)}" if failed else f"read by {', '.join(names)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
