"""Background jobs: queued, then working, then done; completed does not mean that all of it succeeded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from starlette.routing import BaseRoute

from sandbox.zendesk.conduct import Conduct
from sandbox.zendesk.inputs import Invalid
from sandbox.zendesk.limits import stated
from sandbox.zendesk.shape import Shape
from sandbox.zendesk.state import State
from sandbox.zendesk.wire import PAGE, Answer, Body, Call, Front, Refusal, found, needs_agent

MOST_IN_FLIGHT = 30
RESULTS_LIVE = timedelta(hours=1)

Step = Callable[[], Body]
"""Does one item of a job, and tells of it. May raise Invalid: that item failed, and the others go on."""


@dataclass(slots=True)
class Job:
    id: str
    kind: str
    steps: Sequence[Step]
    starts: datetime
    ends: datetime
    action: str
    failure: str
    """What the error of a failed item is called."""
    killed: bool = False
    status: str = "queued"
    results: list[Body] = field(default_factory=list)

    @property
    def in_flight(self) -> bool:
        return self.status in ("queued", "working")


class Jobs:
    """The account's jobs. They are worked on as time passes: whoever looks calls :meth:`run_due` first."""

    def __init__(self, state: State, shape: Shape, conduct: Conduct) -> None:
        self._state = state
        self._shape = shape
        self._conduct = conduct
        self._jobs: dict[str, Job] = {}

    def routes(self, front: Front) -> list[BaseRoute]:
        return [
            *front.route("job_statuses", GET=self.index),
            *front.route("job_statuses/show_many", GET=self.show_many),
            *front.route("job_statuses/{job}", GET=self.show),
        ]

    def start(self, kind: str, steps: Sequence[Step], action: str) -> Answer:
        """Queue a job; the answer that tells of it. Refuses when too many are in flight."""
        self.run_due()
        flying = [job for job in self._jobs.values() if job.in_flight]
        if len(flying) >= MOST_IN_FLIGHT:
            body: Body = {
                "error": "TooManyJobs",
                "description": f"Only {MOST_IN_FLIGHT} jobs may be queued or running at a time",
                "current_job_ids": [job.id for job in flying],
            }
            raise Refusal(429, body, {**_told(len(flying)), "Retry-After": "60"})
        starts = self._state.clock.now() + timedelta(seconds=self._conduct.queue_seconds)
        ends = starts + timedelta(seconds=self._conduct.work_seconds)
        failure = f"Ticket{action.title()}Invalid"
        job = Job(uuid4().hex, kind, steps, starts, ends, action, failure)
        if self._conduct.kill_jobs:
            self._conduct.kill_jobs -= 1
            job.killed = True
        self._jobs[job.id] = job
        return Answer({"job_status": self._shown(job)}, headers=_told(len(flying) + 1))

    def run_due(self) -> None:
        """Do the work of all jobs whose time has come."""
        now = self._state.clock.now()
        for job in list(self._jobs.values()):
            if job.status == "queued" and job.starts <= now:
                job.status = "working"
            if job.status == "working" and job.ends <= now:
                self._work(job)
            if not job.in_flight and job.ends + RESULTS_LIVE <= now:
                del self._jobs[job.id]

    def _work(self, job: Job) -> None:
        steps = job.steps[: len(job.steps) // 2] if job.killed else job.steps
        for index, step in enumerate(steps):
            try:
                job.results.append({"index": index, **step(), "success": True})
            except Invalid as invalid:
                failed: Body = {"index": index, "error": job.failure, "details": str(invalid)}
                job.results.append({**failed, "id": 0, "action": job.action, "success": False})
        job.status = "killed" if job.killed else "completed"

    def index(self, call: Call) -> Answer:
        needs_agent(call)
        return Answer({"job_statuses": [self._shown(job) for job in self._jobs.values()][:PAGE]})

    def show_many(self, call: Call) -> Answer:
        needs_agent(call)
        chosen = [self._jobs[each] for each in call.texts() if each in self._jobs]
        return Answer({"job_statuses": [self._shown(job) for job in chosen]})

    def show(self, call: Call) -> Answer:
        needs_agent(call)
        return Answer({"job_status": self._shown(found(self._jobs.get(str(call.path["job"]))))})

    def _shown(self, job: Job) -> Body:
        done = job.status == "completed"
        return {
            "id": job.id,
            "url": self._shape.url(f"job_statuses/{job.id}"),
            "job_type": job.kind,
            "status": job.status,
            "total": len(job.steps),
            "progress": None if job.status == "queued" else len(job.results),
            "message": f"Completed at {job.ends:%Y-%m-%d %H:%M:%S +0000}" if done else None,
            "results": job.results if done else None,
        }


def _told(flying: int) -> dict[str, str]:
    left = MOST_IN_FLIGHT - flying
    return {"zendesk-ratelimit-inflight-jobs": stated(MOST_IN_FLIGHT, left, 60)}
