"""Which posts of a channel belong to a thread? Those that answer each other, from the root on."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.errors import FetchError, NotFound, ParseError
from archiver.models import Exchange, KnownPost
from archiver.sources.answers import Answers, reduced
from archiver.sources.telegram.message import Message, post_id
from archiver.sources.telegram.page import Page, read_page, read_single
from archiver.sources.telegram.urls import PLATFORM, Server

MAX_CLIMB = 100
MAX_KNOWN = 50
MAX_QUIET_PAGES = 5
"""Pages of 20 posts that are read after the last one of the thread."""

MAX_PAGES = 25


class Conversation:
    """
    The posts of a thread, as far as they are known.

    Attributes:
        root: Number of the first post; it may be missing from `messages`.
        messages: What was seen of the channel, by number.
        gone: Numbers of posts that Telegram says it has not.
        notes: Limits that were met, each as part of a sentence.
        whole: Whether every post of the channel since the root was looked at.
    """

    def __init__(
        self,
        server: Server,
        answers: Answers,
        name: str,
        number: int,
        known: Sequence[KnownPost] = (),
    ) -> None:
        """
        Read a post and climb to what it answers first of all.

        Args:
            known: Stored posts of the thread: if the post itself is deleted, they lead to it.

        Raises:
            Missing: If something must be asked first.
            FetchError: If the post cannot be read; NotFound if there is none.
            ParseError: If an answer is not what Telegram shows.
        """
        self._server = server
        self._answers = answers
        self._name = name
        self.messages: dict[int, Message] = {}
        self.gone: dict[int, None] = {}
        self.notes: dict[str, None] = {}
        self.whole = True
        self._stored = sorted(filter(None, map(_number, known)))
        self.seed = self._begin(number)
        self.chat = self.seed.chat if self.seed else known[0].id.partition("/")[0]
        self.root = self._climb(self.seed) if self.seed else number
        if self._stored and (self.root in self._stored or self.seed is None):
            self.root = min(self._stored)  # a deleted post takes with it what pointed to it

    def fill(self) -> None:
        """
        Look for what the channel said below, and for stored posts that are not shown.

        Raises:
            Missing: If something must be asked first.
        """
        if self.seed is not None:
            self._look_below()
        self._ask_stored()

    def limit(self, note: str) -> None:
        """Remember a limit that was met."""
        self.notes[note] = None
        self.whole = False

    def joined(self) -> list[tuple[Message, int | None]]:
        """Give the posts of the thread, oldest first, and the number of what each answers."""
        found: dict[int, int | None] = {}
        stored = set(self._stored)
        last: int | None = None  # the stored post before
        for number in sorted({*self.messages, *stored}):
            message = self.messages.get(number)
            above = message.reply_to if message else None
            if number == self.root:
                found[number] = None
            elif above is not None and (above in found or above == self.root):
                found[number] = above
            elif number in stored:
                found[number] = last
            last = number if number in stored else last
        return [
            (self.messages[each], above) for each, above in found.items() if each in self.messages
        ]

    def _begin(self, number: int) -> Message | None:
        """Read the post that was named, or else the first of the thread that is still there."""
        stored = [each for each in self._stored if each != number][:MAX_KNOWN]
        for each in (number, *stored):
            try:
                return self._single(each)
            except NotFound as err:
                if err.status != 404 or not self._stored:
                    raise
                self.gone[each] = None
        return None

    def _climb(self, message: Message) -> int:
        for _ in range(MAX_CLIMB):
            above = message.reply_to  # always less than its own number
            if above is None:
                return message.number
            try:
                message = self._single(above)
            except NotFound:
                self.gone[above] = None
                return above
            except (FetchError, ParseError) as err:
                self.limit(f"post {above} could not be read ({_why(err)})")
                return above
        self.limit(f"only {MAX_CLIMB} posts above were read")
        return message.number

    def _single(self, number: int) -> Message:
        answer = self._answers.get(self._server.post(self._name, number))
        message = reduced(answer, read_single)
        if message.name.lower() != self._name.lower():
            raise ParseError(
                f"{answer.request.url}: a post of {message.name} came where one of {self._name}"
                " was due",
                uri_r=answer.request.url,
                platform=PLATFORM,
                field="data-post",
            )
        self.messages.setdefault(message.number, message)
        return message

    def _look_below(self) -> None:
        """Read the channel from each joined post on that was not looked past already."""
        passed, left = 0, MAX_PAGES
        while left:
            joined = [each.number for each, _ in self.joined()]
            start = next((each for each in joined or [self.root] if each >= passed), None)
            if start is None:
                return
            passed, left, ended = self._scan(start, left)
            if ended:
                return
        self.limit(f"{MAX_PAGES} pages of the channel were read, and no more")

    def _scan(self, start: int, left: int) -> tuple[int, int, bool]:
        """
        Read on from a post until the thread has been quiet for some pages.

        Returns:
            How far was read, how many pages may still be read, and whether there is no more.
        """
        cursor, quiet = start, 0
        while left and quiet < MAX_QUIET_PAGES:
            left -= 1
            page = self._page(cursor)
            if page is None:
                return cursor, left, True
            newer = [each for each in page.messages if each.number > cursor]
            if not newer:
                return cursor, left, True
            before = len(self.joined())
            for each in newer:
                if each.name.lower() == self._name.lower():
                    self.messages.setdefault(each.number, each)
            quiet = quiet + 1 if len(self.joined()) == before else 0
            cursor = newer[-1].number
        if quiet == MAX_QUIET_PAGES:
            self.limit(f"posts were looked through up to {cursor}, later ones were not")
        return cursor + 1, left, False

    def _page(self, cursor: int) -> Page | None:
        try:
            page = reduced(self._answers.get(self._server.after(self._name, cursor)), read_page)
        except (FetchError, ParseError) as err:
            self.limit(f"the channel's posts could not be read ({_why(err)})")
            return None
        if page.unread:
            self.limit("some posts of the channel could not be read")
        if not page.is_preview:
            self.limit("no preview of all posts is shown: later answers could not be looked for")
            return None
        return page

    def _ask_stored(self) -> None:
        """Ask how stored posts stand that were not shown."""
        lost = [each for each in self._stored if each not in self.messages]
        asked = [each for each in lost if each not in self.gone]
        if len(asked) > MAX_KNOWN:
            self.limit(f"only {MAX_KNOWN} of {len(asked)} lost posts were asked for")
        requests = [self._server.post(self._name, each) for each in asked[:MAX_KNOWN]]
        for number, answer in zip(asked, self._answers.get_all(requests), strict=False):
            self._note_known(number, answer)

    def _note_known(self, number: int, answer: Exchange) -> None:
        try:
            message = reduced(answer, read_single)
        except NotFound as err:
            if err.status == 404:
                self.gone[number] = None
        except (FetchError, ParseError) as err:
            self.limit(f"post {number} could not be read ({_why(err)})")
        else:
            self.messages.setdefault(message.number, message)

    def id_of(self, number: int) -> str:
        """Name a post of this channel for ever."""
        return post_id(self.chat, number)


def _number(known: KnownPost) -> int:
    """Give the number of a stored post; 0 if it has none."""
    number = known.id.rpartition("/")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 11 else 0


def _why(err: FetchError | ParseError) -> str:
    if isinstance(err, ParseError):
        return "not what Telegram shows"
    return f"status {err.status}" if err.status else "not shown"
