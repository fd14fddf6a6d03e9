"""Files of S3 as pyiceberg opens them, over the S3 client of the service."""

import io
from typing import Any

from pyiceberg.io import FileIO, InputFile, OutputFile
from pyiceberg.typedef import EMPTY_DICT, Properties

from local_test.errors import UserError
from local_test.service.storage.s3 import S3Storage, parse_uri


class S3File(InputFile, OutputFile):
    """One object, which is read and written as a whole."""

    def __init__(self, storage: S3Storage, location: str) -> None:
        super().__init__(location)
        self._storage, self._uri = storage, parse_uri(location)

    def __len__(self) -> int:
        return len(self._storage.read(self._uri))

    def exists(self) -> bool:
        """Return whether there is the object."""
        try:
            self._storage.read_etag(self._uri)
        except UserError:
            return False
        return True

    def open(self, seekable: bool = True) -> Any:  # noqa: ARG002
        """Return the content. Raises FileNotFoundError when there is no object."""
        try:
            return io.BytesIO(self._storage.read(self._uri))
        except UserError as error:
            raise FileNotFoundError(self.location) from error

    def create(self, overwrite: bool = False) -> Any:
        """Return a file that becomes the object when it is closed.

        Raises FileExistsError when there is one that must not be replaced.
        """
        if not overwrite and self.exists():
            raise FileExistsError(self.location)
        return _Upload(self._storage, self.location)

    def to_input_file(self) -> InputFile:
        """Return the same object, to be read."""
        return self


class _Upload(io.BytesIO):
    def __init__(self, storage: S3Storage, location: str) -> None:
        super().__init__()
        self._storage, self._location = storage, location

    def close(self) -> None:
        if not self.closed:
            self._storage.write(self.getvalue(), parse_uri(self._location))
        super().close()


class S3FileIO(FileIO):
    """The files of tables."""

    def __init__(self, storage: S3Storage, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        self._storage = storage

    def new_input(self, location: str) -> InputFile:
        """Return an object to be read."""
        return S3File(self._storage, location)

    def new_output(self, location: str) -> OutputFile:
        """Return an object to be written."""
        return S3File(self._storage, location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Remove an object, if it exists."""
        text = location if isinstance(location, str) else location.location
        self._storage.remove(parse_uri(text))
