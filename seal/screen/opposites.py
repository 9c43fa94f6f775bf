"""Words of controls that are alike and do the contrary: in and out, undo and redo, upload and download.

Sentence vectors find them near each other; a click on the one for the other is the worst of wrong clicks.
"""

from __future__ import annotations

from ..memory.typed import plain

__all__ = ["opposed"]

_GROUPS = tuple(
    tuple(frozenset(side.split("/")) for side in line.split())
    for line in """
in out/off up
on off
up/ascending/higher/increase/raise down/descending/lower/decrease/reduce
add/create/new/insert remove/delete/discard edit/change/rename
open close/exit/quit
enable/allow/accept/approve/confirm/yes/ok disable/deny/decline/reject/cancel/no
next/forward/continue previous/back/backward
first last
undo redo
upload/import download/export/save
lock unlock
mute unmute
follow unfollow
subscribe unsubscribe
pin unpin
archive unarchive
install uninstall
select/check deselect/unselect/uncheck/clear
expand/show/more collapse/hide/less
start/play/resume stop/pause
like dislike
light dark
left right
top bottom
min/minimize/minimum max/maximize/maximum
copy cut paste
send receive reply forward
connect disconnect
login/signin logout/signout register/signup
all none
public private
remember forget
hourly daily weekly monthly quarterly yearly/annually/annual
monday tuesday wednesday thursday friday saturday sunday
january february march april june july august september october november december
breakfast lunch dinner/supper
morning noon/midday afternoon evening night
small/smaller medium large/larger/big
male female
red orange yellow green blue purple pink brown black white grey/gray
""".strip().splitlines()
)


def opposed(a: str, b: str) -> bool:
    """Whether the words of two names tell them apart as contraries.

    >>> opposed("Sign out", "Sign up"), opposed("Save", "Save as"), opposed("Undo", "Redo")
    (True, False, True)
    """
    first, second = (set(plain(words).replace("-", " ").split()) for words in (a, b))
    for group in _GROUPS:
        mine = {i for i, side in enumerate(group) if side & first}
        other = {i for i, side in enumerate(group) if side & second}
        if mine and other and not mine & other:
            return True
    return False
