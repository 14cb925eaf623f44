"""Does every revisit lead to the record whose payload it repeats? Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from archiver.models import RecordRef, RecordType
from archiver.models.faults import Fault, Meaning
from archiver.warc.digests import same
from archiver.warc.judge import Repeat
from archiver.warc.reader import parse_date
from archiver.warc.surt import surt
from archiver.warc.verify import FileVerdict


@dataclass(slots=True)
class Originals:
    """The records that revisits may repeat, of some files that belong together."""

    by_id: dict[str, RecordRef] = field(default_factory=dict)
    by_key: dict[str, list[RecordRef]] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, verdicts: Sequence[FileVerdict]) -> Originals:
        """Collect them from what was read."""
        made = cls()
        for verdict in verdicts:
            declared = {each.offset: each.declared for each in verdict.places}
            for ref in verdict.refs:
                made.by_id.setdefault(ref.record_id, ref)
                made.declared.setdefault(ref.record_id, declared.get(ref.offset, ""))
                made.by_key.setdefault(surt(ref.url), []).append(ref)
        return made

    def find(self, repeat: Repeat) -> RecordRef | None:
        """Give the record by its id, or by URL and time, or None."""
        if repeat.refers_to:
            return self.by_id.get(repeat.refers_to)
        at = parse_date(repeat.date)
        wanted = self.by_key.get(surt(repeat.url), ()) if at else ()
        return next(
            (
                ref
                for ref in wanted
                if ref.type is not RecordType.REVISIT
                and ref.at.replace(microsecond=0) == (at.replace(microsecond=0) if at else None)
            ),
            None,
        )


def repeat_faults(
    verdicts: Sequence[FileVerdict], elsewhere: Callable[[str], RecordRef | None], *, whole: bool
) -> tuple[list[Fault], list[str]]:
    """
    Follow every revisit.

    Args:
        verdicts: Of files that belong together.
        elsewhere: Finds a record by id where the files are not all there is.
        whole: Nothing else is known to exist: a revisit that leads nowhere is a fault. If not, it
            is a note, for its original may be in a file that is not here.

    Returns:
        The faults, and the notes.
    """
    originals = Originals.of(verdicts)
    faults: list[Fault] = []
    notes: list[str] = []
    for verdict in verdicts:
        lost = []
        for repeat in verdict.repeats:
            found = originals.find(repeat)
            if found is None and repeat.refers_to:
                found = elsewhere(repeat.refers_to)
            if found is None:
                lost.append(repeat)
                continue
            for phrase in _differences(repeat, found, originals):
                what = f"the revisit {phrase}"
                faults.append(Fault(verdict.path, repeat.offset, what, Meaning.ALTERED))
        for repeat in lost if whole else ():
            what = f"the revisit repeats {_named(repeat)}, which is not here"
            faults.append(Fault(verdict.path, repeat.offset, what, Meaning.INCOMPLETE))
        if lost and not whole:
            notes.append(
                f"{verdict.path} at {lost[0].offset}: the revisit repeats {_named(lost[0])}, which "
                f"is not here; {len(lost)} such, whose payload stands in another file"
            )
    return faults, notes


def _named(repeat: Repeat) -> str:
    return repeat.refers_to[:80] or f"{repeat.url[:200]} of {repeat.date[:40] or 'no date'}"


def _differences(repeat: Repeat, found: RecordRef, originals: Originals) -> Iterator[str]:
    named = f"repeats {found.record_id}"
    if repeat.refers_to == repeat.record_id:
        yield "repeats itself"
    elif found.type is RecordType.REVISIT:
        yield f"{named}, which is a revisit itself and has no payload"
    if repeat.url and surt(repeat.url) != surt(found.url):
        yield f"says that it repeats {repeat.url[:200]}, and {found.record_id} is of {found.url}"
    at = parse_date(repeat.date)
    if at is not None and at.replace(microsecond=0) != found.at.replace(microsecond=0):
        yield f"says that its original is of {repeat.date[:40]}, and it is of {found.at}"
    declared = (found.digest or "", originals.declared.get(found.record_id, ""))
    fits = [same(repeat.digest, each) for each in declared if each]
    if repeat.digest and False in fits and True not in fits:
        yield f"has payload digest {repeat.digest[:90]}, and what it repeats {declared[0]}"
