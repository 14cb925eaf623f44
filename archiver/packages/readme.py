"""What must a stranger be told, to check a package without us?"""

from __future__ import annotations

import textwrap

_TEXT = """\
{title}
{line}

This package was written by {software} on {created}.
It holds thread {thread}, first published at
  {url}

{notices}WHAT IS WHERE (of a BagIt bag, all of it below data/)

  archive/data.warc.gz    Every answer of the servers as it was received (WARC 1.1)
  indexes/index.cdxj      Where each record lies in it
  thread/index.html       The thread to read; open it in any browser, no network needed
  thread/thread.json      The same for programs: posts, edits, links hop by hop, digests
  media/                  Pictures, films and sounds of the posts; each is named by its sha256
  custody/custody.jsonl   What was done with the records, by whom; each line holds the sha256
                          of the line before it, custody/head.json that of the last one
  datapackage.json        (WACZ) sha256 and size of every file above
  datapackage-digest.json (WACZ) sha256 of datapackage.json, signed
  datapackage-digest.json.tsr, .ots  (WACZ, where made) when that file was there
  manifest-sha256.txt     (BagIt) sha256 of every file of the payload

HOW TO LOOK AT IT

  Open the WACZ at https://replayweb.page (it stays on your machine), or with pywb.

HOW TO CHECK IT, WITH OTHER PEOPLE'S TOOLS

  unzip NAME.wacz -d package && cd package
  gzip -t archive/data.warc.gz
  warcio check archive/data.warc.gz            (pip install warcio)
  sha256sum datapackage.json                   (must be the hash in datapackage-digest.json)
  wacz validate -f ../NAME.wacz                (pip install wacz; it knows no .tsr and no .ots)
  openssl ts -verify -data datapackage-digest.json -in datapackage-digest.json.tsr \\
          -CAfile TSA.pem
  ots verify datapackage-digest.json.ots       (pip install opentimestamps-client)
  bagit.py --validate BAG                      (pip install bagit)

  The signature in datapackage-digest.json is ECDSA over the text of "hash":
  wacz-auth 0.1.0.

HOW TO CHECK IT WITH OURS, WITHOUT A NETWORK

  archiver verify NAME.wacz

WHAT THIS PROVES, AND WHAT IT DOES NOT

  It proves that these bytes have not changed since they were signed and stamped, and what the
  archive's machine received, when by its clock, from which address, with which TLS certificate.
  It does not prove that a server told everybody the same, nor who wrote a post.
"""


def readme(
    *, title: str, thread: str, url: str, created: str, software: str, notices: tuple[str, ...]
) -> str:
    """
    Write README.txt.

    Args:
        created: The time of the export.
        notices: Sentences about this very package, such as that the thread is withheld.
    """
    shown = " ".join(title.split())[:200] or thread
    said = "".join(textwrap.fill(f"NOTE: {each}", 96) + "\n\n" for each in notices)
    return _TEXT.format(
        title=shown,
        line="=" * min(len(shown), 96),
        thread=thread,
        url=url,
        created=created,
        software=software,
        notices=said,
    )
