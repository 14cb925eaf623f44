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

AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
ABOUT = bag.BagAbout(
    title="A thread\nof two lines",
    description="Thread 1",
    identifier="thread-archiver:1",
    creator="Ada \x00 & Co",
    source="https://a.example/1",
    language="en",
    created=AT,
    software="test/1",
)
LINES = (
    json.dumps({"kind": "sealed", "at": "2026-11-24T09:00:00Z", "name": "a.warc.gz"}).encode(),
    json.dumps({"kind": "exported", "at": "2026-11-24T09:10:00Z", "who": "ada"}).encode(),
    b"torn {",
)
P = f"{{{NAMESPACE}}}"


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


def test_events_name_agents_and_objects(made: Path) -> None:
    """Every identifier that an event links is that of an object or an agent."""
    root = ET.parse(made / "metadata" / "premis.xml").getroot()
    objects = {each.text for each in root.iter(f"{P}objectIdentifierValue")}
    agents = {each.text for each in root.iter(f"{P}agentIdentifierValue")}
    assert objects == {"data/a.txt", "data/archive/data.warc.gz"}
    assert agents == {"test/1", "ada"}
    assert {each.text for each in root.iter(f"{P}linkingObjectIdentifierValue")} <= objects
    assert {each.text for each in root.iter(f"{P}linkingAgentIdentifierValue")} <= agents
    kinds = [each.text for each in root.iter(f"{P}eventType")]
    assert kinds == ["message digest calculation", "dissemination", "unknown"]


def test_premis_has_what_the_schema_asks_for(made: Path) -> None:
    """Order and presence of the elements that PREMIS 3.0 makes mandatory."""
    root = ET.parse(made / "metadata" / "premis.xml").getroot()
    assert (root.tag, root.get("version")) == (f"{P}premis", "3.0")
    order = [each.tag.removeprefix(P) for each in root]
    assert order == sorted(order, key=["object", "event", "agent"].index)
    for each in root.iter(f"{P}object"):
        assert "premis:file" in each.attrib.values()
        assert [child.tag.removeprefix(P) for child in each] == [
            "objectIdentifier",
            "objectCharacteristics",
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


@given(st.lists(st.binary(max_size=60), max_size=4), st.text(max_size=20))
def test_any_log_gives_well_formed_xml(lines: list[bytes], software: str) -> None:
    """A log from elsewhere cannot break the document."""
    files = [Listed("data/a", 1, "sha256:00")]
    root = ET.fromstring(premis(files, lines, software, "2026-11-24T09:30:00Z"))
    assert len(list(root.iter(f"{P}event"))) == len(lines)
