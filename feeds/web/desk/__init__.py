"""The desk: where captures are started and watches are kept, behind a login."""

from feeds.web.desk.access import PASSWORD_VARIABLE, Password
from feeds.web.desk.app import desk
from feeds.web.desk.parts import PATH, DeskParts
from feeds.web.desk.steps import Steps

__all__ = ["PASSWORD_VARIABLE", "PATH", "DeskParts", "Password", "Steps", "desk"]
