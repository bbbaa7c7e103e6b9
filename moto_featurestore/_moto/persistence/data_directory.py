"""The data directory of a server (option ``--data``). The server saves its state there, and restores it at the next start."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto_featurestore._moto.backend import FeatureStoreBackend, MotoWorld
from moto_featurestore._moto.entry_points.wsgi import render_service_error as render
from moto_featurestore._moto.persistence.groups import Data
from moto_featurestore._moto.persistence.journal_lines import NotKeptError
from moto_featurestore._moto.persistence.s3_glue_files import AwsKeeper, has_object

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Persistence:
    """An object that saves feature groups, S3 and Glue to a directory, and restores them.

    :param folder: the directory
    :param report: a function that shows the user a message about a failure to save
    :raises DataError: if the directory cannot be used
    """

    def __init__(self, folder: Path, report: Callable[[str], None]) -> None:
        self._report = report
        self._aws = AwsKeeper(folder / "aws", folder / "damaged", report)
        self._data = Data(folder, self._aws.sync)

    def start(self) -> list[str]:
        """Restore the saved state, and save changes from now on. Return messages about damaged data."""
        messages = self._aws.load()
        FeatureStoreBackend.data = self._data
        messages += self._data.load(MotoWorld().store, has_object)
        self._aws.start()
        return messages

    def stop(self) -> None:
        """Save the last changes, and release the directory."""
        self._aws.stop()
        FeatureStoreBackend.data = None
        self._data.close()

    def watch(self, app: App) -> App:
        """Return a WSGI application that saves changes of feature groups before it responds, and other changes soon after."""

        def watched(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            try:
                answer = app(environ, start_response)
            except NotKeptError as error:
                self._report(f"a change is rejected because it cannot be saved: {error}")
                return _failure(error, environ, start_response)
            if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
                if _changes_groups(environ.get("HTTP_X_AMZ_TARGET", "")):
                    self._aws.sync_or_report()
                elif not environ["PATH_INFO"].startswith("/FeatureGroup/"):
                    self._aws.touch()
            return answer

        return watched


def _failure(error: NotKeptError, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Respond that a change could not be saved, with an error code that clients retry.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html documents the code. A request to list
    objects can fail too, because it flushes the offline store first.
    """
    headers, body = render(environ, "InternalFailure", f"The server cannot save the change: {error}")
    start_response("500 Internal Server Error", headers)
    return [body]


def _changes_groups(target: str) -> bool:
    """Return True if a request changes feature groups, which may also change their tables in Glue.

    :param target: the header X-Amz-Target of the request
    """
    return target.startswith("SageMaker.") and target.endswith("FeatureGroup") and ".Describe" not in target
