"""What Zendesk refuses to do with a ticket, before anything is touched."""

from __future__ import annotations

from sandbox.zendesk.inputs import CommentInput, CustomFieldInput, Invalid, TicketInput
from sandbox.zendesk.records import PRIORITIES, STATUSES, TYPES, Ticket
from sandbox.zendesk.state import State

MOST_COMMENTS = 5_000
LONGEST_BODY = 65_536


def check(state: State, ticket: Ticket, wanted: TicketInput, *, creation: bool) -> None:
    """Raises Invalid when ``wanted`` cannot be done to ``ticket``."""
    if "status" in wanted.model_fields_set:
        _check_status(ticket, wanted, creation)
    for name, allowed in (("priority", PRIORITIES), ("type", TYPES)):
        value = getattr(wanted, name)
        if value is not None and value not in allowed:
            raise Invalid(name, f"{name.title()}: {value!r} is not included in the list")
    if wanted.assignee_id is not None and not state.user(wanted.assignee_id, "Assignee").staff:
        raise Invalid("assignee", "Assignee: must be an agent")
    if wanted.requester_id is not None:
        check_requester(state, wanted.requester_id)
    if wanted.group_id is not None and wanted.group_id not in state.groups:
        raise Invalid("group", "Group: is invalid")
    if wanted.organization_id is not None and wanted.organization_id not in state.organizations:
        raise Invalid("organization", "Organization: is invalid")
    if wanted.problem_id is not None:
        _check_problem(state, ticket, wanted.problem_id)
    for given in wanted.custom_fields or []:
        _check_custom(state, given)
    if wanted.comment is not None:
        _check_comment(ticket, wanted.comment)


def check_requester(state: State, user_id: int) -> None:
    if state.user(user_id, "Requester").suspended:
        raise Invalid("requester", "Requester: is suspended")


def _check_status(ticket: Ticket, wanted: TicketInput, creation: bool) -> None:
    if wanted.status not in STATUSES:
        raise Invalid("status", f"Status: {wanted.status!r} is not a valid status")
    if wanted.status == "new" and not creation and ticket.status != "new":
        raise Invalid("status", "Status: cannot be set to new again")
    named = "assignee_id" in wanted.model_fields_set
    assignee = wanted.assignee_id if named else ticket.assignee_id
    if wanted.status in ("solved", "closed") and assignee is None:
        raise Invalid("base", "Assignee: is required when solving a ticket", "BlankValue")


def _check_problem(state: State, ticket: Ticket, problem_id: int) -> None:
    problem = state.tickets.get(problem_id)
    if problem is None or problem.deleted or problem.type != "problem" or problem is ticket:
        raise Invalid("problem_id", f"Problem: {problem_id} is not a problem")


def _check_custom(state: State, given: CustomFieldInput) -> None:
    field = state.fields.get(given.id)
    if field is None or field.system:
        raise Invalid("custom_fields", f"Custom field {given.id}: does not exist", "InvalidFieldId")
    if given.value is None or given.value == "":
        return
    if field.type == "tagger" and given.value not in field.options:
        raise Invalid("base", f"{field.title}: '{given.value}' is not a valid option")
    if field.type == "integer" and (isinstance(given.value, bool) or not isinstance(given.value, int)):
        raise Invalid("base", f"{field.title}: '{given.value}' is not a number")


def _check_comment(ticket: Ticket, wanted: CommentInput) -> None:
    length = len((wanted.html_body or wanted.body or "").encode())
    if length > LONGEST_BODY:
        raise Invalid("comment", f"Comment: is too long (maximum is {LONGEST_BODY} bytes)")
    if wanted.says_something and len(ticket.comments) >= MOST_COMMENTS:
        raise Invalid("comment", f"Comment: a ticket can have at most {MOST_COMMENTS} comments")
