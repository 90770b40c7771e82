"""Web and tick under one supervision, from one copy of the program.

The program is loaded once, then the processes are forked from it, so that they share its memory:
gunicorn's master, its workers, and tick. The master keeps tick alive as it does its workers: it is
started again after a pause. No child outlives the master, however that ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import logging
import os
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import click
from flask import Flask, Request, Response, request
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from gunicorn.workers import gthread  # type: ignore[import-untyped]
from sqlalchemy.orm import configure_mappers

from inspection import schema, tick
from inspection.backup import RUNNING
from inspection.db import db
from inspection.settings import Settings, WrongSetting

ENDING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
GRACE = 30  # seconds for requests in flight
PATIENCE = 10.0  # seconds for what tick is at
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # before tick is started again
_PR_SET_PDEATHSIG = 1

LOADED = gthread.ThreadWorker  # before the fork, so that its memory is shared


class Signals:
    """Signals as something to wait for: no code of ours runs in the middle of other code."""

    def __init__(self, *numbers: signal.Signals) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, _noted)

    def wait(self, seconds: float) -> set[int]:
        """The signals that came, at the latest after `seconds`."""
        if not select.select([self._reader], [], [], seconds)[0]:
            return set()
        return set(self._reader.recv(4096))


def _noted(number: int, frame: Any) -> None:
    """The wake-up file has the signal's number already."""


# ---------------------------------------------------------------- processes


def _fork(work: Callable[[], None]) -> int:
    """Run `work` in a child that ends with us; the child's id.

    Signals wait while we fork, so that none is lost between our handlers and the child's.
    """
    parent = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    child = os.fork()
    if child == 0:
        _be_a_child(parent)
        os._exit(_outcome(work))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    return child


def _be_a_child(parent: int) -> None:
    signal.set_wakeup_fd(-1)
    for number in (*Arbiter.SIGNALS, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()  # Ctrl-C in the terminal reaches the master alone, which ends us in order
    with contextlib.suppress(OSError, AttributeError):  # Linux; elsewhere the parent ends us
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    if os.getppid() != parent:
        os._exit(1)


def _outcome(work: Callable[[], None]) -> int:
    try:
        work()
    except click.ClickException as said:
        said.show()
        return 1
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def aside(work: Callable[[], None]) -> bool:
    """Do `work` in a process of its own and wait: what it loads is gone with it. True when done."""
    child = _fork(work)
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    except BaseException:
        os.kill(child, signal.SIGTERM)
        raise


class Kept:
    """A child that is started again, after a pause, whenever it ends."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._child: int | None = None
        self._pause, self._started, self._again = FIRST_PAUSE, 0.0, 0.0

    def keep(self) -> None:
        """Start it if it is not there and its pause is over."""
        now = time.monotonic()
        if self._has_ended():
            lived_long = now - self._started > LONGEST_PAUSE
            self._pause = FIRST_PAUSE if lived_long else min(2 * self._pause, LONGEST_PAUSE)
            self._again = now + self._pause
            click.echo(f"tick has ended; started again in {self._pause:.0f} s", err=True)
        if self._child is None and now >= self._again:
            self._started, self._child = now, _fork(self._work)

    def _has_ended(self) -> bool:
        """Whether it was there and is not any more; also when gunicorn was told of it first."""
        if self._child is None:
            return False
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(self._child, os.WNOHANG)[0] == 0:
                return False
        self._child = None
        return True

    def ask_to_end(self) -> None:
        """Let it finish what it is at."""
        self._signal(signal.SIGTERM)

    def end(self) -> None:
        """Wait until it has ended, and end it when that takes long."""
        until = time.monotonic() + PATIENCE
        while self._child is not None and not self._has_ended():
            if time.monotonic() > until:
                self._signal(signal.SIGKILL)
            time.sleep(0.05)

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, number)


# ---------------------------------------------------------------- the web


_SPOKEN = "tandem.spoken_path"
_HOLE = re.compile(r"<(?:[^>]*:)?(\w+)>")
_SHOWN = frozenset({"contract", "filename"})
"""Parts of an address that are written to the log as they are, beside numbers."""


def spoken_path(asked: Request) -> str:
    """The address as the log may have it: never a query, a code, a receipt or an invitation.

    Only the parts that are known to be harmless are written out; an address that is none of ours
    may be a mistyped secret, so nothing of it is.
    """
    if asked.url_rule is None:
        return "-"
    values = asked.view_args or {}

    def part(hole: re.Match[str]) -> str:
        value = values.get(hole[1])
        return str(value) if isinstance(value, int) or hole[1] in _SHOWN else "…"

    return _HOLE.sub(part, asked.url_rule.rule)


def _note_path(response: Response) -> Response:
    """Leave for the log what it may write; the request itself is gone when the log is written."""
    request.environ[_SPOKEN] = spoken_path(request)
    return response


class Log(Logger):  # type: ignore[misc]
    """gunicorn's log without secrets."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """What a line can be made of; the address in the form that may be kept."""
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return {**found, "U": environ.get(_SPOKEN, "-"), "r": "-", "q": "-", "f": "-"}

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """A failure with its trace; gunicorn would add the address as it was asked for."""
        super().exception(msg.replace("%s", "-"), **kwargs)


class Master(Arbiter):  # type: ignore[misc]
    """gunicorn's master, which keeps tick alive beside its workers."""

    def __init__(self, web: Web, ticking: Callable[[], None]) -> None:
        super().__init__(web)
        self._tick = Kept(lambda: self._let_tick(ticking))

    def _let_tick(self, ticking: Callable[[], None]) -> None:
        for listener in self.LISTENERS:
            listener.sock.close()  # tick must not hold the port when the web is gone
        ticking()

    def manage_workers(self) -> None:
        """Called by gunicorn every second and whenever a child ended."""
        super().manage_workers()
        self._tick.keep()

    def stop(self, graceful: bool = True) -> None:
        """End everything, requests in flight first."""
        self._tick.ask_to_end()
        super().stop(graceful)
        self._tick.end()

    # Ctrl-C and a closed terminal end us in order too.
    handle_int = handle_hup = Arbiter.handle_term


class Web(BaseApplication):  # type: ignore[misc]
    """gunicorn around an app that is loaded already, on a socket that is bound already."""

    def __init__(self, app: Flask, listener: socket.socket) -> None:
        self._app, self._listener = app, listener.detach()  # gunicorn closes it
        self._settings: Settings = app.extensions["tandem"]
        super().__init__()

    def run(self) -> None:
        """Serve until told to end; leaves by SystemExit."""
        Master(self, lambda: keep_ticking(self._app, os.getppid())).run()

    def load_config(self) -> None:
        """Take our settings and nothing from files or other variables."""
        chosen = self._settings
        for name, value in {
            "bind": f"fd://{self._listener}",
            "worker_class": "gthread",
            "workers": chosen.workers,
            "threads": chosen.threads,
            "preload_app": True,
            "post_fork": lambda master, worker: os.setsid(),  # Ctrl-C is for the master alone
            "control_socket_disable": True,
            "graceful_timeout": GRACE,
            "timeout": 60,
            "keepalive": 20,
            "forwarded_allow_ips": "",  # ProxyFix believes as many proxies as the operator said
            "logger_class": Log,
            "loglevel": "warning",
            "errorlog": "-",
            "accesslog": "-" if is_logged(chosen) else None,
            "access_log_format": "%(t)s %(h)s %(m)s %(U)s %(s)s %(b)s %(M)sms",
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The app, as it is."""
        return self._app


def is_logged(chosen: Settings) -> bool:
    """Whether requests and sign-ins are written out: not on a terminal, where links must stay."""
    return not sys.stdout.isatty() if chosen.access_log is None else chosen.access_log


def listen(chosen: Settings) -> socket.socket:
    """Take the port before anything else is done; raises `WrongSetting`."""
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    try:
        return socket.create_server((chosen.host, chosen.port), family=family, backlog=512)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        if error.errno == errno.EADDRINUSE:
            why = "another program listens there already"
        raise WrongSetting(f"TANDEM_HOST={chosen.host} TANDEM_PORT={chosen.port}: {why}") from None


def serve(app: Flask, prepare: Callable[[], None]) -> None:
    """Take the port, do `prepare` aside, then serve and tick until told to end.

    Leaves by SystemExit. Raises `WrongSetting`.
    """
    chosen: Settings = app.extensions["tandem"]
    listener = listen(chosen)
    with schema.alone(chosen.data / RUNNING, wait=False, shared=True):
        if not aside(prepare):
            raise SystemExit(1)
        app.after_request(_note_path)
        app.logger.setLevel(logging.INFO if is_logged(chosen) else logging.WARNING)
        _warm(app)
        Web(app, listener).run()


def _warm(app: Flask) -> None:
    """Have done once what every process would do by itself, so that it lies in shared memory.

    Hazard: a connection that two processes share corrupts both, so none is left open.
    """
    with app.app_context():
        configure_mappers()
        tick.due_now(0)
        app.test_client().get("/sign-in", base_url=app.extensions["tandem"].base_url)
        db.session.remove()
        db.engine.dispose()
    gc.collect()
    gc.freeze()  # nothing that is shared is written to by a later collection


def keep_ticking(app: Flask, parent: int | None = None) -> None:
    """Tick until a signal says to end, or the process `parent` that started us is gone."""
    signals = Signals(*ENDING)

    def stop(seconds: float) -> bool:
        orphaned = parent is not None and os.getppid() != parent
        return orphaned or bool(signals.wait(seconds) & ENDING)

    with schema.alone(app.extensions["tandem"].data / RUNNING, wait=False, shared=True):
        _in_memory_of_its_own(lambda: tick.run(app, stop))


def _in_memory_of_its_own(work: Callable[[], None]) -> None:
    """Do `work` in a thread, to which the C library gives memory of its own.

    In the main thread it would fill the holes in pages that are shared with the web, and each page
    would be copied for it: 4 MB (`python -m bench.memory`).
    """
    with ThreadPoolExecutor(1) as thread:
        thread.submit(copy_context().run, work).result()
