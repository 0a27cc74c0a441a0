"""An archive is looked at before anything in it is unpacked."""

import io
import stat
import warnings
import zipfile

import pytest

from xner.errors import InputError, LimitExceeded
from xner.io.zipped import ZipWriter, open_zip


def packed(*members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name twice
        for info, content in members:
            archive.writestr(info, content)
    return buffer.getvalue()


def opened(data):
    with io.BufferedReader(io.BytesIO(data)) as stream, open_zip(stream, "x.zip") as archive:
        return {name: archive.read(name) for name in archive.names}


def entry(name, mode=stat.S_IFREG | 0o644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_plain_files_and_folders_are_read():
    assert opened(packed(("a/", ""), ("a/b.txt", "x"), (entry("c.txt"), "y"))) == {"a/b.txt": b"x", "c.txt": b"y"}


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../x",
        "a/../../x",
        "..",
        "a//b",
        "./a",
        "a\\..\\b",
        "C:/x",
        "C:x",
        "//server/x",
        "a/..",
        "\\\\s\\x",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(name):
    with pytest.raises(InputError, match="leads out"):
        opened(packed((name, "x")))


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o644])
def test_links_and_devices_are_refused(mode):
    with pytest.raises(InputError, match="link or a device"):
        opened(packed((entry("a", mode), "/etc/passwd")))


@pytest.mark.parametrize("names", [("a.txt", "a.txt"), ("a.txt", "A.TXT"), ("straße", "STRASSE")])
def test_a_name_that_stands_twice_is_refused(names):
    with pytest.raises(InputError, match="twice"):
        opened(packed(*((name, "x") for name in names)))


def test_an_encrypted_member_is_refused():
    data = bytearray(packed(("a.txt", "x")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InputError, match="encrypted"):
        opened(bytes(data))


@pytest.mark.parametrize("name", ["b.zip", "b.GZ", "b.tar", "plain.txt"])
def test_an_archive_in_an_archive_is_refused_by_name_or_content(name):
    with pytest.raises(InputError, match="is an archive itself"):
        opened(packed((name, packed(("a", "x")))))


def test_an_unusual_packing_is_refused():
    with pytest.raises(InputError, match="unusual"):
        opened(packed(("a", "x"), compression=zipfile.ZIP_LZMA))


def test_a_bomb_is_refused_before_it_is_unpacked():
    with pytest.raises(LimitExceeded, match="unpacked"):
        opened(packed(("a", b"\0" * 5_000_000)))


def test_a_small_file_of_equal_rows_is_no_bomb():
    assert len(opened(packed(("a", b"a\tO\n" * 200_000)))["a"]) == 800_000


def test_a_member_that_is_larger_than_it_says_is_damaged():
    data = packed(("a", b"\0" * 5_000_000))
    place = data.index(b"PK\x01\x02") + 24
    with pytest.raises(InputError):
        opened(data[:place] + (10).to_bytes(4, "little") + data[place + 4 :])


def test_too_many_members_are_refused_before_their_names_are_read():
    stub = b"PK\x01\x02" + b"\0" * 42
    with pytest.raises(LimitExceeded, match="10,000"):
        opened(b"PK\x03\x04" + stub * 11_000)


def test_ten_thousand_and_one_members_are_refused(monkeypatch):
    monkeypatch.setattr("xner.io.zipped.MAX_ARCHIVE_MEMBERS", 3)
    with pytest.raises(LimitExceeded, match="more than 3 files"):
        opened(packed(*((str(number), "") for number in range(4))))


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip", packed(("a", "xyz"))[:-10], packed(("a", "xyz" * 99))[30:]])
def test_what_is_no_archive_is_told(data):
    with pytest.raises(InputError, match="damaged"):
        opened(data)


def test_a_damaged_member_is_told():
    data = bytearray(packed(("a", "xyz" * 99), compression=zipfile.ZIP_STORED))
    data[60] ^= 1
    with pytest.raises(InputError, match="damaged"):
        opened(bytes(data))


def test_text_that_is_not_utf_8_is_told():
    data = packed(("a", b"\xff\xfe"))
    with (
        io.BufferedReader(io.BytesIO(data)) as stream,
        open_zip(stream, "x.zip") as archive,
        pytest.raises(InputError, match="UTF-8"),
    ):
        archive.text("a")


def test_an_archive_is_written_in_pieces_and_equal_each_time():
    def write():
        archive = ZipWriter()
        pieces = [
            *archive.add("a.txt", "ж" * 1000),
            *archive.add("b.bin", io.BytesIO(b"x" * 3_000_000)),
            archive.close(),
        ]
        assert len(pieces) > 4
        return b"".join(pieces)

    assert write() == write()
    assert opened(write()) == {"a.txt": ("ж" * 1000).encode(), "b.bin": b"x" * 3_000_000}
