"""Is a bag one for the library, with events and objects as PREMIS wants them?"""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import bagit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.packages import bag
from archiver.packages.parts import Listed, text
from archiver.packages.premis import NAMESPACE, premis
from archiver.packages.premis_events import Making

AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
ABOUT = bag.BagAbout(
    title="A thread\nof two lines",
    description="Thread 1",
    identifier="thread-archiver:1",
    creator="Ada \x00 & Co",
    source="https://a.example/1",
    language="en",
    created=AT,
    software="test/2",
    by="ada@desk",
    warcs=("a.warc.gz", "open.warc.gz"),
)
MAKING = Making(ABOUT.identifier, "2026-11-24T09:30:00Z", ABOUT.software, ABOUT.by, ABOUT.warcs)
P = f"{{{NAMESPACE}}}"
_DIGEST = "sha256:" + 64 * "a"


def line(number: int, kind: str, **facts: object) -> bytes:
    """A line of the log, as an older version wrote it."""
    said = {"number": number, "kind": kind, "at": "2026-11-24T09:00:00.000Z"}
    return json.dumps({"who": "schedule", "software": "test/1", **said, **facts}).encode()


LINES = (
    line(1, "captured", thread="1", crawl=7, failed=False, changes=2, seed_sha256=_DIGEST),
    line(2, "captured", thread="2", crawl=8, failed=False, changes=1, seed_sha256=_DIGEST),
    line(3, "sealed", name="a.warc.gz", sha256=_DIGEST, bytes=5),
    line(4, "sealed", name="of-others.warc.gz", sha256=_DIGEST, bytes=6),
    line(5, "sealed", name="a.warc.gz", sha256="sha256:00", bytes=7),
    line(6, "verified", files=3, faults=2, names=["a.warc.gz", "of-others.warc.gz"]),
    line(7, "verified", files=3, faults=0, names=[]),
    b"torn {",
    line(9, "withheld", thread="1", state="hidden", decided_by="grace", who="ada@desk"),
    line(10, "exported", thread="1", format="wacz", sha256=_DIGEST, who="ada@desk"),
    line(11, "timestamped", head=_DIGEST, lines=10, by=["https://tsa.example/"]),
    line(12, "imported", threads=["1", "2"], sha256=_DIGEST, bytes=9),
    line(13, "imported", threads=["2"], warcs=["open.warc.gz", "x"], sha256=_DIGEST, signer="ada"),
)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A bag of two files."""
    folder = tmp_path / "bag"
    folder.mkdir()
    bag.write(folder, [text("a.txt", "a"), text("archive/data.warc.gz", b"\x1f")], ABOUT, LINES)
    return folder


def test_library_validates_the_bag(made: Path) -> None:
    """Payload and tag files agree with their manifests."""
    found = bagit.Bag(str(made))
    found.validate()
    assert found.version_info == (1, 0)
    assert set(found.entries) >= {"data/a.txt", "metadata/premis.xml", "metadata/dc.xml"}


def test_changed_tag_file_is_found(made: Path) -> None:
    """What was done with the files is under seal as well."""
    (made / "metadata" / "premis.xml").write_text("<premis/>")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(made)).validate()


def _pairs(parent: ET.Element, name: str) -> list[tuple[str, str]]:
    """Type and value of each identifier of a name."""
    return [
        (each.findtext(f"{P}{name}Type") or "", each.findtext(f"{P}{name}Value") or "")
        for each in parent.iter(f"{P}{name}")
    ]


def _events(root: ET.Element) -> dict[str, ET.Element]:
    return {value: each for each in root.iter(f"{P}event")
            for _, value in _pairs(each, "eventIdentifier")}  # fmt: skip


@pytest.fixture
def root(made: Path) -> ET.Element:
    """The PREMIS document of the bag."""
    return ET.parse(made / "metadata" / "premis.xml").getroot()


def test_only_events_about_these_objects_are_told(root: ET.Element) -> None:
    """What was done with other threads and other WARCs is nobody's business here."""
    export = "thread-archiver:1 2026-11-24T09:30:00Z"
    assert list(_events(root)) == ["1", "3", "5", "6", "10", "12", "13", export]
    kinds = [each.text for each in root.iter(f"{P}eventType")]
    assert kinds == [
        "capture",
        "message digest calculation",
        "message digest calculation",
        "fixity check",
        "dissemination",
        "ingestion end",
        "ingestion end",
        "creation",
    ]
    written = ET.tostring(root, "unicode")
    assert "of-others" not in written
    assert "grace" not in written
    assert '"2"' not in written


def test_all_that_is_linked_is_described(root: ET.Element) -> None:
    """Every identifier that stands in a link is that of an object, an agent or an event."""
    objects = _pairs(root, "objectIdentifier")
    agents = _pairs(root, "agentIdentifier")
    assert len(set(objects)) == len(objects)
    assert len(set(agents)) == len(agents)
    assert set(_pairs(root, "linkingObjectIdentifier")) <= set(objects)
    assert set(_pairs(root, "relatedObjectIdentifier")) <= set(objects)
    assert set(_pairs(root, "linkingAgentIdentifier")) == set(agents)
    assert set(_pairs(root, "relatedEventIdentifier")) <= set(_pairs(root, "eventIdentifier"))


def test_files_come_from_warcs_as_they_were_first_sealed(root: ET.Element) -> None:
    """A later seal of a name counts for nothing; a WARC still open has no digest."""
    told = {}
    for each in root.iter(f"{P}object"):
        (_, value), *_ = _pairs(each, "objectIdentifier")
        sources = [name for kind, name in _pairs(each, "relatedObjectIdentifier")
                   if kind == "WARC of the archive"]  # fmt: skip
        told[value] = each.findtext(f".//{P}messageDigest"), sources
    assert told["a.warc.gz"] == (64 * "a", [])
    assert told["open.warc.gz"] == (None, [])
    assert told["data/archive/data.warc.gz"][1] == ["a.warc.gz", "open.warc.gz"]
    assert told["data/a.txt"][1] == []


def test_each_event_has_the_agents_that_its_line_names(root: ET.Element) -> None:
    """What an older version did is not this version's doing, and the schedule is nobody."""
    events = _events(root)
    linked = {number: _pairs(each, "linkingAgentIdentifier") for number, each in events.items()}
    assert linked["1"] == [("software", "test/1"), ("schedule", "schedule")]
    assert linked["10"] == [("software", "test/1"), ("user@machine", "ada@desk")]
    assert list(linked.values())[-1] == [("software", "test/2"), ("user@machine", "ada@desk")]
    kinds = {
        value: each.findtext(f"{P}agentType")
        for each in root.iter(f"{P}agent")
        for _, value in _pairs(each, "agentIdentifier")
    }
    assert kinds == {
        "test/1": "software",
        "test/2": "software",
        "ada@desk": "person",
        "schedule": "software",
    }


def test_the_export_made_the_files(root: ET.Element) -> None:
    """The event that made the objects names all of them, and what they were made of."""
    event = list(_events(root).values())[-1]
    roles = {
        value: each.findtext(f"{P}linkingObjectRole")
        for each in event.iter(f"{P}linkingObjectIdentifier")
        for _, value in _pairs(each, "linkingObjectIdentifier")
    }
    assert roles == {
        "thread-archiver:1": "source",
        "a.warc.gz": "source",
        "open.warc.gz": "source",
        "data/a.txt": "outcome",
        "data/archive/data.warc.gz": "outcome",
    }


def test_a_damaged_warc_failed_its_check(root: ET.Element) -> None:
    """The outcome of a check that named a WARC is that it failed, for that WARC alone."""
    check = _events(root)["6"]
    assert check.findtext(f".//{P}eventOutcome") == "fail"
    assert _pairs(check, "linkingObjectIdentifier") == [("WARC of the archive", "a.warc.gz")]


def test_what_came_by_import_says_so(root: ET.Element) -> None:
    """The WARC that an import made is what the event is about, and who had signed it is told."""
    came = _events(root)["13"]
    assert _pairs(came, "linkingObjectIdentifier") == [("WARC of the archive", "open.warc.gz")]
    assert '"signer": "ada"' in (came.findtext(f".//{P}eventDetail") or "")


def test_a_log_of_many_years_takes_no_memory() -> None:
    """Lines of other threads are passed over as they come, and the document is never whole."""
    lines = (line(number, "captured", thread="2", crawl=number) for number in range(1, 50_001))
    files = [Listed("data/a", 1, "sha256:00")]
    assert sum(map(len, premis(files, lines, MAKING))) < 10_000


def test_premis_has_what_the_schema_asks_for(made: Path) -> None:
    """Order and presence of the elements that PREMIS 3.0 makes mandatory."""
    root = ET.parse(made / "metadata" / "premis.xml").getroot()
    assert (root.tag, root.get("version")) == (f"{P}premis", "3.0")
    order = [each.tag.removeprefix(P) for each in root]
    assert order == sorted(order, key=["object", "event", "agent"].index)
    files = [each for each in root.iter(f"{P}object") if "premis:file" in each.attrib.values()]
    in_bag = [each for each in files if _pairs(each, "objectIdentifier")[0][0] == "path in bag"]
    assert (len(files), len(in_bag)) == (4, 2)
    for each in in_bag:
        after = ["relationship"] * len(each.findall(f"{P}relationship"))
        assert [child.tag.removeprefix(P) for child in each] == [
            "objectIdentifier",
            "objectCharacteristics",
            *after,
        ]
        assert [child.tag.removeprefix(P) for child in each[1]] == [
            "compositionLevel",
            "fixity",
            "size",
            "format",
        ]
    for each in root.iter(f"{P}event"):
        first = [child.tag.removeprefix(P) for child in each][:4]
        assert first == ["eventIdentifier", "eventType", "eventDateTime", "eventDetailInformation"]


def test_dublin_core_is_well_formed(made: Path) -> None:
    """What XML cannot say is left out; the rest stays."""
    root = ET.parse(made / "metadata" / "dc.xml").getroot()
    said = {each.tag.partition("}")[2]: each.text for each in root}
    assert said["title"] == "A thread of two lines"
    assert said["creator"] == "Ada  & Co"


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
_KEYS = ("number", "kind", "at", "who", "software", "thread", "name", "names", "threads", "bytes")


@given(
    st.lists(st.binary(max_size=60), max_size=3),
    st.dictionaries(st.sampled_from(_KEYS), _ANYTHING),
    st.text(max_size=20),
)
def test_any_log_gives_well_formed_xml(
    lines: list[bytes], facts: dict[str, object], words: str
) -> None:
    """A log from elsewhere cannot break the document."""
    files = [Listed("data/a", 1, "sha256:00")]
    hostile = json.dumps({**json.loads(LINES[0]), "software": words, "who": words, **facts})
    making = Making("thread-archiver:1", "2026-11-24T09:30:00Z", words, words, (words,))
    said = b"".join(premis(files, [*lines, hostile.encode()], making))
    assert ET.fromstring(said).tag == f"{P}premis"
