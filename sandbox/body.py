"""What the control API is sent: JSON of a known form, about a service that there is."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from sandbox.server import Sandbox
from sandbox.service import Service

B = TypeVar("B", bound=BaseModel)


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


async def read(request: Request, model: type[B]) -> B:
    """The body of a post. Refuses with 400 and the name of the first field that is wrong."""
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise HTTPException(400, f"{where}: {first['msg']}".removeprefix(": ")) from None


def service_of(sandbox: Sandbox, name: str) -> Service:
    """The service of this name. Refuses with 404 and the names there are."""
    if name not in sandbox.services:
        raise HTTPException(404, f"no service is called '{name}'; there are: {', '.join(sandbox.services)}")
    return sandbox.services[name]
