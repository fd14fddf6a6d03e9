"""What an image takes away from its base, on a small Debian of our own."""

from pathlib import Path

import pytest

from scripts.images.slim import find_removable, purge, read_packages

PYTHON = "Package: python3\nPre-Depends: libc6 (>= 2.36)\nDepends: libnsl2, libkrb5-3 | other\n"
TZDATA = "Package: tzdata\nDepends: debconf (>= 0.5) | debconf-2.0\nDescription: time\n zones\n"
COREUTILS = "Package: coreutils\nArchitecture: amd64\nPre-Depends: libgmp10 (>= 2:6.2), libc6\n"
PERL = "Package: perl-base\nPre-Depends: libc6, dpkg (>= 1.17)\n"
GMP = "Package: libgmp10\nArchitecture: amd64\nDepends: libc6\n"
SMALL = (PYTHON, TZDATA, COREUTILS, PERL, GMP, *(f"Package: {n}\n" for n in ("libc6", "dpkg")))


def unused(*stanzas: str) -> set[str]:
    return set(find_removable(read_packages("\n".join(stanzas))))


def test_what_only_installs_goes_and_what_another_needs_stays() -> None:
    assert unused(*SMALL, "Package: debconf\n", "Package: libnsl2\n", "Package: libkrb5-3\n") == {
        "debconf",
        "dpkg",
        "libnsl2",
        "perl-base",
    }


def test_a_base_of_somebody_elses_keeps_what_its_own_packages_need() -> None:
    git = "Package: git\nDepends: perl, libc6\n"
    perl = "Package: perl\nDepends: perl-base (= 5.36), libc6\n"
    assert unused(*SMALL, git, perl) == {"dpkg"}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Lay out a root where coreutils and perl-base brought a folder in common, /bin is a link."""
    info = tmp_path / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    (info.parent / "status").write_text("\n".join(SMALL))
    for folder in ("usr/bin", "usr/share/doc/perl-base"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    for path in ("ls", "perl", "common"):
        (tmp_path / "usr/bin" / path).write_text(path)
    (tmp_path / "usr/share/doc/perl-base/copyright").write_text("terms")
    (info / "coreutils.list").write_text("/.\n/bin\n/bin/ls\n/usr/bin/common\n")
    (info / "perl-base.list").write_text(
        "/.\n/bin\n/bin/perl\n/bin/common\n/usr/share/doc/perl-base\n"
        "/usr/share/doc/perl-base/copyright\n"
    )
    (info / "perl-base.postinst").write_text("exit 0\n")
    return tmp_path


def test_a_package_goes_with_its_files_and_its_entry_and_harms_no_other(base: Path) -> None:
    purge(base)
    kept = {str(path.relative_to(base)) for path in base.rglob("*") if path.is_file()}
    assert kept == {
        "usr/bin/ls",
        "usr/bin/common",
        "var/lib/dpkg/status",
        "var/lib/dpkg/info/coreutils.list",
    }
    assert (base / "bin").is_symlink()
    assert not (base / "usr/share/doc/perl-base").exists()
    left = read_packages((base / "var/lib/dpkg/status").read_text())
    assert [one.name for one in left] == ["python3", "tzdata", "coreutils", "libgmp10", "libc6"]
    assert left[1].text == TZDATA.strip()


def test_a_base_without_debians_packages_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("")
    purge(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tool"]
