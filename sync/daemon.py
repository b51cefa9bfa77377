"""The daemon: threads that read, decide and send until they are told to stop, or until all is quiet."""

from __future__ import annotations

import itertools
import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

from connectors.errors import AuthFailed, ConnectorError, RateLimited
from connectors.model import Ref
from sync import breaker
from sync.apply import work
from sync.baseline import baseline
from sync.engine import Engine
from sync.enquire import take_overrides
from sync.follow import follow
from sync.mistakes import met
from sync.patience import delay, patiently
from sync.poll import poll
from sync.store import (
    breakers,
    connections,
    effects,
    files,
    hints,
    leases,
    moves,
    notices,
    pauses,
    people,
    runs,
)
from sync.store.breakers import Side
from sync.store.database import StoreError
from sync.store.leases import Lease
from sync.store.notices import Matter
from sync.sweep import LOOK, sweep

log = logging.getLogger("loopwright")

LEASE = "daemon"
IDLE_SECONDS = 1.0
"""How long a lane sleeps at most when no bell wakes it: another process may have enqueued something."""
LOOK_SECONDS = 1.0
"""How often a poll that waits looks whether the tool has been found silent meanwhile."""
STRETCH = 50
"""How many times a lane sends before it looks around."""
REMEMBERED = 7 * 86400.0
"""Seconds for which a webhook's delivery is known: far longer than any tool repeats one."""
ONCE_TRIES = 3
"""How often a single run asks a tool that does not answer."""


class AlreadyRunning(Exception):
    """Another daemon works on this database: the message says where, and what to do."""


class Daemon:
    """All threads of one process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.owner = f"{_machine()}/{uuid.uuid4().hex}"
        self.stopped = engine.fleet.stopped
        self.asked_to_stop = False
        self.failures: dict[str, str] = {}
        """By connection: why a single run could not read it to the end."""
        self._read_to_end: set[str] = set()
        self._swept: set[str] = set()
        """In a single run: connections of which nobody asks for a sweep any more."""
        self._silent: set[str] = set()
        """Connections that did not answer when they were last asked."""
        self._crash: BaseException | None = None

    def ask_to_stop(self) -> None:
        """End soon. Only this may be called from a signal handler: it takes no lock."""
        self.asked_to_stop = True

    def stop(self) -> None:
        """End when what is under way has its receipt."""
        self.stopped.set()
        self.engine.bell.ring(self.engine.fleet.specs)

    def run(
        self,
        *,
        until_quiet: bool = False,
        ready: Callable[[], None] | None = None,
        told: Callable[[], None] | None = None,
    ) -> None:
        """Work until stopped, or with ``until_quiet`` until there is nothing left to do.

        ``ready`` is called once the database is known to be ours alone; ``told`` every moment, for a progress
        bar. Raises AlreadyRunning, and StoreError when the database fails.
        """
        self._acquire()
        beat = threading.Thread(target=self._guarded, args=("beat", self._beat), name="beat")
        beat.start()
        try:
            self._work(until_quiet, ready, told)
        finally:
            self.stop()
            beat.join()
            self._release()
            self.engine.fleet.close()
        if self._crash is not None:
            raise self._crash

    def _work(
        self, until_quiet: bool, ready: Callable[[], None] | None, told: Callable[[], None] | None
    ) -> None:
        """Everything between taking the lease and giving it back; no thread outlives it."""
        threads: list[threading.Thread] = []
        try:
            if ready:
                ready()
            with self.engine.store.write() as tx:
                runs.begin(tx, self.engine.now())
                lost = effects.recover(tx, self.engine.now())
                breakers.probe_now(tx)
                for name in self.engine.fleet.specs:
                    connections.halt(tx, name, None)
                    notices.withdraw_connection(tx, Matter.UNREAD, name)
                notices.withdraw_all(tx, Matter.MISTAKE)
            if lost:
                log.warning("looking up %d writes that were under way when the last run ended", lost)
            baseline(self.engine)
            take_overrides(self.engine)
            for lane, connection, duty in self._duties(until_quiet):
                enduring = duty if until_quiet else partial(self._endure, lane, connection, duty)
                threads.append(threading.Thread(target=self._guarded, args=(lane, enduring), name=lane))
                threads[-1].start()
            self._supervise(until_quiet, told)
        finally:
            self.stop()
            for thread in threads:
                thread.join()

    def _duties(self, until_quiet: bool) -> list[tuple[str, str, Callable[[], None]]]:
        """The lanes by name, each with the connection that it is for."""
        duties: list[tuple[str, str, Callable[[], None]]] = []
        for name, spec in self.engine.fleet.specs.items():
            following = partial(self._lane, name, partial(follow, self.engine, name))
            duties.append((f"poll-{name}", name, partial(self._poll, name, once=until_quiet)))
            duties.append((f"follow-{name}", name, following))
            duties.append((f"sweep-{name}", name, partial(self._sweep, name, once=until_quiet)))
            for number in range(spec.writers):
                worker = f"{self.owner}-{name}-{number}"
                writing = partial(work, self.engine, name, worker, limit=STRETCH)
                duties.append((f"write-{name}-{number}", name, partial(self._lane, name, writing)))
        return duties

    def _supervise(self, until_quiet: bool, told: Callable[[], None] | None) -> None:
        while not self.stopped.wait(0.1):
            if self.asked_to_stop or (until_quiet and self._quiet()):
                self.stop()
            if told:
                told()

    def _quiet(self) -> bool:
        """Everything there is has been read, followed and sent, except what waits for a person."""
        if set(self.engine.fleet.specs) - (self._read_to_end & self._swept) - self.failures.keys():
            return False
        with self.engine.store.read() as view:
            awake = [name for name in self.engine.fleet.specs if not connections.get(view, name).halted]
            return not any(
                effects.busy(view, name, only_looked_up=pauses.held(view, name))
                or hints.any_waiting(view, name)
                or files.any_waiting(view, name)
                or moves.any_waiting(view, name)
                or people.wanted(view, name, self.engine.now(), limit=1)
                for name in awake
                if name not in self.failures
            )

    def _poll(self, name: str, *, once: bool) -> None:
        while not self.stopped.is_set():
            tries = ONCE_TRIES if once else None
            try:
                turn = poll if once else self._poll_in_turn
                more = patiently(self.stopped, partial(self._tell, name), tries=tries)(
                    turn, self.engine, name
                )
                self._answers(name)
            except AuthFailed as error:
                log.error("%s is halted; the others go on. %s", name, error)
                with self.engine.store.write() as tx:
                    connections.halt(tx, name, str(error))
                self.failures[name] = str(error)
                return
            except ConnectorError as error:
                if self.stopped.is_set():
                    return
                log.error("%s could not be read. %s", name, error)
                self._is_silent(name, error)
                self.failures[name] = str(error)
                if once:
                    return
                more = False
            if not more:
                self._read_to_end.add(name)
                if once:
                    return
                self._wait_for_more(name)

    def _poll_in_turn(self, engine: Engine, name: str) -> bool:
        """Poll, and where the tool is left alone, be its probe once that is due."""
        while not breaker.admitted(engine, name, Side.READS):
            if self.stopped.wait(LOOK_SECONDS):
                return False
        return poll(engine, name)

    def _wait_for_more(self, name: str) -> None:
        """Until it is time to poll again, or to probe, since others found that the tool does not answer."""
        until = self.engine.now() + self.engine.fleet.specs[name].poll_seconds
        while (left := until - self.engine.now()) > 0 and not self.stopped.wait(min(left, LOOK_SECONDS)):
            with self.engine.store.read() as view:
                if breakers.is_open(view, name, Side.READS):
                    return

    def _sweep(self, name: str, *, once: bool) -> None:
        """Go on with the census; in a single run only if somebody asked for it, and then without pauses."""
        while not self.stopped.is_set():
            if once and name not in self._read_to_end | self.failures.keys():
                self.stopped.wait(0.1)
                continue
            try:
                pause = sweep(self.engine, name, only_if_asked=once)
            except ConnectorError as error:
                log.warning("%s: the sweep goes on later. %s", name, error)
                pause = None
            if once and pause is None:
                self._swept.add(name)
                return
            self.stopped.wait(0 if once else LOOK if pause is None else pause)

    def _tell(self, name: str, error: ConnectorError, pause: float) -> None:
        advice = f"\n  {error.advice}" if error.advice else ""
        log.warning("%s; trying again in %.1f s%s", error.message, pause, advice)
        if isinstance(error, RateLimited):
            self.engine.fleet.block(name, pause)
        else:
            self._is_silent(name, error)

    def _is_silent(self, name: str, error: ConnectorError) -> None:
        self._silent.add(name)
        with self.engine.store.write() as tx:
            notices.tell_connection(tx, Matter.UNREAD, name, str(error), self.engine.now())

    def _answers(self, name: str) -> None:
        if name in self._silent:
            self._silent.discard(name)
            log.info("%s answers again", name)
            with self.engine.store.write() as tx:
                notices.withdraw_connection(tx, Matter.UNREAD, name)

    def _lane(self, name: str, duty: Callable[[], int]) -> None:
        while not self.stopped.is_set():
            heard = self.engine.bell.rings(name)
            if not duty():
                self.engine.bell.wait(name, heard, IDLE_SECONDS)

    def _endure(self, lane: str, connection: str, duty: Callable[[], None]) -> None:
        """A lane that ends by a mistake of our own begins anew, after pauses that grow, and people are told;
        the others go on. A failing database ends them all."""
        for attempt in itertools.count():
            try:
                return duty()
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - one lane's mistake must not end the others
                mistake = met(connection, error)
            with self.engine.store.write() as tx:
                lane_of = Ref(connection=connection, id="")
                notices.tell(tx, Matter.MISTAKE, lane_of, lane, str(mistake), self.engine.now())
            if self.stopped.wait(delay(attempt, None)):
                return

    def _guarded(self, name: str, duty: Callable[[], None]) -> None:
        """A thread that fails takes the daemon down in order: the message must not be lost with it."""
        try:
            duty()
        except BaseException as error:  # noqa: BLE001 - raised again by run
            self._crash = self._crash or error
            self.stop()

    def _acquire(self) -> None:
        place = f"{socket.gethostname()} process {os.getpid()}"
        with self.engine.store.write() as tx:
            holder = leases.acquire(tx, LEASE, owner=self.owner, place=place, now=self.engine.now())
            if holder and _gone(holder):
                leases.release(tx, LEASE, holder.owner)
                holder = leases.acquire(tx, LEASE, owner=self.owner, place=place, now=self.engine.now())
        if holder:
            raise AlreadyRunning(
                f"another daemon works on {self.engine.store.place}: {holder.place}\n"
                "  stop it first; if it died, its lease ends by itself within 10 seconds"
            )

    def _beat(self) -> None:
        while not self.stopped.wait(leases.DEAD_AFTER / 3):
            with self.engine.store.write() as tx:
                hints.forget_deliveries(tx, self.engine.now() - REMEMBERED)
                if not leases.beat(tx, LEASE, self.owner, self.engine.now()):
                    raise AlreadyRunning(
                        f"another daemon took over {self.engine.store.place} while this one did not answer\n"
                        "  nothing is lost: leave it to that one"
                    )

    def _release(self) -> None:
        with self.engine.store.write() as tx:
            leases.release(tx, LEASE, self.owner)


def _gone(holder: Lease) -> bool:
    """Whether the holder was a process that this one could see, and that no longer runs."""
    machine, _, _ = holder.owner.partition("/")
    _, _, process = holder.place.partition(" process ")
    if machine != _machine() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _machine() -> str:
    """Within what process numbers mean the same: containers may share a host's name and not its processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}-{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()
