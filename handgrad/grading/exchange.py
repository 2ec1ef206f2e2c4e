"""nbgrader's exchange: feedback goes back to those who handed in through it, and to nobody else."""

from __future__ import annotations

from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback
from nbgrader.utils import check_directory

from handgrad.names import legible

SECRET = "submission_secret.txt"
"""What the exchange puts beside a submission, and without which nobody could fetch the feedback on it."""


class ReleaseFeedback(ExchangeReleaseFeedback):  # type: ignore[misc]
    """Releases feedback; nbgrader's own stops at the first submission that did not come through the exchange."""

    def ensure_root(self) -> None:
        """Say what to do where there is no exchange."""
        if not check_directory(self.root, write=True, execute=True):
            self.fail(
                f"There is no exchange that you may write to in {self.root}: send the pages in feedback/, "
                "or say in nbgrader_config.py, as c.Exchange.root, where it is"
            )

    def copy_files(self) -> None:
        """Release what can be released, and say whose feedback cannot."""
        folders = [folder for folder in self.coursedir_folders() if list(folder.glob("*.html"))]
        elsewhere = sorted(folder.parent.name for folder in folders if not (folder / SECRET).is_file())
        told = f"handed in without the exchange; send the pages in feedback/: {', '.join(map(legible, elsewhere))}"
        if elsewhere and len(elsewhere) == len(folders):
            self.fail(f"No feedback was released, all {told}")
        if elsewhere:
            self.log.warning("No feedback was released to those who %s", told)
        excluded = [name for name in (self.coursedir.student_id_exclude or "").split(",") if name]
        self.coursedir.student_id_exclude = ",".join([*excluded, *elsewhere])
        super().copy_files()

    def coursedir_folders(self) -> list[Path]:
        """Return the folders with feedback on the assignment."""
        course = self.coursedir
        found = Path(course.root, course.feedback_directory).glob(f"{course.student_id or '*'}/{course.assignment_id}")
        return sorted(found)
