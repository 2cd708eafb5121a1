"""One container of an engine, from its image to its end; everything here waits, so it is called in threads."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.utils import kwargs_from_env, parse_repository_tag
from docker.utils.socket import frames_iter

from bot.node.boundedlog import BoundedLog
from bot.node.docker.collecting import TooMuch, take_reports
from bot.node.docker.leftovers import OURS, is_left_over, labels
from bot.node.docker.options import DockerOptions, Pull
from bot.node.docker.rules import FOLDER, host_config, skeleton
from bot.node.values import ReportLimits, Task
from bot.node.variables import suite_variables

log = logging.getLogger(__name__)

MARGIN = 1800
"""Seconds beyond its time limit after which a container is left over, whoever made it."""

_ANSWER_SECONDS = 60
_OUTPUT = {"stdout": 1, "stderr": 1, "stream": 1, "logs": 0}
# A shell of its own for the command: the first process of a container gets no signal that it does not expect. One pipe
# for all it says, which keeps its order.
_ENTRY = ("/bin/sh", "-c", '/bin/sh -c "$1" 2>&1; exit $?', "agnox")
_TERMINATE = ("/bin/sh", "-c", "kill -TERM -1")


class Unfit(Exception):
    """A suite can't run as it was asked for; the message is for people."""


@contextmanager
def _reached() -> Iterator[None]:
    """What the engine does wrong is an error of the machine: another try is right."""
    try:
        yield
    except DockerException as error:
        raise OSError(f"the container engine: {_words(error)}") from error


class Container:
    """A suite's container; `name` must be new. Methods raise OSError when the engine fails."""

    def __init__(self, options: DockerOptions, task: Task, name: str) -> None:
        self._options = options
        self._task = task
        self._name = name
        self._image = task.image or options.image
        self._reader: Thread | None = None
        self.written = self.lost = 0
        """Bytes of the output that were kept, as `BoundedLog` counts them, and that the disk had no room for."""
        self._given_up = Event()
        where = {"base_url": options.host} if options.host else kwargs_from_env()
        with _reached():
            self._api = docker.APIClient(version="auto", timeout=_ANSWER_SECONDS, **where)

    def sweep(self) -> None:
        """Removes containers that are nobody's any more, and those of an earlier try of this execution."""
        execution = self._task.environment.get("AGNOX_EXECUTION_ID", "")
        with _reached():
            for found in self._api.containers(all=True, filters={"label": OURS}):
                if is_left_over(found.get("Labels") or {}, execution, time.time()):
                    log.warning("removing container %s, which its worker has left behind", found["Id"][:12])
                    self._remove(found["Id"])

    def fetch(self) -> None:
        """Has the image there. Raises Unfit."""
        if not self._image:
            raise Unfit("no container image was named, and AGNOX_DOCKER_IMAGE names none")
        if not self._options.allows(self._image):
            raise Unfit(f"AGNOX_DOCKER_IMAGES does not allow the image {self._image}")
        with _reached():
            if self._options.pull is not Pull.ALWAYS and self._has_image():
                return
            if self._options.pull is Pull.NEVER:
                raise Unfit(f"the image {self._image} is not on this testing node, which fetches none")
            self._pull()

    def _has_image(self) -> bool:
        try:
            self._api.inspect_image(self._image)
        except ImageNotFound:
            return False
        return True

    def _pull(self) -> None:
        name, tag = parse_repository_tag(self._image)
        try:
            for line in self._api.pull(name, tag=tag or "latest", stream=True, decode=True):
                if self._given_up.is_set():
                    return
                if line.get("error"):
                    raise Unfit(f"the image {self._image} can't be fetched: {_one_line(line['error'])}")
        except APIError as error:
            raise Unfit(f"the image {self._image} can't be fetched: {_words(error)}") from error

    def create(self) -> None:
        """Makes the container with its empty folders. Raises Unfit."""
        options = self._options
        with _reached():
            try:
                self._api.create_container(
                    self._image,
                    name=self._name,
                    entrypoint=list(_ENTRY),
                    command=[self._task.command],
                    user=options.user or None,
                    working_dir=f"{FOLDER}/work",
                    environment={**options.environment, **suite_variables(FOLDER, self._task.environment)},
                    labels=labels(
                        self._task.environment.get("AGNOX_EXECUTION_ID", ""),
                        time.time() + self._task.time_limit + MARGIN,
                    ),
                    host_config=host_config(self._api, options),
                )
            except APIError as error:
                raise Unfit(_words(error)) from error
            self._api.put_archive(self._name, FOLDER, skeleton())

    def start(self, spool: Path) -> None:
        """Starts the suite, its output going into a folder and to who hears it. Raises Unfit."""
        sink = BoundedLog(spool, self._task.log_limit)
        with _reached():
            try:
                output = self._api.attach_socket(self._name, _OUTPUT)
            except BaseException:
                sink.close()
                raise
            self._reader = Thread(target=self._read, args=(output, sink), name="container output", daemon=True)
            self._reader.start()
            try:
                self._api.start(self._name)
            except APIError as error:
                raise Unfit(_words(error)) from error

    def _read(self, output: Any, sink: BoundedLog) -> None:
        hear = self._task.hear
        try:
            for _, data in frames_iter(output, tty=False):
                sink.write(data)
                self.written, self.lost = sink.written, sink.lost
                if hear is not None:
                    hear(data, False)
        except Exception as error:
            log.warning("the output of container %s broke off: %r", self._name, error)
        finally:
            sink.close()
            # The SDK took it out of its own hands, and closes only what it wraps around it.
            getattr(output, "_sock", output).close()
            output.close()

    def wait(self) -> int:
        """Waits for the end; gives the exit code."""
        with _reached():
            code: int = self._api.wait(self._name, timeout=None)["StatusCode"]
        if self._reader is not None:
            self._reader.join(_ANSWER_SECONDS)
        return code

    def terminate(self) -> None:
        """Asks everything in the container to end."""
        self._quietly(lambda: self._api.exec_start(self._api.exec_create(self._name, list(_TERMINATE)), detach=True))

    def kill(self) -> None:
        self._quietly(lambda: self._api.kill(self._name))

    def ran_out_of_memory(self) -> bool:
        with _reached():
            return bool(self._api.inspect_container(self._name)["State"].get("OOMKilled"))

    def collect(self, root: Path, limits: ReportLimits) -> list[str]:
        """Brings what may be reports to `results` and `work` below a folder; gives what people should know."""
        told = []
        for folder in ("results", "work"):
            try:
                with _reached():
                    pieces, _ = self._api.get_archive(self._name, f"{FOLDER}/{folder}")
                    take_reports(pieces, root / folder, limits)
            except TooMuch:
                told.append(f"reports may be missing: {folder} holds more than is looked at")
            except OSError as error:
                if not isinstance(error.__cause__, NotFound):
                    raise
                told.append("the suite removed the folder it ran in" if folder == "work" else "")
        return list(filter(None, told))

    def remove(self) -> None:
        """Ends and removes everything of it, also where it never came to be."""
        self._given_up.set()
        try:
            with _reached():
                self._remove(self._name)
        except OSError as error:
            log.warning("container %s is left to a later sweep: %s", self._name, error)
        finally:
            self._api.close()

    def _remove(self, name: str) -> None:
        try:
            self._api.remove_container(name, v=True, force=True)
        except NotFound:
            pass
        except APIError as error:
            # Another one is removing it.
            if error.status_code != 409:
                raise

    def _quietly(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except (DockerException, OSError) as error:
            log.debug("container %s: %r", self._name, error)


def _words(error: DockerException) -> str:
    return _one_line(getattr(error, "explanation", None) or str(error))


def _one_line(text: object) -> str:
    return " ".join(str(text).split())[:500]
