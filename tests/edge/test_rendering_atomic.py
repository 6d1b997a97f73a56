"""Files written all of them or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from perturbcli.core.errors import PerturbError, UsageError
from perturbcli.edge.rendering import atomic


def new(stream: TextIO) -> None:
    stream.write("new é\n")


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_a_new_file_has_the_permissions_of_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    atomic.write(path, new)
    assert path.read_bytes() == "new é\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_an_old_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text("old, and longer than the new one")
    path.chmod(0o604)
    atomic.write(path, new)
    assert path.read_text(encoding="utf-8") == "new é\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
@pytest.mark.parametrize("existing", [True, False])
def test_an_error_leaves_everything_as_it_was(
    tmp_path: Path, error: type[BaseException], existing: bool
) -> None:
    path = tmp_path / "result.json"
    if existing:
        path.write_text("old")

    def fails(stream: TextIO) -> None:
        stream.write("half")
        stream.flush()
        raise error

    with pytest.raises(PerturbError if error is OSError else error):
        atomic.write(path, fails)
    assert [entry.read_text() for entry in tmp_path.iterdir()] == ["old"] * existing


@pytest.mark.parametrize("existing", [True, False])
def test_a_link_is_followed(tmp_path: Path, existing: bool) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "target", tmp_path / "link.json"
    if existing:
        target.write_text("old")
    link.symlink_to(Path("there") / "target")
    atomic.write(link, new)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new é\n"


def test_a_pipe_is_written_directly(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(path.read_text(encoding="utf-8")))
    reader.start()
    atomic.write(path, new)
    reader.join(10)
    assert read == ["new é\n"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_device_is_written_directly() -> None:
    atomic.write("/dev/null", new)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    atomic.write("-", new)
    assert capsys.readouterr().out == "new é\n"


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_what_a_shell_appends_to_is_kept(tmp_path: Path, name: str) -> None:
    path = tmp_path / "log"
    path.write_text("old\n")
    code = (
        "from perturbcli.edge.rendering import atomic\n"
        f"atomic.write({name!r}, lambda stream: stream.write('new\\n'))"
    )
    with path.open("a") as log:
        subprocess.run([sys.executable, "-c", code], stdout=log, check=True)
    assert path.read_text() == "old\nnew\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [("absent/a.json", "expected an existing directory"), ("", "found a directory")],
)
def test_what_cannot_be_written_is_refused_early(tmp_path: Path, name: str, message: str) -> None:
    path = tmp_path / name
    with pytest.raises(UsageError, match=message):
        atomic.check(path)
    with pytest.raises(UsageError, match=message):
        atomic.write(path, new)


@pytest.mark.parametrize("name", ["new.json", "old.json"])
def test_a_read_only_file_system_is_told_from_permissions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "old.json").write_text("old")
    mounted = list(os.statvfs(tmp_path))
    mounted[8] |= os.ST_RDONLY
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(mounted))
    with pytest.raises(PerturbError, match="could not be written: Read-only file system"):
        atomic.check(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("protected", [".", "a.json"])
def test_what_may_not_be_written_is_refused_early(tmp_path: Path, protected: str) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    (tmp_path / protected).chmod(0o500)
    try:
        with pytest.raises(PerturbError, match="no permission") as caught:
            atomic.check(path)
        assert caught.value.exit_code == 1
    finally:
        (tmp_path / protected).chmod(0o700)


def test_a_full_disk_is_said() -> None:
    with pytest.raises(PerturbError, match=r"^/dev/full: could not be written: No space left"):
        atomic.write("/dev/full", new)


def test_a_full_standard_output_is_said_once() -> None:
    code = "import sys\nfrom perturbcli.__main__ import main\nsys.exit(main(['new', 'ranking']))"
    with Path("/dev/full").open("w") as full:
        words = [sys.executable, "-c", code]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "perturb: standard output: could not be written: No space left on device\n"
    )


def test_check_allows_what_write_can_do(tmp_path: Path) -> None:
    for path in ("-", "/dev/stdout", "/dev/null", tmp_path / "new.json"):
        atomic.check(path)
    assert not list(tmp_path.iterdir())
