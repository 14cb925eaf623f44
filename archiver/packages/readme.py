"""What must a stranger be told, to check a package without us?"""

from __future__ import annotations

import enum
import textwrap


class Kind(enum.StrEnum):
    """What a package is, and so by what it can be checked."""

    SIGNED = "signed WACZ"
    UNSIGNED = "unsigned WACZ"
    BAG = "bag"


_HEAD = """\
{title}
{line}

This package was written by {software} on {created}.
It holds thread {thread}, first published at
  {url}

{notices}"""

_WHERE = """\
WHAT IS WHERE{where}

  archive/data.warc.gz    Answers of servers, byte for byte as they were received (WARC 1.1)
  indexes/index.cdx       Where each record lies in it
  pages/pages.jsonl       The pages that a player offers
  thread/index.html       The thread to read; open it in any browser, no network needed
  thread/thread.json      The same for programs: posts, edits, links hop by hop, digests
  media/                  Pictures, films and sounds of the posts; each is named by its sha256
"""
_CUSTODY = """\
  custody/custody.jsonl   What was done with these records, when and under whose account: the
                          lines of the archive's log that are about them
  custody/head.json       Length of the whole log, and the sha256 of its newest line
"""
_LISTS = {
    Kind.SIGNED: """\
  proofs/manifest-sha256.txt            sha256 of every file above and of this one
  proofs/manifest-sha256.txt.tsr, .ots  Who else saw that list, and when; if there are none,
                                        nobody else says since when it exists
  datapackage.json                      sha256 and size of every file above, and of proofs/
  datapackage-digest.json               sha256 of datapackage.json, and the signature over it
""",
    Kind.UNSIGNED: """\
  proofs/manifest-sha256.txt            sha256 of every file above and of this one
  datapackage.json                      sha256 and size of every file above, and of proofs/
  datapackage-digest.json               sha256 of datapackage.json; it is not signed
""",
    Kind.BAG: """\

  Beside data/: manifest-sha256.txt, the sha256 of every file in it; metadata/premis.xml, what
  was done with them; metadata/dc.xml; tagmanifest-sha256.txt, the sha256 of those.
""",
}

_LOOK = {
    Kind.SIGNED: """
HOW TO LOOK AT IT

  Open it at https://replayweb.page (it stays on your machine), or with pywb.
""",
    Kind.BAG: """
HOW TO LOOK AT IT

  Open data/thread/index.html, or data/archive/data.warc.gz at https://replayweb.page.
""",
}
_LOOK[Kind.UNSIGNED] = _LOOK[Kind.SIGNED]

_CHECK_WACZ = """
HOW TO CHECK IT, WITH OTHER PEOPLE'S TOOLS

  Are the files as they were, and is none added?

    unzip NAME.wacz -d package && cd package
    sha256sum -c proofs/manifest-sha256.txt      (every line must say OK)
    sha256sum proofs/manifest-sha256.txt datapackage.json
                            (the first must stand in datapackage.json, the second in
                            datapackage-digest.json)
    wacz validate -f ../NAME.wacz                (pip install wacz)
    gzip -t archive/data.warc.gz
    warcio check archive/data.warc.gz            (pip install warcio; says nothing if all is well)
"""
_CHECK_SIGNATURE = """
  Who vouches for it? The signature is ECDSA with SHA-256 over the text "sha256:<hex>" in "hash"
  (wacz-auth 0.1.0). It stands there as r and s side by side; openssl wants them as DER. Save
  these lines as signed.py, as they stand:

import base64, hashlib, json
told = json.load(open("datapackage-digest.json"))
signed = told["signedData"]
held = "sha256:" + hashlib.sha256(open("datapackage.json", "rb").read()).hexdigest()
assert held == told["hash"] == signed["hash"], "datapackage.json was changed"
signature = base64.b64decode(signed["signature"])
def number(half):
    half = half.lstrip(b"\\0") or b"\\0"
    half = b"\\0" + half if half[0] > 127 else half
    return b"\\2" + bytes([len(half)]) + half
if "publicKey" in signed:
    half = len(signature) // 2
    both = number(signature[:half]) + number(signature[half:])
    signature = b"\\x30" + bytes([len(both)]) + both
    open("key.der", "wb").write(base64.b64decode(signed["publicKey"]))
else:
    open("cert.pem", "w").write(signed["domainCert"])
open("signature.der", "wb").write(signature)
open("signed.txt", "w").write(signed["hash"])

  and run:

    python3 signed.py
    openssl pkey -pubin -inform DER -in key.der -out key.pem
                            (with cert.pem: openssl x509 -in cert.pem -pubkey -noout > key.pem)
    openssl dgst -sha256 -verify key.pem -signature signature.der signed.txt
    sha256sum key.der       (the fingerprint; compare it with one that you have from elsewhere)

  Since when has it existed? Only where proofs/ holds a .tsr or an .ots:

    openssl ts -verify -data proofs/manifest-sha256.txt -in proofs/manifest-sha256.txt.tsr \\
            -CAfile TSA.pem (the root of the authority, from its own web page; -attime SECONDS
                            if its certificate has ended since)
    openssl ts -reply -in proofs/manifest-sha256.txt.tsr -text          (shows the time)
    pip install opentimestamps-client
    ots upgrade proofs/manifest-sha256.txt.ots   (some hours after the export; keep the file)
    ots verify proofs/manifest-sha256.txt.ots    (asks a Bitcoin node of yours; without one:
                            ots info tells block and root to compare with a block explorer)
"""
_CHECK_BAG = """
HOW TO CHECK IT, WITH OTHER PEOPLE'S TOOLS

    bagit.py --validate BAG                      (pip install bagit)
    cd BAG && sha256sum -c manifest-sha256.txt   (every line must say OK)
    gzip -t data/archive/data.warc.gz
    warcio check data/archive/data.warc.gz       (pip install warcio; says nothing if all is well)
"""
_OURS = """
HOW TO CHECK IT WITH OURS, WITHOUT A NETWORK

    archiver verify {name}

WHAT THIS PROVES, AND WHAT IT DOES NOT

"""
_PROVES = {
    Kind.SIGNED: (
        "The signature shows that whoever has its key vouches for exactly these bytes. Whose key "
        "it is, you must know from elsewhere than this package.",
        "A timestamp in proofs/, if there is one, shows that these files existed at its time. "
        "It does not show that they did not exist before, nor that they are true. If there is "
        "none, every time in here is the word of whoever signed.",
    ),
    Kind.UNSIGNED: (
        "This package is not signed. Its lists show changes by accident, not by somebody: whoever "
        "changes a file can write the lists anew.",
    ),
    Kind.BAG: (
        "A bag is neither signed nor stamped. Its manifests show changes by accident, not by "
        "somebody: whoever changes a file can write the manifests anew. The archive notes the "
        "sha256 of manifest-sha256.txt in its custody log when it makes a bag: ask for it, or "
        "ask for the WACZ of this thread, which is signed.",
    ),
}
_ASSERTED = (
    "That servers sent these answers, when (by the clock of the archive's machine), from which "
    "address and with which TLS certificate: all that is what the archive says. TLS leaves nothing "
    "behind by which others could check it.",
    "Nothing in here shows that nothing was left out, that a server told everybody the same, that "
    "what is said is true, or who wrote it.",
)


def readme(
    *,
    title: str,
    thread: str,
    url: str,
    created: str,
    software: str,
    notices: tuple[str, ...],
    kind: Kind = Kind.UNSIGNED,
    custody: bool = True,
) -> str:
    """
    Write README.txt: it says no more than what is so in this very package.

    Args:
        created: The time of the export.
        notices: Sentences about this very package, such as that the thread is withheld.
        kind: What it is written into.
        custody: Whether lines of the custody log are in it.
    """
    shown = " ".join(title.split())[:200] or thread
    said = "".join(textwrap.fill(f"NOTE: {each}", 96) + "\n\n" for each in notices)
    head = _HEAD.format(
        title=shown,
        line="=" * min(len(shown), 96),
        thread=thread,
        url=url,
        created=created,
        software=software,
        notices=said,
    )
    bag = kind is Kind.BAG
    where = _WHERE.format(where=", BELOW data/" if bag else "")
    check = _CHECK_BAG if bag else _CHECK_WACZ
    signature = _CHECK_SIGNATURE if kind is Kind.SIGNED else ""
    ours = _OURS.format(name="BAG" if bag else "NAME.wacz")
    proves = "\n\n".join(map(_paragraph, (*_PROVES[kind], *_ASSERTED)))
    listed = (where, _CUSTODY if custody else "", _LISTS[kind], _LOOK[kind])
    return "".join((head, *listed, check, signature, ours, proves, "\n"))


def _paragraph(words: str) -> str:
    return textwrap.fill(
        words, 96, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )
