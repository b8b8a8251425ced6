"""What a file of Keras holds: a configuration, and weights, each by the place of its layer."""

from __future__ import annotations

import json
import zipfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from symlstm.errors import ModelError, SymlstmError, one_line
from symlstm.frameworks.hdf5 import Hdf5
from symlstm.frameworks.keras_config import Config, Place, table
from symlstm.numbers.budget import afford
from symlstm.numbers.exact import shown

ARCHIVED = {
    "config.json": "text_bytes",
    "metadata.json": "text_bytes",
    "model.weights.h5": "data_bytes",
}
"""What is read of a ``.keras`` archive, which is not unpacked, and how large it may be."""
BEFORE_3 = {"hard_sigmoid": "hard_sigmoid(alpha=1/5, beta=1/2)"}
"""What names of activations meant before Keras 3, where that is something else.

keras-team/keras, v2.15.0, keras/backend.py, hard_sigmoid: "In `-2.5 <= x <= 2.5`, returns `0.2 * x
+ 0.5`"; Keras 3 has x / 6 + 1/2.
"""


@dataclass(frozen=True)
class Store(ABC):
    """The weights in a file."""

    file: Hdf5
    version: str
    """That of the Keras that wrote it."""

    def activation(self, name: Any, place: Place, option: str = "activation") -> str:
        """Return the name that an activation has now; raises `ModelError` for what is no name."""
        if not isinstance(name, str):
            message = f"{option} of {'/'.join(place.names)} is {shown(name)}"
            raise ModelError(f"{message}, and no name of keras.activations", argument=option)
        return BEFORE_3.get(name, name) if self.version.startswith(("1.", "2.")) else name

    @abstractmethod
    def weights(self, place: Place, group: str, number: int) -> Any:
        """Return a group of weights of a cell, which is its variable of that number."""


class _Archived(Store):
    def weights(self, place: Place, group: str, number: int) -> Any:
        return self.file.array("/".join([*place.groups, "vars", str(number)]))


class _Whole(Store):
    def weights(self, place: Place, group: str, number: int) -> Any:
        paths = [path for path in self.file.datasets if _leads(path.split("/"), place.names, group)]
        if len(paths) != 1:
            message = f"{'/'.join(place.names)} has {len(paths)} arrays {group} in the file"
            raise ModelError(f"{message}, and not one; save the model as a .keras file")
        return self.file.array(paths[0])


def _leads(path: Sequence[str], names: Sequence[str], group: str) -> bool:
    """Say whether a path goes by all these names, in this order, to a group of weights."""
    steps = iter(path[1:-1])  # the first is model_weights, the next a layer of the model itself
    first = path[1:2] == list(names[:1]) and path[-1].partition(":")[0] == group
    return first and all(name in steps for name in names)


def opened(content: bytes) -> tuple[Config, Store]:
    """Return the configuration of the model in a file, and its weights.

    Raises `ModelError` for what is no file of Keras, and `ValueError` for what is no JSON in it.
    """
    if zipfile.is_zipfile(BytesIO(content)):
        config, metadata, weights = _of_archive(content)
        version = str(table(json.loads(metadata)).get("keras_version"))
        store: Store = _Archived(Hdf5(weights), version)
        return table(json.loads(config)), store
    file = Hdf5(content)
    model = table(json.loads(file.text("model_config")))
    return model, _Whole(file, file.text("keras_version", "1.0"))


def _of_archive(content: bytes) -> list[bytes]:
    """Return what is read of an archive, each of a bounded size."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = Counter(archive.namelist())
            for name, count in names.items():
                if count > 1 or ".." in PurePosixPath(name).parts or name.startswith("/"):
                    message = f"the archive has {shown(name)} twice, or leads out of itself"
                    raise ModelError(f"{message}; save the model again")
            missing = [name for name in ARCHIVED if name not in names]
            if missing:
                raise ModelError(f"the archive has no {missing[0]}, as a .keras file has")
            return [_member(archive, name, limit) for name, limit in ARCHIVED.items()]
    except SymlstmError:
        raise
    except Exception as error:  # whatever a method of compression can be wrong in
        raise ModelError(f"the archive cannot be read: {one_line(error)}") from error


def _member(archive: zipfile.ZipFile, name: str, limit: str) -> bytes:
    most = afford(limit, archive.getinfo(name).file_size, what=name)
    with archive.open(name) as file:
        content = file.read(most + 1)  # some members hold more than they say
    afford(limit, len(content), what=name)
    return content
