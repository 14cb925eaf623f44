"""What is wrong, where does it begin, and what does it mean? A fault found by a check."""

from __future__ import annotations

from enum import StrEnum


class Meaning(StrEnum):
    """What a fault means to whoever holds the file, and what to do: a closed list."""

    DAMAGED = "bytes were changed or lost after they were written; restore the file from a copy"
    UNREADABLE = "the file could not be read; see to the disk and its rights, then check again"
    ALTERED = "the bytes are not those that the digest was made of; only a copy that fits is proof"
    UNLAWFUL = "its writer broke the standard; readers may pass it over or misread it"
    INCOMPLETE = "something that is named is not there; without it this proves less than it says"
    INDEX = "who looks it up there finds another record or none; make the index again from the WARC"
    DATABASE = "the database does not say what the WARCs say; `archiver rebuild` makes it again"
    LOST = (
        "the WARC lost what was on the disk; restore it from a copy, or let `archiver rebuild` "
        "make the database without it"
    )
    STRUCTURE = "programs will unpack different things from it; ask its maker for another copy"
    LISTING = "the package is not as its maker closed it; ask for another copy"
    UNPROVEN = "nobody vouches for it as it is; hold its digest against one its maker gives you"
    BOMB = "it is made to exhaust who opens it; it was not read further"
    UNKNOWN = "nothing was checked; give a WARC, a WACZ or the folder of a bag"
    REWRITTEN = "the record of who did what was changed after it was written; find an earlier copy"


class Fault(str):
    """
    One sentence on what is wrong, for whoever just says it; its parts for whoever counts or sorts.

    Attributes:
        file: The file, a path inside a package included.
        offset: The first byte that is known to be wrong, or where what is wrong begins, in bytes;
            None if it is about the whole.
        what: The sentence without file and offset.
        meaning: What it means, and what to do.
    """

    __slots__ = ("file", "meaning", "offset", "what")

    file: str
    offset: int | None
    what: str
    meaning: Meaning

    def __new__(cls, file: object, offset: int | None, what: str, meaning: Meaning) -> Fault:
        """Make the sentence from its parts."""
        where = f"{file}" if offset is None else f"{file} at {offset}"
        self = super().__new__(cls, f"{where}: {what}")
        self.file, self.offset, self.what, self.meaning = str(file), offset, what, meaning
        return self

    def __reduce__(self) -> tuple[type[Fault], tuple[str, int | None, str, Meaning]]:
        """Cross to another process whole."""
        return Fault, (self.file, self.offset, self.what, self.meaning)
