"""A zip of record folders, unpacked for as long as it is read; small archives that become huge ones are refused."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import UnreadableFile

LARGEST_UNPACKED = 500_000_000
MOST_FILES = 20_000


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Give the folder that a zip holds, or the path itself where it is none.

    Raises UnreadableFile where the zip is damaged, too large or protected by a password.
    """
    if path.suffix.lower() != ".zip" or not path.is_file():
        yield path
        return
    folder = Path(tempfile.mkdtemp(prefix="claudeprompter-"))
    try:
        _unpack(path, folder)
        yield inner_folder(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(path: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_FILES or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise UnreadableFile(f"{path.name!r} is too large.", next_step="Import it in parts.")
            packed.extractall(folder)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise UnreadableFile(
            f"{path.name!r} cannot be unpacked.", next_step="Pack it anew, without a password.", detail=str(error)
        ) from error


def inner_folder(folder: Path) -> Path:
    """Go down as long as a folder holds nothing but one other: most zips have one around everything."""
    while True:
        within = [each for each in folder.iterdir() if each.name != "__MACOSX"]
        if len(within) != 1 or not within[0].is_dir() or (within[0] / "metadata.json").exists():
            return folder
        if any(within[0].glob("*-result.md")):
            return folder
        folder = within[0]
