"""Sabotages of the engine, one line each, and the test that must notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sabotage:
    name: str
    """What it does to people."""
    file: str
    old: str
    """What stands in the file, exactly once."""
    new: str
    killer: str
    """The test that fails of it: ``FILE::TEST`` below ``tests/``."""


def _of(file: str, *sabotages: tuple[str, str, str, str]) -> list[Sabotage]:
    return [Sabotage(name, f"sync/{file}.py", old, new, killer) for name, old, new, killer in sabotages]


SABOTAGES = [
    *_of(
        "observe",
        (
            "a comment of ours whose answer was lost is carried back",
            "ours = [comment for comment in new if comment.marker and effects.by_marker(tx, comment.marker)]",
            "ours = []",
            "sync/test_races.py::test_a_comment_of_ours_that_was_given_up_unseen_is_not_carried_back",
        ),
        (
            "a page that was read before our write undoes it",
            "if stored and read_began <= stored.written <= now:",
            "if False:",
            "sync/test_engine.py::test_an_old_page_read_before_our_write_does_not_undo_it",
        ),
        (
            "what is read while we write there is taken for somebody's",
            "if effects.in_hand(tx, target_of(item.ref)):\n",
            "if False:\n",
            "sync/test_races.py::test_what_we_wrote_fires_no_rule_although_its_receipt_is_still_to_come",
        ),
        (
            "an answer that was long under way takes back an edit",
            "return seen != known and seen.updated >= known.updated",
            "return seen != known",
            "sync/test_comments_apart.py::test_an_old_page_does_not_undo_an_edit",
        ),
        (
            "an edit of a copy is taken for a comment of its own",
            "if comment.id in known and not known[comment.id].ours and",
            "if comment.id in known and",
            "sync/test_comment_edits.py::test_what_somebody_made_of_the_copy_is_not_carried_back",
        ),
        (
            "a comment that comes before its item is forgotten",
            "said = (*fresh, *(_waiting(tx, ref) if stored is None else ()))",
            "said = fresh[:0]",
            "sync/test_obey.py::test_a_hold_is_answered_at_the_item_it_was_asked_for_and_nowhere_else",
        ),
    ),
    *_of(
        "decide",
        (
            "a link that people hold is written along",
            "if keep and link.mirror and not link.held:",
            "if keep and link.mirror:",
            "sync/test_obey.py::test_what_is_on_hold_stays_apart_and_nothing_of_it_is_lost",
        ),
        (
            "what the team says is said to customers",
            "return publish or text.reaches(readers)",
            "return True",
            "sync/test_engine.py::test_a_comment_of_a_rule_reaches_nobody_who_may_not_read_what_it_quotes",
        ),
        (
            "the links of a deleted item go on",
            "if news.item.deleted:",
            "if False:",
            "sync/test_bin.py::test_the_link_rests_while_one_end_lies_there_and_goes_on_after_it",
        ),
        (
            "rules forget what held before, and fire again",
            "truths.put(tx, ref, flips)",
            "truths.put(tx, ref, {})",
            "sync/test_engine.py::test_a_rule_fires_once_for_as_long_as_it_holds",
        ),
        (
            "nobody looks after the mirrors of a rule that was renamed",
            "links.adopt(tx, link.id, intent.origin.rule, intent.origin.action)",
            "pass",
            "sync/test_races.py::test_mirrors_of_a_rule_that_is_gone_are_told_and_can_be_adopted",
        ),
    ),
    *_of(
        "apply",
        (
            "a write whose answer was lost is sent again at once",
            "return lambda tx: _look_first(tx, engine, effect, error)",
            "return _again(effect, State.PENDING)",
            "sync/test_engine.py::test_whatever_the_network_says_everything_happens_once",
        ),
        (
            "not found yet is taken for not there",
            "if now < settled:",
            "if False:",
            "sync/test_races.py::test_the_index_may_settle_from_when_the_outcome_was_lost",
        ),
        (
            "a worker that was taken for dead stores its receipt",
            "for outcome in compress(outcomes, held):",
            "for outcome in outcomes:",
            "sync/test_races.py::test_a_worker_that_was_taken_for_dead_stores_nothing",
        ),
        (
            "a pause stops nothing",
            "return (State.UNSURE,) if pauses.held(view, connection) else effects.WAITING",
            "return effects.WAITING",
            "sync/test_pausing.py::test_while_all_is_paused_everything_is_read_and_nothing_is_written",
        ),
        (
            "a wrong credential is tried again for ever",
            "connections.halt(tx, effect.connection, str(error))",
            "pass",
            "sync/test_engine.py::test_a_wrong_credential_halts_that_connection_alone",
        ),
        (
            "what was refused is given up, and nobody decides",
            "effects.finish(tx, effect.id, State.PARKED, error=str(error))",
            "effects.finish(tx, effect.id, State.SKIPPED, error=str(error))",
            "sync/test_engine.py::test_a_refused_write_is_parked_told_and_holds_back_the_rest_of_its_item",
        ),
        (
            "a refused write is told to nobody",
            "notices.tell(tx, Matter.PARKED, links.about(tx, effect), subject, str(error), engine.now())",
            "pass",
            "sync/test_engine.py::test_a_refused_write_is_parked_told_and_holds_back_the_rest_of_its_item",
        ),
        (
            "a write over which we failed is sent twice",
            "effects.lose(tx, effect.id, engine.now(), due=0.0, error=str(error))",
            "pass",
            "sync/test_mistakes.py::test_tried_again_by_a_better_version_it_happens_once",
        ),
        (
            "a change of a held link is tried until it is refused",
            "if effect.link is not None and links.get(tx, effect.link).held:",
            "if False:",
            "sync/test_obey.py::test_a_change_in_hand_when_the_link_was_held_holds_back_nothing",
        ),
        (
            "a look-up that fails becomes a second write",
            "return State.UNSURE if effect.state is State.UNSURE else State.PENDING",
            "return State.PENDING",
            "sync/test_races.py::test_a_look_up_that_fails_is_made_again_before_anything_is_sent",
        ),
    ),
    *_of(
        "sending",
        (
            "what customers wrote is made public",
            'if not (effect.payload["publish"] or text.reaches(readers)):',
            "if False:",
            "sync/test_engine.py::test_text_for_customers_does_not_get_out_to_the_public",
        ),
        (
            "an edit that we have not seen is overwritten",
            "if value_of(now, name) not in (value, patch.fields.get(name)):",
            "if False:",
            "sync/test_races.py::test_an_edit_that_we_have_not_seen_is_not_overwritten",
        ),
        (
            "a write that may have gone out goes along with others",
            "if effect.state is not State.PENDING or effect.lost is not None:",
            "if False:",
            "sync/test_together.py::test_whatever_the_network_says_each_is_made_once",
        ),
        (
            "all comments that we write are read by customers",
            'audience = Audience(str(effect.payload["audience"]))\n    original',
            "audience = Audience.CUSTOMER\n    original",
            "sync/test_obey.py::test_a_hold_is_answered_at_the_item_it_was_asked_for_and_nowhere_else",
        ),
    ),
    *_of(
        "receipt",
        (
            "what we wrote is taken for the edit of somebody",
            "        _move_bases(tx, effect, item)\n",
            "        pass\n",
            "sync/test_races.py::test_both_ends_edited_at_once_by_two_threads_is_a_conflict",
        ),
        (
            "an edit that came back with our write is taken for ours",
            "own = _with_patch(before.item, patch, item) if before else item",
            "own = item",
            "sync/test_engine.py::test_a_persons_edit_beside_ours_is_news",
        ),
        (
            "what was edited while its copy was under way stays as it was",
            "    if stored:\n        settle_links",
            "    if False:\n        settle_links",
            "sync/test_comment_edits.py::test_an_edit_while_a_write_is_on_its_way_is_carried_after_it",
        ),
    ),
    *_of(
        "readback",
        (
            "an edit before the mirror was read back is lost",
            "_written(draft, item, name) if touched else value_of(item, name)",
            "value_of(item, name)",
            "sync/test_together.py::test_an_edit_before_it_is_read_back_is_news",
        ),
        (
            "a copy of a mirror is taken for the mirror",
            "if link.mirror != item.ref:",
            "if False:",
            "sync/test_together.py::test_a_copy_of_a_mirror_with_its_marker_is_somebodys_own",
        ),
    ),
    *_of(
        "reconcile",
        (
            "text of the team is written to where customers read",
            "return not is_text or kept.publish or here.audience.reaches(there.audience)",
            "return True",
            "sync/test_races.py::test_text_for_the_team_is_not_written_back_to_where_customers_read",
        ),
        (
            "what waits to be written is out of date",
            "if waiting[0].state in AT_REST and waiting[0].payload != payload:",
            "if False:",
            "sync/test_races.py::test_a_label_taken_back_while_the_lane_is_behind_is_gone",
        ),
        (
            "nobody is told of a conflict where they work",
            "disputes.held(tx, link, name, matter[1], source, mirror, cause)",
            "pass",
            "sync/test_disputes.py::test_both_ends_are_told_once_among_the_team_and_once_more_when_it_is_settled",
        ),
    ),
    *_of(
        "carrying",
        (
            "comments reach more people than may read them",
            "if way.kept.publish or comment.audience.reaches(way.kept.audience):",
            "if True:",
            "sync/test_comment_edits.py::test_an_edit_reaches_nobody_who_may_not_read_the_comment",
        ),
        (
            "what was said before two items were linked is carried",
            "or comment.created.timestamp() < (way.link.since or 0.0):",
            "or False:",
            "sync/test_obey.py::test_two_items_that_exist_are_linked_as_the_rule_would_have_it",
        ),
        (
            "an edit back to what was said before is none",
            'key = f"edit:{way.link.id}:{target_of(way.here.item.ref)}:{comment.id}:{edit}"',
            'key = f"edit:{way.link.id}:{target_of(way.here.item.ref)}:{comment.id}:{comment.body}"',
            "sync/test_comment_edits.py::test_every_edit_counts_even_one_back_to_what_was_said_before",
        ),
    ),
    *_of(
        "merge",
        (
            "of two edits the later one is lost without a word",
            "    if forward and backward:\n",
            "    if False:\n",
            "sync/test_engine.py::test_a_conflict_is_held_and_told_and_settled_by_setting_the_field",
        ),
        (
            "a field that is kept from now on overwrites what is there",
            "    if base is None:\n        return Agree(Base(source, mirror))\n",
            "    if base is None:\n        base = Base(None, mirror)\n",
            "sync/test_races.py::test_a_field_kept_from_now_on_overwrites_nothing_and_then_travels",
        ),
        (
            "a value without a counterpart is written all the same",
            "return (True, value) if map is None else map.resolve(value)",
            "return (True, value) if map is None else (True, map.resolve(value)[1])",
            "sync/test_engine.py::test_a_value_that_no_map_knows_leaves_the_field_alone_and_is_counted",
        ),
    ),
    *_of(
        "obey",
        (
            "customers command",
            "if not (comment.author and comment.author.staff):",
            "if False:",
            "sync/test_obey.py::test_a_customer_commands_nothing_and_is_not_answered",
        ),
        (
            "a command that is edited is obeyed again",
            "if asked and first_heard(tx, news.item.ref, comment.id, now):",
            "if asked:",
            "sync/test_obey.py::test_an_edit_of_a_comment_that_was_obeyed_is_not_obeyed_again",
        ),
        (
            "the public reads what the team is answered",
            "if item.audience is Audience.PUBLIC:",
            "if False:",
            "sync/test_obey.py::test_where_everybody_reads_the_command_is_obeyed_and_not_answered",
        ),
    ),
    *_of(
        "wording",
        (
            "a carried comment pings strangers",
            "    return defuse(text)\n",
            "    return text\n",
            "sync/test_engine.py::test_a_carried_comment_names_its_author_and_cannot_ping",
        ),
    ),
    *_of(
        "deletions",
        (
            "what a list leaves out is deleted",
            "return connector.comment_is_gone(ref, comment)",
            "return True",
            "sync/test_deleted_comments.py::test_what_a_list_leaves_out_is_not_deleted_while_the_tool_has_it",
        ),
    ),
    *_of(
        "engine",
        (
            "a rule with a mistake in it writes without end",
            "capping.hold_back(tx, work.caused(tx), self.rules, self.caps, self.now())",
            "pass",
            "sync/test_capping.py::test_what_is_over_the_cap_is_held_and_told_once",
        ),
    ),
    *_of(
        "unpark",
        (
            "what was refused once is refused for ever",
            "    if effect.state is State.PARKED:\n",
            "    if False:\n",
            "sync/test_engine.py::test_a_refused_change_is_tried_again_when_it_comes_to_say_something_else",
        ),
    ),
    *_of(
        "store/effects",
        (
            "what a dead process had in hand is sent again unseen",
            "state=State.UNSURE.value,\n            worker=None,",
            "state=State.PENDING.value,\n            worker=None,",
            "sync/test_store.py::test_what_dead_workers_had_in_hand_is_looked_up_first",
        ),
        (
            "two writes of one item overtake one another",
            "_earlier.c.state.in_([state.value for state in OPEN]),",
            "_earlier.c.state.in_([]),",
            "sync/test_store.py::test_effects_of_one_item_go_out_one_after_the_other",
        ),
    ),
    *_of(
        "store/hints",
        (
            "what comes in while an item is read is forgotten",
            '_SETTLE = delete(hints).where(_IS, hints.c.round == bindparam("as_read"))',
            "_SETTLE = delete(hints).where(_IS)",
            "sync/test_store.py::test_a_hint_that_comes_in_while_one_is_followed_is_kept",
        ),
    ),
    *_of(
        "store/truths",
        (
            "a new rule fires on what is old",
            'insert_new(tx, rules, {"key": key, "activated": now, "baselined": False})',
            'insert_new(tx, rules, {"key": key, "activated": 0.0, "baselined": False})',
            "sync/test_engine.py::test_what_was_there_before_the_rule_is_left_alone",
        ),
    ),
    *_of(
        "store/leases",
        (
            "two daemons work at once",
            "if holder and holder.owner != owner and now - holder.beat < DEAD_AFTER:",
            "if False:",
            "sync/test_store.py::test_a_living_holder_keeps_its_lease_and_a_dead_one_loses_it",
        ),
    ),
]
